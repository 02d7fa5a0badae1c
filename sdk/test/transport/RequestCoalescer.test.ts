import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as RequestCoalescer from "../../src/transport/RequestCoalescer.js"

const NEVER = Number.POSITIVE_INFINITY

type Read = RequestCoalescer.Read<number, string>

/** A read that counts how often it ran and was cut off, and answers when told to. */
const makeRead = Effect.gen(function* () {
  const answer = yield* Deferred.make<number, string>()
  const counts = { begun: 0, interrupted: 0 }
  const read: Read = {
    run: (flight) =>
      Effect.suspend(() => {
        counts.begun += 1
        flight.setSent(true)
        return Effect.onInterrupt(Deferred.await(answer), () =>
          Effect.sync(() => {
            counts.interrupted += 1
          }),
        )
      }),
  }
  return { answer, counts, read }
})

const settle = TestClock.adjust(1)

describe("SharedReads", () => {
  describe("get", () => {
    it.scoped("runs equal reads once and answers all", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const { answer, counts, read } = yield* makeRead
        const callers = yield* Effect.fork(
          Effect.all(
            [1, 2, 3].map(() => shared.get("pods", NEVER, 0, read)),
            { concurrency: "unbounded" },
          ),
        )
        yield* settle
        yield* Deferred.succeed(answer, 7)
        expect(yield* Fiber.join(callers)).toEqual([7, 7, 7])
        expect(counts.begun).toBe(1)
      }),
    )

    it.scoped("gives the same failure to all, and does not keep it", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const { answer, counts, read } = yield* makeRead
        const callers = yield* Effect.fork(
          Effect.all(
            [1, 2].map(() => Effect.flip(shared.get("pods", NEVER, 60_000, read))),
            { concurrency: "unbounded" },
          ),
        )
        yield* settle
        yield* Deferred.fail(answer, "no")
        expect(yield* Fiber.join(callers)).toEqual(["no", "no"])
        yield* Effect.flip(shared.get("pods", NEVER, 60_000, read))
        expect(counts.begun).toBe(2)
      }),
    )

    it.scoped("goes on for the others when the caller that began it leaves", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const { answer, counts, read } = yield* makeRead
        const first = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        const second = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Fiber.interrupt(first)
        yield* Deferred.succeed(answer, 7)
        expect(yield* Fiber.join(second)).toBe(7)
        expect(counts).toEqual({ begun: 1, interrupted: 0 })
      }),
    )

    it.scoped("gives up when the last caller leaves, and begins anew for the next", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const { answer, counts, read } = yield* makeRead
        const callers = yield* Effect.forEach([1, 2], () => Effect.fork(shared.get("pods", NEVER, 0, read)))
        yield* settle
        yield* Effect.forEach(callers, Fiber.interrupt)
        yield* settle
        expect(counts).toEqual({ begun: 1, interrupted: 1 })
        const next = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* Deferred.succeed(answer, 7)
        expect(yield* Fiber.join(next)).toBe(7)
        expect(counts.begun).toBe(2)
      }),
    )

    it.scoped("is as patient as the most patient of its callers", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const seen: Array<number> = []
        const gate = yield* Deferred.make<void>()
        const read: Read = {
          run: (flight) =>
            Effect.as(
              Effect.ensuring(
                Deferred.await(gate),
                Effect.sync(() => seen.push(flight.deadline())),
              ),
              7,
            ),
        }
        const callers = yield* Effect.forEach([10, 30, 20], (deadline) =>
          Effect.fork(shared.get("pods", deadline, 0, read)),
        )
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.forEach(callers, Fiber.join)
        expect(seen).toEqual([30])
      }),
    )

    it.scoped("fails each caller at its own deadline, and says whether the request was under way", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const { counts, read } = yield* makeRead
        const timed: Read = { ...read, onTimeout: (isSent) => (isSent ? "late" : "waited") }
        const hasty = yield* Effect.fork(Effect.flip(shared.get("pods", 1_000, 0, timed)))
        const patient = yield* Effect.fork(Effect.flip(shared.get("pods", 2_000, 0, timed)))
        yield* TestClock.adjust(1_000)
        expect(yield* Fiber.join(hasty)).toBe("late")
        expect(counts.interrupted).toBe(0)
        yield* TestClock.adjust(1_000)
        expect(yield* Fiber.join(patient)).toBe("late")
        expect(counts).toEqual({ begun: 1, interrupted: 1 })
        const waits: Read = { run: () => Effect.never, onTimeout: (isSent) => (isSent ? "late" : "waited") }
        const waiting = yield* Effect.fork(Effect.flip(shared.get("rules", 3_000, 0, waits)))
        yield* TestClock.adjust(1_000)
        expect(yield* Fiber.join(waiting)).toBe("waited")
      }),
    )

    it.scoped("leaves no caller waiting for a read that has a bug", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const broken: Read = {
          run: () => {
            throw new Error("a bug")
          },
        }
        expect(Exit.isFailure(yield* Effect.exit(shared.get("pods", NEVER, 0, broken)))).toBe(true)
        expect(yield* shared.get("pods", NEVER, 0, { run: () => Effect.succeed(7) })).toBe(7)
      }),
    )

    it.effect("interrupts its callers when it is closed, those who come later too", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const shared = yield* Scope.extend(RequestCoalescer.make<number, string>(), scope)
        const { read } = yield* makeRead
        const caller = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Scope.close(scope, Exit.void)
        expect(Exit.isInterrupted(yield* Fiber.await(caller))).toBe(true)
        expect(Exit.isInterrupted(yield* Effect.exit(shared.get("pods", NEVER, 0, read)))).toBe(true)
      }),
    )
  })

  describe("outdate", () => {
    it.scoped("keeps those who come later from an answer that may be from before", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const [before, after] = [yield* makeRead, yield* makeRead]
        const early = yield* Effect.fork(shared.get("pods", NEVER, 60_000, before.read))
        yield* settle
        shared.invalidate()
        const late = yield* Effect.fork(shared.get("pods", NEVER, 60_000, after.read))
        yield* settle
        yield* Deferred.succeed(before.answer, 1)
        yield* Deferred.succeed(after.answer, 2)
        expect([yield* Fiber.join(early), yield* Fiber.join(late)]).toEqual([1, 2])
        expect(yield* shared.get("pods", NEVER, 60_000, before.read)).toBe(2)
      }),
    )

    it.scoped("lets those who come later share a read that has not been sent yet", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        const gate = yield* Deferred.make<void>()
        let startedAt = 0
        const read: Read = {
          run: () =>
            Effect.suspend(() => {
              startedAt += 1
              return Effect.as(Deferred.await(gate), 7)
            }),
        }
        const early = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        shared.invalidate()
        const late = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.forEach([early, late], Fiber.join)
        expect(startedAt).toBe(1)
      }),
    )
  })

  describe("maxAge", () => {
    it.scoped("uses an answer again until it is too old", () =>
      Effect.gen(function* () {
        const shared = yield* RequestCoalescer.make<number, string>()
        let answer = 0
        const read: Read = { run: () => Effect.sync(() => ++answer) }
        const get = shared.get("pods", NEVER, 1_000, read)
        expect([yield* get, yield* get]).toEqual([1, 1])
        yield* TestClock.adjust(1_001)
        expect(yield* get).toBe(2)
        shared.invalidate()
        expect(yield* get).toBe(3)
      }),
    )
  })
})
