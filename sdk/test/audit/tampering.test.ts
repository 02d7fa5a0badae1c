/** Whoever edits the files by hand gets no room by it, and releases nothing: before a start, and under a process that runs. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Intent } from "../../src/audit/AuditEntry.js"
import type { Service } from "../../src/audit/AuditStorage.js"
import { dayOf, toTimestamp } from "../../src/audit/Days.js"
import * as FileAuditStorage from "../../src/audit/file/FileAuditStorage.js"
import { Disk } from "../safeguards/Disk.js"
import { intent as fixture, outcome, reserve, verdictOf } from "../safeguards/fixtures.js"

const FOLDER = "/data"
const TRAIL = join(FOLDER, ".audit.jsonl")
const HEAD = join(FOLDER, ".audit.head.json")
const LIMITS = join(FOLDER, ".daily_limits.json")
const NOW = Date.now()
const DAY = dayOf(NOW, "America/New_York")
const LIMIT = 100_000
const { CAMPAIGN_TRIALS } = process.env
const RUNS = Number(CAMPAIGN_TRIALS ?? 150)

/** Damage stops transfers where it is recent, so all of this is of today. */
const intent = (changes: Partial<Intent> & { readonly amountCents?: number } = {}) =>
  fixture({ day: DAY, at: NOW, ...changes })

const open = (disk: Disk) =>
  FileAuditStorage.make(FOLDER, { fileSystem: disk.fileSystem, withLock: (use) => use(Effect.succeed(true)) })

const run = <A, E>(work: Effect.Effect<A, E, import("effect/Scope").Scope>) =>
  Effect.runPromise(Effect.scoped(work))

const over = <A, E>(disk: Disk, use: (storage: Service) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(open(disk), use)))

const usedOf = (storage: Service, key = "__global__") =>
  Effect.map(storage.read, ({ ledger, otherCents }) => {
    const sums = ledger.totals(key, DAY)
    return sums.spentCents + sums.reservedCents + Math.max(sums.otherCents, otherCents(key, DAY))
  })

/** Tells whether a transfer that would take the rest and one cent goes through. */
const gives = (storage: Service, usedBefore: number, key = "__global__") =>
  Effect.gen(function* () {
    const one = intent({ amountCents: LIMIT - usedBefore + 1, limitKey: key, owner: "late" })
    const result = yield* Effect.either(reserve(storage, one))
    return Either.isRight(result) && verdictOf(result.right, one)?._tag === "Fits"
  })

const accept = (storage: Service) =>
  storage.append(() => [{ event_type: "audit_accepted", note: "looked at" }], { durable: true })

const linesOf = (disk: Disk) => disk.text(TRAIL).trimEnd().split("\n")
const write = (disk: Disk, lines: ReadonlyArray<string>) =>
  disk.edit(TRAIL, lines.map((line) => `${line}\n`).join(""))

const foreign = (amount: number, id: string) =>
  JSON.stringify({
    timestamp: toTimestamp(NOW),
    event_type: "transfer_completed",
    transfer_id: id,
    amount_cents: amount,
  })

const inLimits = (amounts: Readonly<Record<string, number>>) =>
  JSON.stringify({
    [DAY]: Object.fromEntries(
      Object.entries(amounts).map(([key, amount_cents]) => [
        key,
        [{ transfer_id: `t-${key}`, amount_cents, timestamp: toTimestamp(NOW) }],
      ]),
    ),
  })

