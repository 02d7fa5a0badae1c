import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { type AuditEntryDraft, intentDraft } from "../../src/audit/AuditEntry.js"
import { AuditReader, type SavedReader } from "../../src/audit/AuditReader.js"
import { inMemory, makeMemory } from "../../src/audit/AuditStorage.js"
import { Disk } from "../safeguards/Disk.js"
import { intent, outcome, reserve } from "../safeguards/fixtures.js"
import { FOLDER, HEAD, over, TRAIL } from "../safeguards/onDisk.js"

const ZONE = "America/New_York"
const CHECKPOINT = join(FOLDER, ".audit.checkpoint.json")
const DAY = 86_400_000
const START = Date.parse("2026-07-01T16:00:00Z")

const NOTHING = new Uint8Array()

/** Events that may follow a transfer, some days after it was asked for. */
const WHAT: ReadonlyArray<readonly [AuditEntryDraft["event_type"], object]> = [
  ["transfer_completed", { transfer_id: "t" }],
  ["transfer_failed", { sent: false, error: "no" }],
  ["transfer_unknown", { owner: "owner-2" }],
  ["transfer_reconciled", { outcome: "not_found" }],
  ["transfer_reconciled", { outcome: "ambiguous" }],
  ["transfer_rejected", { error: "no" }],
  ["transfer_staged", {}],
]

const STEP = fc.record({
  days: fc.constantFrom(0, 0, 1, 4),
  amountCents: fc.constantFrom(1, 20, 45_000),
  limitKey: fc.constantFrom("__global__", "7"),
  hasKey: fc.boolean(),
  what: fc.array(fc.record({ of: fc.nat(9), event: fc.nat(WHAT.length - 1) }), { maxLength: 3 }),
  isForeign: fc.boolean(),
})

const FOREIGN =
  '{"timestamp": "2026-06-30T15:00:00.123456+00:00", "event_type": "transfer_completed", "transfer_id": "t-1", "amount_cents": 100}'

/** The lines of a trail in which all that happened. */
const linesOf = (steps: ReadonlyArray<typeof STEP extends fc.Arbitrary<infer Step> ? Step : never>) => {
  const reader = new AuditReader(ZONE)
  const lines: Array<Uint8Array> = []
  const ids: Array<string> = []
  let at = START
  const add = (line: Uint8Array) => {
    lines.push(line)
    reader.add(line)
  }
  const append = (draft: AuditEntryDraft) => {
    const { content } = reader.encode([draft], at, { tail: NOTHING, above: 0, all: NOTHING })
    add(content.subarray(0, -1))
  }
  for (const { days, amountCents, limitKey, hasKey, what, isForeign } of steps) {
    at += days * DAY
    const day = new Date(at).toISOString().slice(0, 10)
    const idempotency = hasKey ? { key: `key-${ids.length % 3}`, body: "body" } : undefined
    const one = intent({ amountCents, limitKey, day, at, idempotency })
    append(intentDraft(one, "ids"))
    ids.push(one.requestId)
    for (const { of, event } of what) {
      const [type, keys] = WHAT[event] ?? WHAT[0] ?? ["transfer_completed", {}]
      append(outcome(ids[Math.max(0, ids.length - 1 - of)] ?? "", type, keys))
    }
    if (isForeign) add(Buffer.from(FOREIGN))
  }
  return { lines, at }
}

const readAll = (reader: AuditReader, lines: ReadonlyArray<Uint8Array>) => {
  for (const line of lines) reader.add(line)
  return reader
}

const asJson = (saved: SavedReader): SavedReader => JSON.parse(JSON.stringify(saved))

describe("a reader that goes on from what another one knew", () => {
  it("knows what one knows that took every line in, and writes the same next line", () =>
    fc.assert(
      fc.property(fc.array(STEP, { minLength: 1, maxLength: 30 }), fc.nat(), (steps, where) => {
        const { lines, at } = linesOf(steps)
        const split = 1 + (where % lines.length)
        const before = readAll(new AuditReader(ZONE), lines.slice(0, split)).save()
        const whole = readAll(new AuditReader(ZONE), lines)
        const last = lines[split - 1]
        fc.pre(before !== undefined && last !== undefined)
        const resumed = new AuditReader(ZONE)
        resumed.restore(asJson(before), last)
        readAll(resumed, lines.slice(split))
        const next = { tail: NOTHING, above: 0, all: NOTHING }
        const draft = intentDraft(intent({ at }), "ids")
        expect(Buffer.from(resumed.encode([draft], at, next).content).toString()).toBe(
          Buffer.from(whole.encode([draft], at, next).content).toString(),
        )
        expect(resumed.ledger.save()).toEqual(whole.ledger.save())
        expect(resumed.ledger.unresolved()).toEqual(whole.ledger.unresolved())
        expect(resumed.save()).toEqual(whole.save())
        expect([resumed.lines, resumed.isSuspect]).toEqual([whole.lines, whole.isSuspect])
      }),
      { numRuns: 500 },
    ))

  it("is given nothing where a line was not as it should be, or the last one is another's", () => {
    const { lines } = linesOf([
      { days: 0, amountCents: 1, limitKey: "7", hasKey: false, what: [], isForeign: false },
      { days: 0, amountCents: 1, limitKey: "7", hasKey: false, what: [], isForeign: true },
    ])
    const [first, second, foreign] = lines
    if (first === undefined || second === undefined || foreign === undefined) throw new Error("no lines")
    const saved = (...all: ReadonlyArray<Uint8Array>) => readAll(new AuditReader(ZONE), all).save()
    expect(saved(first, second)).toBeDefined()
    expect(saved(first, second, foreign)).toBeUndefined()
    expect(saved(second)).toBeUndefined()
    expect(saved(first, Buffer.from("garbage"), second)).toBeUndefined()
    expect(saved()).toBeUndefined()
  })
})

