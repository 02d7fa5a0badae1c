/** Tests of the contract of every storage of the safeguards, and of the storage in a folder. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { inMemory, makeMemory } from "../../src/audit/AuditStorage.js"
import * as FileAuditStorage from "../../src/audit/file/FileAuditStorage.js"
import { Disk } from "../safeguards/Disk.js"
import { intent, outcome, reserve, verdictOf } from "../safeguards/fixtures.js"
import { inFolder } from "../safeguards/world.js"
import { contract, type Open, run } from "./contract.js"

const ZONE = "America/New_York"
const FOLDER = "/data"
const TRAIL = join(FOLDER, ".audit.jsonl")
const HEAD = join(FOLDER, ".audit.head.json")
const LIMITS = join(FOLDER, ".daily_limits.json")

const overDisk =
  (disk: Disk): Open =>
  () =>
    FileAuditStorage.make(FOLDER, {
      fileSystem: disk.fileSystem,
      withLock: (use) => use(Effect.succeed(true)),
    })

contract("memory", (use) => {
  const memory = makeMemory()
  return use(() => Effect.sync(() => inMemory(memory, ZONE)))
})
contract("a folder", (use) =>
  inFolder((folder) => use(() => FileAuditStorage.make(folder, { lock: { poll: 2 } }))),
)
contract("a folder without its lock", (use) =>
  inFolder((folder) =>
    use(() => FileAuditStorage.make(folder, { withLock: (work) => work(Effect.succeed(true)) })),
  ),
)
contract("a folder on a disk of the tests'", (use) => use(overDisk(new Disk())))

describe("a storage in a folder", () => {
  it("flushes once for an intent and once for an outcome", () => {
    const disk = new Disk()
    return run(
      Effect.gen(function* () {
        const storage = yield* overDisk(disk)()
        yield* reserve(storage, intent())
        const before = disk.flushes
        const one = intent()
        yield* reserve(storage, one)
        expect(disk.flushes - before).toBe(1)
        yield* storage.append(() => [outcome(one.requestId, "transfer_completed")], { durable: true })
        expect(disk.flushes - before).toBe(2)
      }),
    )
  })

  it("writes a line in one write, and only ever appends", () => {
    const disk = new Disk()
    return run(
      Effect.gen(function* () {
        const storage = yield* overDisk(disk)()
        let before = ""
        for (let i = 0; i < 4; i++) {
          yield* reserve(storage, intent())
          const text = disk.text(TRAIL)
          expect(text.startsWith(before)).toBe(true)
          expect(text.slice(before.length).match(/\n/g)).toHaveLength(1)
          before = text
        }
      }),
    )
  })

  it("loses no intent that it accepted at a power cut, whatever is left of the rest", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat(999)),
        async (count, chances) => {
          const disk = new Disk()
          const chance = () => Number(chances.next().value) / 1_000
          const accepted: Array<string> = []
          await run(
            Effect.gen(function* () {
              const storage = yield* overDisk(disk)()
              for (let i = 0; i < count; i++) {
                const one = intent({ amountCents: 100 })
                yield* reserve(storage, one)
                accepted.push(one.requestId)
                if (chance() < 0.5)
                  yield* storage.append(() => [{ event_type: "transfer_staged" }], { durable: false })
              }
              disk.cutPower(chance)
            }),
          )
          await run(
            Effect.gen(function* () {
              const storage = yield* overDisk(disk)()
              const { ledger } = yield* storage.read
              for (const id of accepted) expect(ledger.record(id)?.status).toBe("open")
              const one = intent({ amountCents: 100 })
              expect(verdictOf(yield* reserve(storage, one), one)?._tag).toBe("Fits")
              const { problems } = yield* storage.verify
              expect(problems.filter(({ kind }) => kind !== "torn")).toEqual([])
            }),
          )
        },
      ),
      { numRuns: 100 },
    ))

  it("refuses where the disk is full or read-only, and goes on when it is not", () => {
    const disk = new Disk()
    return run(
      Effect.gen(function* () {
        const storage = yield* overDisk(disk)()
        yield* reserve(storage, intent())
        for (const break_ of [
          () => {
            disk.space = 0
          },
          () => {
            disk.space = 150
          },
          () => {
            disk.isReadOnly = true
          },
        ]) {
          break_()
          const refused = yield* Effect.exit(reserve(storage, intent()))
          expect(Exit.isFailure(refused)).toBe(true)
          disk.space = Number.POSITIVE_INFINITY
          disk.isReadOnly = false
          const one = intent()
          expect(verdictOf(yield* reserve(storage, one), one)?._tag).toBe("Fits")
        }
        const { problems, lines } = yield* storage.verify
        expect(problems.map(({ kind }) => kind)).toEqual(["torn"])
        expect(lines).toBe(5)
      }),
    )
  })

  it("notices a change to the line before one that was torn", () => {
    const disk = new Disk()
    return run(
      Effect.gen(function* () {
        const storage = yield* overDisk(disk)()
        yield* reserve(storage, intent())
        disk.space = 100
        yield* Effect.exit(reserve(storage, intent()))
        disk.space = Number.POSITIVE_INFINITY
        yield* reserve(storage, intent())
        disk.edit(TRAIL, disk.text(TRAIL).replace('"amount_cents":10000', '"amount_cents":10'))
        const fresh = yield* overDisk(disk)()
        expect((yield* fresh.verify).problems).toMatchObject([
          { line: 1, kind: "changed" },
          { line: 2, kind: "torn" },
        ])
        expect(Exit.isFailure(yield* Effect.exit(reserve(fresh, intent())))).toBe(true)
      }),
    )
  })

  it("goes on after a full disk has torn one write after the other", () => {
    const disk = new Disk()
    return run(
      Effect.gen(function* () {
        for (let i = 0; i < 3; i++) {
          disk.space = 100
          const storage = yield* overDisk(disk)()
          expect(Exit.isFailure(yield* Effect.exit(reserve(storage, intent())))).toBe(true)
        }
        disk.space = Number.POSITIVE_INFINITY
        const storage = yield* overDisk(disk)()
        const one = intent()
        expect(verdictOf(yield* reserve(storage, one), one)?._tag).toBe("Fits")
        expect(new Set((yield* storage.verify).problems.map(({ kind }) => kind))).toEqual(new Set())
      }),
    )
  })

  it("closes a torn line off by appending, wherever it was torn", async () => {
    const disk = new Disk()
    await run(
      Effect.flatMap(overDisk(disk)(), (storage) =>
        Effect.zipRight(reserve(storage, intent()), reserve(storage, intent())),
      ),
    )
    const whole = disk.text(TRAIL)
    const second = whole.indexOf("\n") + 1
    const head = JSON.stringify({ seq: 1, hash: JSON.parse(whole.slice(second)).prev })
    for (let cut = second + 1; cut < whole.length; cut++) {
      const torn = new Disk()
      torn.edit(TRAIL, whole.slice(0, cut))
      torn.edit(HEAD, head)
      await run(
        Effect.gen(function* () {
          const storage = yield* overDisk(torn)()
          const one = intent()
          expect(verdictOf(yield* reserve(storage, one), one)?._tag).toBe("Fits")
          const { problems } = yield* storage.verify
          expect(torn.text(TRAIL).startsWith(`${whole.slice(0, cut)}\n`)).toBe(true)
          // Cut right before its line break, it is whole.
          const expected = cut === whole.length - 1 ? [] : [{ line: 2, kind: "torn" }]
          expect(problems.map(({ line, kind }) => ({ line, kind }))).toEqual(expected)
        }),
      )
    }
  })
})

const day = "2026-07-01"
const pysequence = (amount: number, id: string) => ({
  transfer_id: id,
  amount_cents: amount,
  timestamp: "2026-07-01T15:00:00.123456+00:00",
})
const pysequenceLine = (amount: number, id: string, keys: object = {}) =>
  `${JSON.stringify({ timestamp: "2026-07-01T15:00:00.123456+00:00", event_type: "transfer_completed", ...keys, transfer_id: id, amount_cents: amount, source: "pod-a", destination: "pod-b" })}\n`

const used = (disk: Disk, key = "__global__") =>
  run(
    Effect.gen(function* () {
      const storage = yield* overDisk(disk)()
      const { ledger, otherCents } = yield* storage.read
      const sums = ledger.totals(key, day)
      return sums.spentCents + sums.reservedCents + Math.max(sums.otherCents, otherCents(key, day))
    }),
  )

describe("PySequence's files", () => {
  it.each([
    ["nested", { [day]: { __global__: [pysequence(20_000, "t-1")], "42": [pysequence(7_000, "t-2")] } }],
    ["an older flat list", { [day]: [pysequence(20_000, "t-1")] }],
  ])("count, and go on: limits %s, with their trail", async (_name, limits) => {
    const disk = new Disk()
    disk.edit(LIMITS, `${JSON.stringify(limits, null, 2)}\n`)
    disk.edit(TRAIL, pysequenceLine(20_000, "t-1"))
    // Each stands in both files, and counts once.
    expect(await used(disk)).toBe(20_000)
    await run(
      Effect.flatMap(overDisk(disk)(), (storage) =>
        Effect.zipRight(reserve(storage, intent()), storage.publish),
      ),
    )
    expect(await used(disk)).toBe(30_000)
    const written = JSON.parse(disk.text(LIMITS))
    expect(written[day].__global__.map((entry: { amount_cents: number }) => entry.amount_cents)).toEqual([
      20_000, 10_000,
    ])
    const { problems } = await run(Effect.flatMap(overDisk(disk)(), ({ verify }) => verify))
    expect(problems).toEqual([])
  })

  it("count for the day of their time as well as for the one they stand under", async () => {
    const disk = new Disk()
    // Written by a machine that lives in another zone.
    disk.edit(LIMITS, JSON.stringify({ "2026-06-30": { __global__: [pysequence(20_000, "t-1")] } }))
    disk.edit(TRAIL, pysequenceLine(5_000, "t-0"))
    expect(await used(disk)).toBe(20_000)
  })

  it("count by user where they are the bot's", async () => {
    const disk = new Disk()
    disk.edit(TRAIL, pysequenceLine(5_000, "t-0", { user_id: 42 }))
    expect([await used(disk, "42"), await used(disk)]).toEqual([5_000, 0])
  })

  it("are read where nothing was moved and no amount is known, and not where something was", async () => {
    const disk = new Disk()
    const entry = { ...JSON.parse(pysequenceLine(1, "t-1")), amount_cents: null }
    disk.edit(TRAIL, `${JSON.stringify({ ...entry, event_type: "transfer_failed" })}\n`)
    const problemsOf = () => run(Effect.flatMap(overDisk(disk)(), ({ verify }) => verify))
    expect((await problemsOf()).problems).toEqual([])
    disk.edit(TRAIL, `${JSON.stringify(entry)}\n`)
    expect((await problemsOf()).problems).toMatchObject([{ line: 1, kind: "unreadable" }])
  })

  it("are refused where they are broken and no trail can stand in for them", async () => {
    const disk = new Disk()
    disk.edit(LIMITS, '{"2026-07-01": {"__global__": [{"amount_cents": 20')
    const result = await run(
      Effect.either(Effect.flatMap(overDisk(disk)(), (storage) => reserve(storage, intent()))),
    )
    expect(Either.isLeft(result)).toBe(true)
    expect(disk.text(LIMITS)).toContain("20")
  })
})

describe("a limit file", () => {
  const seeded = async () => {
    const disk = new Disk()
    disk.edit(LIMITS, JSON.stringify({ [day]: { __global__: [pysequence(20_000, "t-1")] } }))
    disk.edit(TRAIL, pysequenceLine(20_000, "t-1"))
    await run(
      Effect.flatMap(overDisk(disk)(), (storage) =>
        Effect.zipRight(reserve(storage, intent()), storage.publish),
      ),
    )
    return disk
  }

  it("that is cut or changed at any byte never yields more room than before", async () => {
    const before = await seeded()
    const limits = before.text(LIMITS)
    const trail = before.text(TRAIL)
    const head = before.text(HEAD)
    expect(await used(before)).toBe(30_000)
    const variants: Array<string | undefined> = [undefined, ""]
    for (let i = 0; i < limits.length; i++) {
      const other = limits[i] === "0" ? "1" : "0"
      variants.push(
        limits.slice(0, i),
        `${limits.slice(0, i)}${other}${limits.slice(i + 1)}`,
        `${limits.slice(0, i)}${limits.slice(i + 1)}`,
      )
    }
    for (const variant of variants) {
      const disk = new Disk()
      disk.edit(TRAIL, trail)
      disk.edit(HEAD, head)
      disk.edit(LIMITS, variant)
      expect(await used(disk)).toBeGreaterThanOrEqual(30_000)
      const one = intent({ amountCents: 70_001 })
      const result = await run(
        Effect.either(Effect.flatMap(overDisk(disk)(), (storage) => reserve(storage, one))),
      )
      if (Either.isRight(result)) expect(verdictOf(result.right, one)?._tag).toBe("DailyLimit")
    }
  })

  it("that is broken is kept aside and rebuilt from the trail", async () => {
    const disk = await seeded()
    disk.edit(LIMITS, "{ broken")
    await run(Effect.flatMap(overDisk(disk)(), (storage) => storage.publish))
    const aside = disk.names().find((name) => name.startsWith(`${LIMITS}.corrupt-`))
    expect(disk.text(aside ?? "")).toBe("{ broken")
    expect(JSON.parse(disk.text(LIMITS))[day].__global__).toHaveLength(1)
    expect(await used(disk)).toBe(30_000)
  })
})
