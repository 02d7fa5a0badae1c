import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import fc from "fast-check"
import type { GraphQLResponse } from "../../src/transport/GraphQLHttp.js"
import * as OutstandingRequests from "../../src/transport/OutstandingRequests.js"
import type { Lane } from "../../src/transport/RequestQueue.js"

const ANSWER: GraphQLResponse = {
  status: 200,
  payload: {},
  text: "{}",
  contentType: "application/json",
  retryAfter: undefined,
  date: undefined,
  challenged: false,
  requestId: "one",
}

/** A request that ends when the test says so. */
const makeRequest = () => {
  const answer = Deferred.unsafeMake<GraphQLResponse>(FiberId.none)
  const state = { isAborted: false }
  const request = Effect.onInterrupt(Deferred.await(answer), () =>
    Effect.sync(() => {
      state.isAborted = true
    }),
  )
  return { request, state, end: () => Deferred.unsafeDone(answer, Exit.succeed(ANSWER)) }
}

/** Sends a request, and counts how often its end was seen to. */
const send = (
  outstanding: OutstandingRequests.OutstandingRequests,
  lane: Lane,
  request: Effect.Effect<GraphQLResponse>,
  concluded: { count: number },
) =>
  Effect.uninterruptibleMask((restore) =>
    outstanding.run(
      lane,
      request,
      () =>
        Effect.sync(() => {
          concluded.count += 1
        }),
      restore,
    ),
  )

/** Lets others run on for a while; not at all where `times` is 0. */
const yieldNow = (times: number) => Effect.replicateEffect(Effect.yieldNow(), times)

const settled = yieldNow(20)

describe("InFlight", () => {
  it("sees to the end of each request once, whenever its caller leaves and its answer comes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Lane>("payment", "read"),
        fc.nat({ max: 8 }),
        fc.boolean(),
        (lane, between, leavesFirst) =>
          Effect.runPromise(
            Effect.scoped(
              Effect.gen(function* () {
                const outstanding = yield* OutstandingRequests.make
                const { request, state, end } = makeRequest()
                const concluded = { count: 0 }
                const fiber = yield* Effect.fork(send(outstanding, lane, request, concluded))
                const leave = () => fiber.unsafeInterruptAsFork(FiberId.none)
                yield* settled
                if (leavesFirst) leave()
                else end()
                yield* yieldNow(between)
                if (leavesFirst) end()
                else leave()
                yield* settled
                expect(state.isAborted).toBe(false)
                expect(concluded.count).toBe(1)
              }),
            ),
          ),
      ),
      { numRuns: 300 },
    ))

  it.effect("cuts reads off when it is closed, and waits for payments", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const outstanding = yield* Scope.extend(OutstandingRequests.make, scope)
      const [read, payment] = [makeRequest(), makeRequest()]
      const concluded = { count: 0 }
      const reading = yield* Effect.fork(send(outstanding, "read", read.request, concluded))
      const paying = yield* Effect.fork(send(outstanding, "payment", payment.request, concluded))
      yield* settled
      const closed = yield* Deferred.make<void>()
      yield* Effect.fork(Effect.zipRight(Scope.close(scope, Exit.void), Deferred.succeed(closed, undefined)))
      yield* settled
      expect(Exit.isInterrupted(yield* Fiber.await(reading))).toBe(true)
      expect(payment.state.isAborted).toBe(false)
      expect(yield* Deferred.isDone(closed)).toBe(false)
      payment.end()
      yield* Deferred.await(closed)
      expect(yield* Fiber.join(paying)).toBe(ANSWER)
      expect(concluded.count).toBe(2)
    }),
  )

  it.effect("waits for a payment whose caller has left", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const outstanding = yield* Scope.extend(OutstandingRequests.make, scope)
      const { request, end } = makeRequest()
      const concluded = { count: 0 }
      const paying = yield* Effect.fork(send(outstanding, "payment", request, concluded))
      yield* settled
      yield* Fiber.interrupt(paying)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settled
      expect(concluded.count).toBe(0)
      end()
      yield* Fiber.join(closing)
      expect(concluded.count).toBe(1)
    }),
  )
})
