import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import fc from "fast-check"
import { QueueFullError, RateLimitedError } from "../../src/Errors.js"
import * as Monotonic from "../../src/internal/Monotonic.js"
import * as RequestQueue from "../../src/transport/RequestQueue.js"

const NEVER = Number.POSITIVE_INFINITY

/** Takes a turn, notes when, and holds it for `busy` milliseconds. */
const request = (log: Array<string>, name: string, lane: RequestQueue.Lane = "read", busy = 0) =>
  Effect.gen(function* () {
    const queue = yield* RequestQueue.RequestQueue
    const turn = yield* queue.acquire(lane, NEVER)
    log.push(`${name}@${Math.round(yield* Monotonic.now)}`)
    yield* Effect.sleep(busy)
    yield* turn.release(true)
  })

// Jitter would make the times of these tests random.
const exact = (options: RequestQueue.RateLimitOptions = {}) =>
  RequestQueue.layer({ minInterval: 1000, jitter: 0, ...options })

const settle = TestClock.adjust(0)

const CALLERS = 4

/** An event for one of several callers, and the time for which the others run on before the next event. */
const STEP = fc.record({
  caller: fc.nat({ max: CALLERS - 1 }),
  what: fc.constantFrom("come" as const, "leave" as const, "finish" as const),
  yields: fc.nat({ max: 12 }),
})

interface Step {
  readonly caller: number
  readonly what: "come" | "leave" | "finish"
  readonly yields: number
}

const settled = Effect.replicateEffect(Effect.yieldNow(), 20)

/** Tells whether a caller who comes after all steps gets a turn. */
const leavesATurn = (steps: ReadonlyArray<Step>): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const queue = yield* RequestQueue.make({ minInterval: 0, jitter: 0 })
    const use = (done: Deferred.Deferred<void>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(queue.acquire("read", NEVER, restore), (turn) =>
          Effect.ensuring(restore(Deferred.await(done)), turn.release(true)),
        ),
      )
    const come = Effect.gen(function* () {
      const done = yield* Deferred.make<void>()
      return { done, fiber: yield* Effect.fork(use(done)) }
    })
    const all = yield* Effect.replicateEffect(come, CALLERS)
    for (const { caller, what, yields } of steps) {
      const { done, fiber } = all[caller] ?? (yield* come)
      // Done at once, so that two things can happen to a fiber before it runs on.
      if (what === "finish") Deferred.unsafeDone(done, Effect.void)
      else fiber.unsafeInterruptAsFork(FiberId.none)
      // In the place of the one who left.
      if (what === "come") all[caller] = yield* come
      yield* Effect.replicateEffect(Effect.yieldNow(), yields)
    }
    const last = yield* Effect.fork(queue.acquire("read", NEVER))
    for (const { fiber } of all) fiber.unsafeInterruptAsFork(FiberId.none)
    yield* settled
    return Option.isSome(yield* Fiber.poll(last))
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))

