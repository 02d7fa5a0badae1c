import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { Disk } from "../safeguards/Disk.js"
import { intent, outcome, reserve } from "../safeguards/fixtures.js"
import { HEAD, over, TRAIL } from "../safeguards/onDisk.js"

/** A trail of ten lines, after two of PySequence's. */
const seeded = async () => {
  const disk = new Disk()
  const foreign = (id: string) =>
    `{"timestamp": "2026-06-30T15:00:00.123456+00:00", "event_type": "transfer_completed", "transfer_id": "${id}", "amount_cents": 100}\n`
  disk.edit(TRAIL, foreign("t-1") + foreign("t-2"))
  await over(disk, (storage) =>
    Effect.gen(function* () {
      for (let i = 0; i < 5; i++) {
        const one = intent({ amountCents: 1_000 + i })
        yield* reserve(storage, one)
        yield* storage.append(
          () => [outcome(one.requestId, "transfer_completed", { transfer_id: `id-${i}` })],
          { durable: true },
        )
      }
    }),
  )
  return { lines: disk.text(TRAIL).trimEnd().split("\n"), head: disk.text(HEAD) }
}

const inspect = async (lines: ReadonlyArray<string>, head: string | undefined) => {
  const disk = new Disk()
  disk.edit(TRAIL, lines.map((line) => `${line}\n`).join(""))
  disk.edit(HEAD, head)
  const { problems } = await over(disk, ({ verify }) => verify)
  const refused = await over(disk, (storage) => Effect.either(reserve(storage, intent({ amountCents: 1 }))))
  return { first: problems[0], refused: Either.isLeft(refused), disk }
}

describe("verify", () => {
  it("finds nothing wrong with a trail that is as it was written", async () => {
    const { lines, head } = await seeded()
    expect(await inspect(lines, head)).toMatchObject({ first: undefined, refused: false })
  })

  it("names a line of which any part was changed, and transfers stop", async () => {
    const { lines, head } = await seeded()
    for (let index = 2; index < lines.length; index++) {
      const line = lines[index] ?? ""
      for (let at = 0; at < line.length; at += 7) {
        const changed = `${line.slice(0, at)}${line[at] === "1" ? "2" : "1"}${line.slice(at + 1)}`
        const { first, refused } = await inspect(lines.with(index, changed), head)
        expect(first?.line, `${changed}\n${JSON.stringify(first)}`).toBe(index + 1)
        expect(["changed", "unreadable", "inserted", "removed"]).toContain(first?.kind)
        expect(refused || first?.kind === "inserted").toBe(true)
      }
    }
  })

  it("names what PySequence wrote as changed, as near as it can", async () => {
    const { lines, head } = await seeded()
    const changed = (lines[0] ?? "").replace("100}", "101}")
    expect((await inspect(lines.with(0, changed), head)).first).toMatchObject({ kind: "changed", line: 2 })
  })

  it("names the line after one that was removed", async () => {
    const { lines, head } = await seeded()
    for (let index = 2; index < lines.length - 1; index++) {
      const { first, refused } = await inspect(lines.toSpliced(index, 1), head)
      expect(first).toMatchObject({ kind: "removed", line: index + 1 })
      expect(refused).toBe(true)
    }
  })

  it("names a line that was inserted: a copy, or one of PySequence's kind", async () => {
    const { lines, head } = await seeded()
    const foreign = '{"timestamp": "2026-07-01T15:00:00+00:00", "event_type": "transfer_failed"}'
    for (let index = 3; index < lines.length; index++) {
      for (const line of [lines[2] ?? "", foreign]) {
        const { first } = await inspect(lines.toSpliced(index, 0, line), head)
        expect(first).toMatchObject({ kind: "inserted", line: index + 1 })
      }
    }
  })

  it("names the first line that was moved", async () => {
    const { lines, head } = await seeded()
    for (let from = 3; from < lines.length - 1; from++) {
      const moved = lines.toSpliced(from, 1).toSpliced(from - 1, 0, lines[from] ?? "")
      expect((await inspect(moved, head)).first).toMatchObject({ kind: "moved", line: from })
    }
  })

  it("notices a trail that was shortened, and one that is gone", async () => {
    const { lines, head } = await seeded()
    for (let length = 0; length < lines.length; length++) {
      const { first, refused } = await inspect(lines.slice(0, length), head)
      expect(first).toMatchObject({ kind: "shortened", line: length + 1 })
      expect(refused).toBe(true)
    }
  })

  it("says nothing of a head that is older than the trail, and that one is missing, as after a power cut", async () => {
    const { lines, head } = await seeded()
    const third = JSON.stringify({ seq: 3, hash: JSON.parse(lines[5] ?? "").prev })
    expect(await inspect(lines, third)).toMatchObject({ first: undefined, refused: false })
    for (const one of [undefined, "", "{", "null", '{"seq":"3"}']) {
      const { first, refused, disk } = await inspect(lines, one)
      expect(first).toMatchObject({ kind: "headless", line: lines.length })
      expect(refused).toBe(false)
      expect((await over(disk, ({ verify }) => verify)).problems).toEqual([])
    }
    expect(head).not.toBe(third)
  })

  it("lets transfers go on after somebody accepted the damage, and still reports it", async () => {
    const { lines, head } = await seeded()
    for (const damaged of [lines.slice(0, 6), lines.with(5, "garbage"), lines.toSpliced(5, 1)]) {
      const { disk } = await inspect(damaged, head)
      await over(disk, (storage) =>
        Effect.gen(function* () {
          const accept = { event_type: "audit_accepted", note: "restored from a backup" } as const
          yield* storage.append(() => [accept], { durable: true })
          yield* reserve(storage, intent({ amountCents: 1 }))
        }),
      )
      const { problems } = await over(disk, ({ verify }) => verify)
      expect(problems.every(({ accepted }) => accepted)).toBe(true)
      expect(
        await over(disk, (storage) => Effect.either(reserve(storage, intent({ amountCents: 1 })))),
      ).toMatchObject({
        _tag: "Right",
      })
    }
  })

  it("does not stop transfers for damage that is older than three days", async () => {
    const { lines } = await seeded()
    const [foreign = ""] = lines
    const old = foreign.replace("2026-06-30", "2026-06-27")
    expect((await inspect([old, "garbage", old, foreign], undefined)).refused).toBe(false)
    expect((await inspect([old, "garbage", foreign], undefined)).refused).toBe(true)
    expect((await inspect([old, "garbage"], undefined)).refused).toBe(true)
  })

  it("goes by the service's time in the lines for that, whatever the clock of this machine says", async () => {
    const trailOver = async (days: number) => {
      const disk = new Disk()
      const at = (day: number) => Date.parse("2026-07-01T16:00:00Z") + day * 86_400_000
      await over(disk, (storage) =>
        Effect.forEach([0, 0, 0, days], (day) => reserve(storage, intent({ amountCents: 1, at: at(day) }))),
      )
      return { lines: disk.text(TRAIL).trimEnd().split("\n"), head: disk.text(HEAD) }
    }
    const damaged = async (days: number) => {
      const { lines, head } = await trailOver(days)
      return inspect(lines.with(1, "garbage"), head)
    }
    expect(await damaged(2)).toMatchObject({ first: { kind: "unreadable" }, refused: true })
    expect(await damaged(4)).toMatchObject({ first: { kind: "unreadable" }, refused: false })
  })
})
