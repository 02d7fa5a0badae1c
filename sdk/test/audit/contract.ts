/** The contract of every storage of the safeguards. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { Service } from "../../src/audit/AuditStorage.js"
import { intent, outcome, reserve, verdictOf } from "../safeguards/fixtures.js"

/** Opens the same storage as another process would. */
export type Open = () => Effect.Effect<Service, never, Scope.Scope>

/** Runs with storages that are open until the end. */
export const run = <A, E>(use: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(use))

/** Checks that. */
export const contract = (name: string, withOpen: (use: (open: Open) => Promise<void>) => Promise<void>) => {
  describe(`a storage in ${name}`, () => {
    it("gives every reader the same order, and the same verdicts", () =>
      withOpen((open) =>
        run(
          Effect.gen(function* () {
            const [a, b] = [yield* open(), yield* open()]
            const intents = Array.from({ length: 12 }, () => intent())
            yield* Effect.forEach(intents, (one, i) => reserve(i % 2 === 0 ? a : b, one), { concurrency: 12 })
            const [seenByA, seenByB] = [yield* a.read, yield* b.read]
            const verdicts = intents.map((one) => verdictOf(seenByA, one)?._tag)
            expect(intents.map((one) => verdictOf(seenByB, one)?._tag)).toEqual(verdicts)
            expect(verdicts.filter((tag) => tag === "Fits")).toHaveLength(10)
            expect(seenByB.ledger.totals("__global__", "2026-07-01").reservedCents).toBe(100_000)
          }),
        ),
      ))

    it("gives the amount back only where nothing was sent", () =>
      withOpen((open) =>
        run(
          Effect.gen(function* () {
            const storage = yield* open()
            const [failed, unknown, done] = [
              intent({ amountCents: 1 }),
              intent({ amountCents: 2 }),
              intent({ amountCents: 4 }),
            ]
            for (const one of [failed, unknown, done]) yield* reserve(storage, one)
            const { ledger } = yield* storage.append(
              () => [
                outcome(failed.requestId, "transfer_failed", { sent: false }),
                outcome(unknown.requestId, "transfer_unknown"),
                outcome(done.requestId, "transfer_completed", { transfer_id: "t" }),
              ],
              { durable: true },
            )
            expect(ledger.totals("__global__", "2026-07-01")).toMatchObject({
              spentCents: 4,
              reservedCents: 2,
            })
            expect(ledger.isClaimed("t")).toBe(true)
          }),
        ),
      ))

    it("keeps a chain that holds, and names the newest line", () =>
      withOpen((open) =>
        run(
          Effect.gen(function* () {
            const storage = yield* open()
            for (let i = 0; i < 5; i++) yield* reserve(storage, intent())
            expect(yield* (yield* open()).verify).toEqual({ lines: 5, problems: [] })
            expect((yield* storage.entries).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
          }),
        ),
      ))

    it("shows who lives, and tells who was declared dead", () =>
      withOpen((open) =>
        run(
          Effect.gen(function* () {
            const [{ processes: a }, { processes: b }] = [yield* open(), yield* open()]
            yield* a.create("one")
            const before = (yield* b.heartbeats).get("one")
            expect(yield* a.heartbeat("one", 1)).toBe(true)
            expect((yield* b.heartbeats).get("one")).not.toBe(before)
            yield* b.remove("one")
            expect(yield* a.isAlive("one")).toBe(false)
            expect(yield* a.heartbeat("one", 2)).toBe(false)
            expect((yield* b.heartbeats).has("one")).toBe(false)
          }),
        ),
      ))
  })
}