/** A folder with a long trail, as files by their names. */
const seed = async () => {
  const memory = makeMemory()
  const storage = inMemory(memory, ZONE)
  await Effect.runPromise(
    Effect.gen(function* () {
      for (let i = 0; i < 1_200; i++) {
        const one = intent({ amountCents: 10, dailyLimitCents: 100_000_000 })
        yield* reserve(storage, one)
        yield* storage.append(
          () => [outcome(one.requestId, "transfer_completed", { transfer_id: `id-${i}` })],
          { durable: true },
        )
      }
    }),
  )
  const disk = new Disk()
  disk.edit(TRAIL, memory.lines.map((line) => `${line}\n`).join(""))
  // The first start reads every line, notes the newest and keeps what it knows.
  await over(disk, (one) => reserve(one, intent({ amountCents: 1, dailyLimitCents: 100_000_000 })))
  const [trail, head, checkpoint] = [disk.text(TRAIL), disk.text(HEAD), disk.text(CHECKPOINT)]
  expect(disk.names()).toContain(CHECKPOINT)
  return { trail, head, checkpoint }
}

const folderOf = (files: { readonly trail: string; readonly head: string; readonly checkpoint?: string }) => {
  const disk = new Disk()
  disk.edit(TRAIL, files.trail)
  disk.edit(HEAD, files.head)
  if (files.checkpoint !== undefined) disk.edit(CHECKPOINT, files.checkpoint)
  return disk
}

/** Opens these files as a start does, and gives what it reads from them. */
const lookAt = (disk: Disk) =>
  over(disk, (storage) =>
    Effect.gen(function* () {
      const { ledger, refusal } = yield* storage.read
      const sums = ledger.totals("__global__", "2026-07-01")
      const { problems } = yield* storage.verify
      const next = yield* Effect.either(reserve(storage, intent({ dailyLimitCents: 100_000_000 })))
      return { sums, problems, refusal: refusal?.message, isRefused: Either.isLeft(next) }
    }),
  )

describe("a start on a long trail", () => {
  let files: Awaited<ReturnType<typeof seed>>
  beforeAll(async () => {
    files = await seed()
  })

  it("makes the same of it with a checkpoint and without", async () => {
    const { checkpoint: _, ...bare } = files
    const whole = await lookAt(folderOf(bare))
    expect(whole).toMatchObject({
      sums: { spentCents: 12_000, reservedCents: 1 },
      problems: [],
      isRefused: false,
    })
    expect(await lookAt(folderOf(files))).toEqual(whole)
  })

  it("does not read again what the checkpoint says", async () => {
    const [seal = "", body = ""] = files.checkpoint.split("\n")
    // Made up by somebody who can write the folder: then it shows.
    const other = body.replace('"spent":12000', '"spent":7000')
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
    const checkpoint = `${seal.replace(sha256(body), sha256(other))}\n${other}`
    expect((await lookAt(folderOf({ ...files, checkpoint }))).sums.spentCents).toBe(7_000)
  })

  it("passes over a checkpoint of another version, another zone, or one that is damaged", async () => {
    const damaged = [
      files.checkpoint.replace(/"version":"[^"]*"/, '"version":"0.0.0"'),
      files.checkpoint.replace(ZONE, "America/Chicago"),
      files.checkpoint.replace('"spent":12000', '"spent":7000'),
      files.checkpoint.slice(0, -1),
      files.checkpoint.slice(0, 40),
      `${files.checkpoint} `,
      "{}",
      "",
      "\u0000".repeat(200),
    ]
    for (const checkpoint of damaged) {
      expect((await lookAt(folderOf({ ...files, checkpoint }))).sums.spentCents).toBe(12_000)
    }
  })

  it("sees every change of the lines before the checkpoint, as a start without one does", async () => {
    const { trail, head, checkpoint } = files
    const lines = trail.trimEnd().split("\n")
    const text = (all: ReadonlyArray<string>) => all.map((line) => `${line}\n`).join("")
    const changes = [
      text(lines.with(700, (lines[700] ?? "").replace('"amount_cents":10', '"amount_cents":11'))),
      text(lines.toSpliced(3, 1)),
      text(lines.toSpliced(800, 0, lines[10] ?? "")),
      text(lines.with(5, "garbage")),
      text(lines.slice(0, 2_000)),
      text(lines.slice(1)),
      trail.replace("\n", "\n\n"),
      text([FOREIGN, ...lines]),
    ]
    for (const changed of changes) {
      const without = await lookAt(folderOf({ trail: changed, head }))
      expect(await lookAt(folderOf({ trail: changed, head, checkpoint }))).toEqual(without)
    }
  })

  it("keeps none of a trail that was damaged, and none anew of one that has hardly grown", async () => {
    const damaged = folderOf({
      trail: files.trail.replace('"amount_cents":10', '"amount_cents":11'),
      head: files.head,
    })
    await lookAt(damaged)
    expect(damaged.names()).not.toContain(CHECKPOINT)
    const disk = folderOf(files)
    await lookAt(disk)
    expect(disk.text(CHECKPOINT)).toBe(files.checkpoint)
  })

  it("goes on where no checkpoint can be kept", async () => {
    const { checkpoint: _, ...bare } = files
    const disk = folderOf(bare)
    disk.space = 0
    const { ledger } = await over(disk, ({ read }) => read)
    expect(ledger.totals("__global__", "2026-07-01").spentCents).toBe(12_000)
    expect(disk.names()).not.toContain(CHECKPOINT)
  })
})