/** A day with one transfer of each outcome, and an accept; 63,000 cents of it are used. */
const aDay = (storage: Service) =>
  Effect.gen(function* () {
    const amounts = [32_000, 16_000, 8_000, 4_000, 2_000, 1_000]
    const intents = amounts.map((amountCents, i) =>
      intent({
        amountCents,
        transfer: {
          ...intent().transfer,
          amountCents,
          destination: { id: `d-${i}`, type: "POD", name: null },
        },
      }),
    )
    const [done, unknown, notFound, failed, , undecided] = intents
    for (const one of intents.slice(0, 3)) yield* reserve(storage, one)
    yield* accept(storage)
    for (const one of intents.slice(3)) yield* reserve(storage, one)
    yield* storage.append(
      () => [
        outcome(done?.requestId ?? "", "transfer_completed", { transfer_id: "x-1" }),
        outcome(unknown?.requestId ?? "", "transfer_unknown"),
        outcome(notFound?.requestId ?? "", "transfer_unknown"),
        outcome(failed?.requestId ?? "", "transfer_failed", { sent: false }),
        outcome(undecided?.requestId ?? "", "transfer_unknown"),
      ],
      { durable: true },
    )
    yield* storage.append(
      () => [outcome(notFound?.requestId ?? "", "transfer_reconciled", { outcome: "not_found" })],
      { durable: true },
    )
    return intents
  })

const EVENTS = [
  "transfer_failed",
  "transfer_completed",
  "transfer_rejected",
  "transfer_reconciled",
  "audit_accepted",
  "day_reset",
]

/** A change to the lines of an audit log that does not rebuild its hash chain. */
const edits = fc.oneof(
  fc.record({ do: fc.constant("remove" as const), at: fc.nat(), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("shorten" as const), at: fc.nat() }),
  fc.record({ do: fc.constant("empty" as const) }),
  fc.record({ do: fc.constant("copy" as const), from: fc.nat(), at: fc.nat() }),
  fc.record({
    do: fc.constant("forge" as const),
    from: fc.nat(),
    at: fc.nat(),
    event: fc.constantFrom(...EVENTS),
    keys: fc.constantFrom(
      {},
      { sent: false },
      { sent: true },
      { outcome: "not_sent" },
      { outcome: "refused" },
    ),
    seq: fc.constantFrom("kept", "next", "none"),
  }),
  fc.record({ do: fc.constant("swap" as const), from: fc.nat(), at: fc.nat() }),
  fc.record({ do: fc.constant("lower" as const), at: fc.nat() }),
  fc.record({ do: fc.constant("garble" as const), at: fc.nat(), char: fc.nat() }),
)
type Edit = typeof edits extends fc.Arbitrary<infer A> ? A : never

const entryOf = (line: string | undefined): Record<string, unknown> => {
  try {
    return JSON.parse(line ?? "{}")
  } catch {
    return {}
  }
}

const apply = (lines: ReadonlyArray<string>, edit: Edit): ReadonlyArray<string> => {
  if (edit.do === "empty" || lines.length === 0) return []
  const place = (n: number) => n % lines.length
  const at = "at" in edit ? place(edit.at) : 0
  const line = lines[at] ?? ""
  switch (edit.do) {
    case "remove":
      return lines.toSpliced(at, edit.count)
    case "shorten":
      return lines.slice(0, at)
    case "copy":
      return lines.toSpliced(at, 0, lines[place(edit.from)] ?? "")
    case "swap":
      return lines.with(at, lines[place(edit.from)] ?? "").with(place(edit.from), line)
    case "lower":
      return lines.with(at, line.replace(/"amount_cents":\d+/, '"amount_cents":1'))
    case "garble": {
      const i = edit.char % line.length
      return lines.with(at, `${line.slice(0, i)}${line[i] === "7" ? "8" : "7"}${line.slice(i + 1)}`)
    }
    default: {
      const entry: Record<string, unknown> = {
        ...entryOf(lines[place(edit.from)]),
        event_type: edit.event,
        day: "2027-01-01",
        ...edit.keys,
      }
      const last = entryOf(lines.at(-1))
      if (edit.seq === "next") entry.seq = Number(last.seq ?? 0) + 1
      return lines.toSpliced(edit.seq === "next" ? lines.length : at, 0, JSON.stringify(entry))
    }
  }
}

