import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as SharedReads from "../../src/transport/SharedReads.js"

const NEVER = Number.POSITIVE_INFINITY

type Read = SharedReads.Read<number, string>

interface Counts {
  begun: number
  interrupted: number
}

/** How reads are run: in a fiber of their own, or begun without one. */
const WAYS = {
  "in a fiber": (answer: Deferred.Deferred<number, string>, counts: Counts): Read => ({
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
  }),
  "without a fiber": (answer: Deferred.Deferred<number, string>, counts: Counts): Read => ({
    run: () => Effect.die("not to be run"),
    begin: (flight, _fiber, { onEnd }) => {
      counts.begun += 1
      flight.setSent(true)
      Effect.runFork(Deferred.await(answer)).addObserver(onEnd)
      return true
    },
  }),
} as const

/** A read that counts how often it ran and was cut off, and answers when told to. */
const makeRead = (way: keyof typeof WAYS = "in a fiber") =>
  Effect.gen(function* () {
    const answer = yield* Deferred.make<number, string>()
    const counts = { begun: 0, interrupted: 0 }
    return { answer, counts, read: WAYS[way](answer, counts) }
  })

const settle = TestClock.adjust(1)

describe("SharedReads", () => {
  describe.each(["in a fiber", "without a fiber"] as const)("get, %s", (way) => {
    it.scoped("runs equal reads once and answers all", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const { answer, counts, read } = yield* makeRead(way)
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
        const shared = yield* SharedReads.make<number, string>()
        const { answer, counts, read } = yield* makeRead(way)
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
        const shared = yield* SharedReads.make<number, string>()
        const { answer, counts, read } = yield* makeRead(way)
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
        const shared = yield* SharedReads.make<number, string>()
        const { answer, counts, read } = yield* makeRead(way)
        const callers = yield* Effect.forEach([1, 2], () => Effect.fork(shared.get("pods", NEVER, 0, read)))
        yield* settle
        yield* Effect.forEach(callers, Fiber.interrupt)
        yield* settle
        // A request on its way is not cut off; what comes before and after it is.
        expect(counts).toEqual({ begun: 1, interrupted: way === "in a fiber" ? 1 : 0 })
        const next = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* Deferred.succeed(answer, 7)
        expect(yield* Fiber.join(next)).toBe(7)
        expect(counts.begun).toBe(2)
      }),
    )
  })

  describe("get", () => {
    it.scoped("is as patient as the most patient of its callers", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
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
  })

  describe("begin", () => {
    /** Begins without a fiber, and tells the rest that is to be done when told to. */
    const makeBegun = (rest: Effect.Effect<number, string>) => {
      const listeners: Array<SharedReads.Listener<number, string>> = []
      const read: Read = {
        run: () => Effect.die("not to be run"),
        begin: (_flight, _fiber, listener) => listeners.push(listener) > 0,
      }
      const tellRest = () => {
        for (const { onRest } of listeners) onRest(rest)
      }
      return { read, tellRest }
    }

    it.scoped("does what remains to be done for those who still wait", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const { read, tellRest } = makeBegun(Effect.delay(Effect.succeed(7), 10))
        const [first, second] = [
          yield* Effect.fork(shared.get("pods", NEVER, 0, read)),
          yield* Effect.fork(shared.get("pods", NEVER, 0, read)),
        ]
        yield* settle
        yield* Fiber.interrupt(first)
        tellRest()
        yield* TestClock.adjust(10)
        expect(yield* Fiber.join(second)).toBe(7)
      }),
    )

    it.scoped("does it with what the caller had when it began", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const ref = yield* FiberRef.make(1)
        const { read, tellRest } = makeBegun(FiberRef.get(ref))
        const hasLeft = yield* Deferred.make<void>()
        const leaves = Effect.flip(shared.get("pods", 1, 0, { ...read, onTimeout: () => "late" }))
        const goesOn = Effect.zipRight(FiberRef.set(ref, 2), Deferred.succeed(hasLeft, undefined))
        yield* Effect.fork(Effect.zipRight(leaves, Effect.zipRight(goesOn, Effect.never)))
        const second = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* Deferred.await(hasLeft)
        tellRest()
        expect(yield* Fiber.join(second)).toBe(1)
      }),
    )

    it.scoped("does nothing more once nobody waits", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        let isDone = false
        const { read, tellRest } = makeBegun(
          Effect.sync(() => {
            isDone = true
            return 7
          }),
        )
        const only = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Fiber.interrupt(only)
        tellRest()
        yield* settle
        expect(isDone).toBe(false)
      }),
    )

    it.effect("is interrupted, like those who wait, where it is closed before the rest is done", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const shared = yield* Scope.extend(SharedReads.make<number, string>(), scope)
        const { read, tellRest } = makeBegun(Effect.succeed(7))
        const only = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Scope.close(scope, Exit.void)
        tellRest()
        expect(Exit.isInterrupted(yield* Fiber.await(only))).toBe(true)
      }),
    )

    it.scoped("runs in a fiber where it could not begin", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const read: Read = { run: () => Effect.succeed(7), begin: () => false }
        expect(yield* shared.get("pods", NEVER, 0, read)).toBe(7)
      }),
    )

    it.scoped("leaves nobody waiting for one that broke while it began", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const broken: Read = {
          run: () => Effect.succeed(1),
          begin: () => {
            throw new Error("a bug")
          },
        }
        expect(Exit.isFailure(yield* Effect.exit(shared.get("pods", NEVER, 0, broken)))).toBe(true)
        expect(yield* shared.get("pods", NEVER, 0, { run: () => Effect.succeed(7) })).toBe(7)
      }),
    )
  })

  describe("outdate", () => {
    it.scoped("keeps those who come later from an answer that may be from before", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        const [before, after] = [yield* makeRead(), yield* makeRead()]
        const early = yield* Effect.fork(shared.get("pods", NEVER, 60_000, before.read))
        yield* settle
        shared.outdate()
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
        const shared = yield* SharedReads.make<number, string>()
        const gate = yield* Deferred.make<void>()
        let begun = 0
        const read: Read = {
          run: () =>
            Effect.suspend(() => {
              begun += 1
              return Effect.as(Deferred.await(gate), 7)
            }),
        }
        const early = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        shared.outdate()
        const late = yield* Effect.fork(shared.get("pods", NEVER, 0, read))
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.forEach([early, late], Fiber.join)
        expect(begun).toBe(1)
      }),
    )
  })

  describe("maxAge", () => {
    it.scoped("uses an answer again until it is too old", () =>
      Effect.gen(function* () {
        const shared = yield* SharedReads.make<number, string>()
        let answer = 0
        const read: Read = { run: () => Effect.sync(() => ++answer) }
        const get = shared.get("pods", NEVER, 1_000, read)
        expect([yield* get, yield* get]).toEqual([1, 1])
        yield* TestClock.adjust(1_001)
        expect(yield* get).toBe(2)
        shared.outdate()
        expect(yield* get).toBe(3)
      }),
    )
  })
})