describe("Turns", () => {
  describe("take", () => {
    it.effect("grants the first turn at once, and the next after the distance to the answer before", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const first = yield* Effect.fork(request(log, "first", "read", 300))
        yield* settle
        const second = yield* Effect.fork(request(log, "second"))
        yield* TestClock.adjust(1299)
        expect(log).toEqual(["first@0"])
        yield* TestClock.adjust(1)
        expect(log).toEqual(["first@0", "second@1300"])
        yield* Fiber.joinAll([first, second])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("counts time that has passed by itself", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* request(log, "first")
        yield* TestClock.adjust(5000)
        yield* request(log, "second")
        expect(log).toEqual(["first@0", "second@5000"])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("adds a random part of the jitter to the least distance", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const callers = yield* Effect.fork(
          Effect.forEach(Array.from({ length: 15 }), () => request(log, ""), { concurrency: "unbounded" }),
        )
        while (log.length < 15) yield* TestClock.adjust(50)
        yield* Fiber.join(callers)
        const times = log.map((entry) => Number(entry.slice(1)))
        const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
        expect(Math.max(...gaps)).toBeLessThanOrEqual(3050)
        expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(500)
      }).pipe(Effect.provide(RequestQueue.layer({ minInterval: 1000, jitter: 2000 }))),
    )

    it.effect("lets a payment overtake reads that have waited longer", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* request(log, "first")
        yield* Effect.fork(request(log, "read-1"))
        yield* Effect.fork(request(log, "read-2"))
        yield* settle
        yield* TestClock.adjust(999)
        yield* Effect.fork(request(log, "payment", "payment"))
        yield* TestClock.adjust(3001)
        expect(log).toEqual(["first@0", "payment@1000", "read-1@2000", "read-2@3000"])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("does not spend the turn of a caller who gave up", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* request(log, "first")
        const quitter = yield* Effect.fork(request(log, "quitter"))
        yield* Effect.fork(request(log, "patient"))
        yield* TestClock.adjust(500)
        yield* Fiber.interrupt(quitter)
        yield* TestClock.adjust(500)
        expect(log).toEqual(["first@0", "patient@1000"])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("keeps no distance from a turn in which nothing was sent", () =>
      Effect.gen(function* () {
        const queue = yield* RequestQueue.RequestQueue
        const turn = yield* queue.acquire("read", NEVER)
        yield* turn.release(false)
        const log: Array<string> = []
        yield* request(log, "next")
        expect(log).toEqual(["next@0"])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("gives only one turn at a time, without any distance too", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* Effect.fork(request(log, "a", "read", 10))
        yield* Effect.fork(request(log, "b", "read", 10))
        yield* TestClock.adjust(9)
        expect(log).toEqual(["a@0"])
        yield* TestClock.adjust(1)
        expect(log).toEqual(["a@0", "b@10"])
      }).pipe(Effect.provide(exact({ minInterval: 0 }))),
    )

    it.effect("loses no turn, whoever is interrupted at whatever moment", () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), (steps) =>
            Effect.runPromise(leavesATurn(steps)),
          ),
          { numRuns: 300 },
        ),
      ),
    )

    it.effect("turns away those who come when too many wait, of payments and reads apart", () =>
      Effect.gen(function* () {
        const queue = yield* RequestQueue.RequestQueue
        const log: Array<string> = []
        const holder = yield* queue.acquire("read", NEVER)
        const waiting = yield* Effect.forkAll([request(log, "a"), request(log, "b")])
        yield* settle
        const refused = yield* Effect.flip(queue.acquire("read", NEVER))
        expect(refused).toBeInstanceOf(QueueFullError)
        expect(refused.retryAfter).toBeGreaterThan(0)
        const payment = yield* Effect.fork(request(log, "payment", "payment"))
        yield* holder.release(false)
        yield* TestClock.adjust(2000)
        yield* Fiber.join(waiting)
        yield* Fiber.join(payment)
        expect(log).toEqual(["payment@0", "a@1000", "b@2000"])
      }).pipe(Effect.provide(exact({ maxQueueSize: 2 }))),
    )
  })

  describe("maxQueueSize", () => {
    it.effect("does not count the one whose turn it is", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const come = (name: string) => Effect.exit(request(log, name))
        const all = yield* Effect.fork(Effect.all(["a", "b", "c"].map(come), { concurrency: "unbounded" }))
        yield* TestClock.adjust(5000)
        expect((yield* Fiber.join(all)).map(Exit.isSuccess)).toEqual([true, true, false])
        expect(log).toEqual(["a@0", "b@1000"])
      }).pipe(Effect.provide(exact({ maxQueueSize: 1 }))),
    )
  })

  describe("pause", () => {
    it.effect("holds back everybody until it is over", () =>
      Effect.gen(function* () {
        const queue = yield* RequestQueue.RequestQueue
        const log: Array<string> = []
        yield* queue.pause(30_000)
        yield* Effect.fork(request(log, "read"))
        yield* Effect.fork(request(log, "payment", "payment"))
        yield* TestClock.adjust(29_999)
        expect(log).toEqual([])
        yield* TestClock.adjust(1)
        expect(log).toEqual(["payment@30000"])
      }).pipe(Effect.provide(exact())),
    )

    it.effect("fails at once those who cannot wait that long, and lets the others wait", () =>
      Effect.gen(function* () {
        const queue = yield* RequestQueue.RequestQueue
        const holder = yield* queue.acquire("read", NEVER)
        const hurried = yield* Effect.fork(queue.acquire("read", 10_000))
        const patient = yield* Effect.fork(queue.acquire("read", 90_000))
        yield* settle
        yield* queue.pause(60_000)
        const failed = yield* Fiber.await(hurried)
        expect(Exit.isFailure(failed) && String(failed.cause)).toContain("60 s")
        const late = yield* Effect.flip(queue.acquire("payment", 10_000))
        expect(late).toBeInstanceOf(RateLimitedError)
        expect(late.retryAfter).toBe(60_000)
        yield* holder.release(true)
        yield* TestClock.adjust(60_000)
        yield* (yield* Fiber.join(patient)).release(true)
      }).pipe(Effect.provide(exact())),
    )
  })

  describe("layerFile", () => {
    const inFolder =
      <A>(use: (folder: string) => Promise<A>) =>
      async () => {
        const folder = await mkdtemp(join(tmpdir(), "turns-"))
        try {
          await use(folder)
        } finally {
          await rm(folder, { recursive: true, force: true })
        }
      }

    const spaced = (queue: RequestQueue.Service, sent: Array<number>) =>
      Effect.gen(function* () {
        const turn = yield* queue.acquire("read", NEVER)
        sent.push(performance.now())
        yield* turn.release(true)
      })

    it("keeps the distance between two clients of one folder", () =>
      inFolder((folder) =>
        Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const layer = RequestQueue.layerFile(folder, { minInterval: 60, jitter: 0 })
              const clients = yield* Effect.all([
                Layer.build(Layer.fresh(layer)),
                Layer.build(Layer.fresh(layer)),
              ])
              const sent: Array<number> = []
              const callers = clients.flatMap((context) =>
                [1, 2, 3].map(() => context.unsafeMap.get(RequestQueue.RequestQueue.key)),
              )
              yield* Effect.forEach(callers, (queue) => spaced(queue, sent), { concurrency: "unbounded" })
              const gaps = sent.slice(1).map((time, i) => time - (sent[i] ?? 0))
              expect(sent.length).toBe(6)
              expect(Math.min(...gaps)).toBeGreaterThanOrEqual(59)
            }),
          ),
        ),
      )())

    it("writes its file for its owner alone", () =>
      inFolder(async (folder) => {
        const queue = Effect.flatMap(RequestQueue.RequestQueue, (service) => spaced(service, []))
        await Effect.runPromise(Effect.provide(queue, RequestQueue.layerFile(folder, { minInterval: 5 })))
        const file = join(folder, ".turn.json")
        expect((await stat(file)).mode & 0o777).toBe(0o600)
        expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ not_before: expect.any(Number) })
      })())

    it("goes on within the process where the folder cannot be used", async () => {
      const queue = Effect.flatMap(RequestQueue.RequestQueue, (service) => spaced(service, []))
      const layer = RequestQueue.layerFile("/dev/null/nowhere", { minInterval: 1 })
      const timed = await Effect.runPromise(Effect.timed(Effect.provide(queue, layer)))
      expect(Duration.toMillis(timed[0])).toBeLessThan(5000)
    })
  })
})