describe("a trail that was cut short right after a payment, and accepted", () => {
  it("gives nothing of it back to the day while a process runs that read it, nor to those who start after", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 4 }),
        fc.nat(8),
        (amounts, cut) => {
          const disk = new Disk()
          const pay = (storage: Service, amountCents: number) =>
            Effect.gen(function* () {
              const one = intent({ amountCents })
              yield* reserve(storage, one)
              const completed = outcome(one.requestId, "transfer_completed", { transfer_id: one.requestId })
              yield* storage.append(() => [completed], { durable: true })
            })
          return run(
            Effect.gen(function* () {
              const storage = yield* open(disk)
              yield* Effect.forEach(amounts, (amountCents) => pay(storage, amountCents))
              const used = yield* usedOf(storage)
              // Before the view was brought up to date.
              disk.edit(LIMITS, undefined)
              write(disk, linesOf(disk).slice(0, cut))
              yield* accept(storage)
              expect(yield* usedOf(storage)).toBe(used)
              yield* pay(storage, 1)
              const later = yield* open(disk)
              expect(yield* usedOf(later)).toBe(used + 1)
            }),
          )
        },
      ),
      { numRuns: Math.min(RUNS, 30) },
    ))
})

describe("a trail that was edited by hand", () => {
  it(
    "gives no room and frees nothing, to a process that runs and to one that starts",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(edits, { minLength: 1, maxLength: 3 }),
          fc.boolean(),
          fc.boolean(),
          fc.boolean(),
          async (plan, isRunning, isHeadGone, isViewGone) => {
            const disk = new Disk()
            await over(disk, (running) =>
              Effect.gen(function* () {
                const intents = yield* aDay(running)
                const used = yield* usedOf(running)
                expect(used).toBe(59_000)
                yield* running.publish
                const lines = linesOf(disk)
                const after = plan.reduce<ReadonlyArray<string>>((all, edit) => apply(all, edit), lines)
                if (after.join("\n") === lines.join("\n")) return
                write(disk, after)
                // One witness is left: the process that saw it, the head, or the view.
                if (isHeadGone && (isRunning || !isViewGone)) disk.edit(HEAD, undefined)
                if (isViewGone && (isRunning || !isHeadGone)) disk.edit(LIMITS, undefined)
                const check = (storage: Service) =>
                  Effect.gen(function* () {
                    expect(yield* gives(storage, used)).toBe(false)
                    // The view alone knows what was spent, and nothing else.
                    if (isHeadGone && !isRunning) return
                    expect((yield* storage.verify).problems).not.toEqual([])
                    // What held others back still does, or nothing goes out at all.
                    for (const one of [intents[1], intents[5]]) {
                      const twin = intent({ transfer: one?.transfer ?? intent().transfer })
                      const result = yield* Effect.either(reserve(storage, twin))
                      if (Either.isRight(result)) expect(verdictOf(result.right, twin)?._tag).toBe("Held")
                    }
                  })
                if (isRunning) yield* check(running)
                else yield* Effect.scoped(Effect.flatMap(open(disk), check))
                // One accept, by whomever, and everybody goes on.
                yield* Effect.promise(() => over(disk, accept))
                const goesOn = (storage: Service) =>
                  Effect.gen(function* () {
                    const result = yield* Effect.either(
                      reserve(storage, intent({ amountCents: 1, limitKey: "late" })),
                    )
                    expect(Either.isRight(result), JSON.stringify(result)).toBe(true)
                  })
                yield* goesOn(running)
                yield* Effect.scoped(Effect.flatMap(open(disk), goesOn))
              }),
            )
          },
        ),
        { numRuns: RUNS },
      )
      if (CAMPAIGN_TRIALS !== undefined) {
        console.log(`${RUNS} trails edited by hand: no room given, nothing freed, each edit named`)
      }
    },
    CAMPAIGN_TRIALS === undefined ? 60_000 : 1_200_000,
  )

  it("is noticed where it was shortened under a process that never wrote, and its head stays", async () => {
    const disk = new Disk()
    await over(disk, (reader) =>
      Effect.gen(function* () {
        yield* reader.read
        yield* Effect.promise(() => over(disk, aDay))
        const used = yield* usedOf(reader)
        const head = disk.text(HEAD)
        disk.edit(TRAIL, undefined)
        disk.edit(LIMITS, undefined)
        expect(yield* gives(reader, used)).toBe(false)
        yield* reader.append(() => [outcome("nobody", "transfer_unknown")], { durable: true })
        expect(disk.text(HEAD)).toBe(head)
        const fresh = yield* Effect.promise(() => over(disk, (storage) => gives(storage, used)))
        expect(fresh).toBe(false)
      }),
    )
  })

  it("goes on after it was accepted, by this process or another", async () => {
    const disk = new Disk()
    await over(disk, (running) =>
      Effect.gen(function* () {
        yield* aDay(running)
        for (const by of ["this", "another"]) {
          write(disk, linesOf(disk).slice(0, -2))
          expect(Either.isLeft(yield* Effect.either(reserve(running, intent({ amountCents: 1 }))))).toBe(true)
          if (by === "this") yield* accept(running)
          else yield* Effect.promise(() => over(disk, accept))
          expect(Either.isRight(yield* Effect.either(reserve(running, intent({ amountCents: 1 }))))).toBe(
            true,
          )
        }
      }),
    )
  })

  it("goes on when what was taken from it is put back", async () => {
    const disk = new Disk()
    await over(disk, (running) =>
      Effect.gen(function* () {
        yield* aDay(running)
        const whole = disk.text(TRAIL)
        write(disk, linesOf(disk).slice(0, -3))
        expect(Either.isLeft(yield* Effect.either(reserve(running, intent({ amountCents: 1 }))))).toBe(true)
        disk.edit(TRAIL, whole)
        expect(Either.isRight(yield* Effect.either(reserve(running, intent({ amountCents: 1 }))))).toBe(true)
        expect((yield* running.verify).problems).toEqual([])
      }),
    )
  })

  it("ends nothing by a line put before the one whose number it has", async () => {
    const disk = new Disk()
    const intents = await over(disk, aDay)
    const lines = linesOf(disk)
    const index = lines.findIndex((line) => line.includes("transfer_unknown"))
    const forged = { ...entryOf(lines[index]), event_type: "transfer_failed", sent: false }
    write(disk, lines.toSpliced(index, 0, JSON.stringify(forged)))
    await over(disk, (storage) =>
      Effect.gen(function* () {
        expect((yield* storage.verify).problems).toMatchObject([{ line: index + 2, kind: "inserted" }])
        expect(yield* gives(storage, 59_000)).toBe(false)
        const twin = intent({ transfer: intents[1]?.transfer ?? intent().transfer })
        expect(verdictOf(yield* reserve(storage, twin), twin)?._tag).toBe("Held")
      }),
    )
  })

  it("is not accepted by what was accepted before it was edited, nor by a copy of that", async () => {
    const disk = new Disk()
    await over(disk, aDay)
    const lines = linesOf(disk)
    const index = lines.findIndex((line) => line.includes("audit_accepted"))
    const lowered = (lines[0] ?? "").replace(/"amount_cents":\d+/, '"amount_cents":1')
    for (const edited of [lines.with(0, lowered), [...lines.with(0, lowered), lines[index] ?? ""]]) {
      write(disk, edited)
      await over(disk, (storage) =>
        Effect.gen(function* () {
          const { problems } = yield* storage.verify
          expect(problems.map(({ accepted }) => accepted)).not.toContain(true)
          expect(problems[0]).toMatchObject({ line: 1, kind: "changed" })
          expect(Either.isLeft(yield* Effect.either(reserve(storage, intent({ amountCents: 1 }))))).toBe(true)
        }),
      )
    }
  })

  it("gives no room by a smaller amount while the view knows the larger one", async () => {
    const disk = new Disk()
    await over(disk, (storage) =>
      Effect.zipRight(reserve(storage, intent({ amountCents: 60_000 })), storage.publish),
    )
    write(disk, [(linesOf(disk)[0] ?? "").replace('"amount_cents":60000', '"amount_cents":1')])
    disk.edit(HEAD, undefined)
    expect(await over(disk, (storage) => gives(storage, 60_000))).toBe(false)
  })

  it("keeps an outcome whose intent it has lost meanwhile", async () => {
    const disk = new Disk()
    await over(disk, (storage) =>
      Effect.gen(function* () {
        const first = intent({ amountCents: 1_000 })
        yield* reserve(storage, first)
        // Another takes all of the day, on a line before it.
        const lines = linesOf(disk)
        const thief = { ...JSON.parse(lines[0] ?? "{}"), request_id: "thief", amount_cents: LIMIT }
        write(disk, [JSON.stringify(thief), ...lines])
        yield* storage.append(() => [outcome(first.requestId, "transfer_completed", { transfer_id: "x" })], {
          durable: true,
        })
        const { ledger } = yield* storage.read
        expect(ledger.record(first.requestId)?.status).toBe("accepted")
      }),
    )
  })
})

describe("what PySequence wrote", () => {
  it("counts for every key after the limit file is cut or gone", async () => {
    for (const left of [undefined, "", '{"2026-07-01": {"222": [']) {
      const disk = new Disk()
      disk.edit(LIMITS, inLimits({ "222": 60_000, "333": 70_000 }))
      await over(disk, (storage) => reserve(storage, intent({ limitKey: "111" })))
      disk.edit(LIMITS, left)
      const used = await over(disk, (storage) => Effect.all([usedOf(storage, "222"), usedOf(storage, "333")]))
      expect(used).toEqual([60_000, 70_000])
      expect(await over(disk, (storage) => gives(storage, 60_000, "222"))).toBe(false)
    }
  })

  it("is noted once, and again only where it grew", async () => {
    const disk = new Disk()
    const notes = () => linesOf(disk).filter((line) => line.includes("limits_noted")).length
    disk.edit(LIMITS, inLimits({ "222": 60_000 }))
    await over(disk, (storage) =>
      Effect.gen(function* () {
        for (let i = 0; i < 3; i++) {
          yield* reserve(storage, intent({ limitKey: "111" }))
          yield* storage.publish
        }
        expect(notes()).toBe(1)
        const grown = JSON.parse(disk.text(LIMITS))
        grown[DAY]["222"].push({ transfer_id: "t-9", amount_cents: 5, timestamp: toTimestamp(NOW) })
        disk.edit(LIMITS, JSON.stringify(grown))
        yield* reserve(storage, intent({ limitKey: "111" }))
        expect(notes()).toBe(2)
      }),
    )
    await over(disk, (storage) => reserve(storage, intent({ limitKey: "111" })))
    expect(notes()).toBe(2)
  })

  it("keeps transfers refused where its limit file is broken, whatever else is noted, until that is accepted", async () => {
    const disk = new Disk()
    disk.edit(LIMITS, `${inLimits({ __global__: LIMIT })}x`)
    await over(disk, (storage) =>
      Effect.gen(function* () {
        const isRefused = Effect.map(Effect.either(reserve(storage, intent())), Either.isLeft)
        for (const event of ["transfer_rejected", "transfer_staged", "transfer_failed"] as const) {
          yield* storage.append(() => [{ event_type: event }], { durable: true })
          expect(yield* isRefused).toBe(true)
        }
        yield* accept(storage)
        expect(yield* isRefused).toBe(false)
      }),
    )
  })

  it("may have blank lines, other line breaks, a byte order mark, and no line break at its end", async () => {
    const line = foreign(6_000, "t-1")
    for (const text of [
      `${line}\n\n`,
      `${line}\r\n`,
      `${line}\r\n\r\n \t\r\n`,
      line,
      `\uFEFF${line}\n`,
      `\n\n${line}\n`,
      `${line}\n  `,
    ]) {
      const disk = new Disk()
      disk.edit(TRAIL, text)
      await over(disk, (storage) =>
        Effect.gen(function* () {
          expect(yield* usedOf(storage), JSON.stringify(text)).toBe(6_000)
          yield* reserve(storage, intent({ amountCents: 1 }))
          yield* reserve(storage, intent({ amountCents: 2 }))
          expect((yield* storage.verify).problems, JSON.stringify(text)).toEqual([])
          expect(yield* usedOf(storage)).toBe(6_003)
        }),
      )
      await over(disk, (fresh) =>
        Effect.gen(function* () {
          expect((yield* fresh.verify).problems, JSON.stringify(text)).toEqual([])
          expect(yield* usedOf(fresh)).toBe(6_003)
        }),
      )
    }
  })

  it("may come at the very moment that we write, and stops nothing", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 8 }), async (moments) => {
        const disk = new Disk()
        const add = (id: string) => disk.edit(TRAIL, `${disk.text(TRAIL)}${foreign(10, id)}\n`)
        let during: string | undefined
        const { openAppend } = disk.fileSystem
        const fileSystem = {
          ...disk.fileSystem,
          openAppend: async (file: string) => {
            const handle = await openAppend(file)
            const append = (content: Uint8Array) => {
              if (during !== undefined) add(during)
              during = undefined
              return handle.append(content)
            }
            return { ...handle, append }
          },
        }
        const make = FileAuditStorage.make(FOLDER, {
          fileSystem,
          withLock: (use) => use(Effect.succeed(true)),
        })
        let others = 0
        const work = Effect.flatMap(make, (storage) =>
          Effect.forEach(moments, ([before, meanwhile], i) =>
            Effect.gen(function* () {
              if (before) add(`before-${i}`)
              if (meanwhile) during = `during-${i}`
              others += Number(before) + Number(meanwhile)
              const one = intent({ amountCents: 1, transfer: { ...intent().transfer, amountCents: 1 + i } })
              yield* reserve(storage, one)
              if (meanwhile) during = `again-${i}`
              others += Number(meanwhile)
              const { ledger } = yield* storage.append(
                () => [outcome(one.requestId, "transfer_failed", { sent: false })],
                { durable: true },
              )
              expect(ledger.record(one.requestId)?.status).toBe("not_sent")
            }),
          ),
        )
        await run(work)
        await over(disk, (fresh) =>
          Effect.gen(function* () {
            const { problems } = yield* fresh.verify
            expect(problems.filter(({ kind }) => kind !== "inserted")).toEqual([])
            expect(yield* usedOf(fresh)).toBe(10 * others)
            expect(Either.isRight(yield* Effect.either(reserve(fresh, intent({ amountCents: 1 }))))).toBe(
              true,
            )
          }),
        )
      }),
      { numRuns: 100 },
    ))

  it("cannot be changed or removed between our lines", async () => {
    const disk = new Disk()
    const add = (line: string, end = "\n") => disk.edit(TRAIL, `${disk.text(TRAIL)}${line}${end}`)
    await over(disk, (storage) =>
      Effect.gen(function* () {
        yield* reserve(storage, intent({ amountCents: 1 }))
        add(foreign(5_000, "f-1"))
        add(foreign(40, "f-2"))
        yield* reserve(storage, intent({ amountCents: 1 }))
        add(foreign(7, "f-3"), "")
        yield* reserve(storage, intent({ amountCents: 1 }))
        expect((yield* storage.verify).problems).toEqual([])
      }),
    )
    const lines = linesOf(disk)
    const variants = [
      lines.toSpliced(1, 1),
      lines.toSpliced(2, 1),
      lines.with(1, foreign(1, "f-1")),
      lines.with(4, foreign(1, "f-3")),
    ]
    for (const variant of variants) {
      const edited = new Disk()
      write(edited, variant)
      edited.edit(HEAD, disk.text(HEAD))
      await over(edited, (storage) =>
        Effect.gen(function* () {
          expect((yield* storage.verify).problems[0]?.kind).toBe("changed")
          expect(Either.isLeft(yield* Effect.either(reserve(storage, intent({ amountCents: 1 }))))).toBe(true)
        }),
      )
    }
  })
})
