/**
 * Requests under way. A request that was sent runs to its end in a fiber of its own, even if its caller leaves.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { ExchangeError, GraphQLResponse } from "./GraphQLHttp.js"
import type { Lane, Restore } from "./RequestQueue.js"

/** Result of a request that has ended. */
export type RequestExit = Exit.Exit<GraphQLResponse, ExchangeError>

/** Sends requests and lets each run to its end. */
export interface OutstandingRequests {
  /**
   * Sends a request. Run it in an uninterruptible region, or it may be sent without a trace.
   *
   * @param request - sends it and reads the answer
   * @param conclude - runs once when it has ended, even if its caller has left
   * @param restore - makes the wait for the answer interruptible, which does not cut the request off
   */
  readonly run: (
    lane: Lane,
    request: Effect.Effect<GraphQLResponse, ExchangeError>,
    conclude: (ending: RequestExit) => Effect.Effect<void>,
    restore: Restore,
  ) => Effect.Effect<GraphQLResponse, ExchangeError>
}

/** Sends requests until its scope is closed: reads are cut off then, and payments waited for. */
export const make: Effect.Effect<OutstandingRequests, never, Scope.Scope> = Effect.gen(function* () {
  const flights = new Map<Fiber.Fiber<GraphQLResponse, ExchangeError>, Lane>()
  const fibersOf = (lane: Lane) => [...flights].flatMap(([fiber, its]) => (its === lane ? [fiber] : []))
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() =>
      Effect.zipRight(Fiber.interruptAll(fibersOf("read")), Fiber.awaitAll(fibersOf("payment"))),
    ),
  )

  const run: OutstandingRequests["run"] = (lane, request, conclude, restore) => {
    const whole = Effect.interruptible(request).pipe(
      Effect.exit,
      Effect.tap(conclude),
      Effect.flatten,
      Effect.uninterruptible,
    )
    return Effect.flatMap(Effect.forkDaemon(whole), (fiber) => {
      flights.set(fiber, lane)
      fiber.addObserver(() => flights.delete(fiber))
      return restore(Effect.flatten(Fiber.await(fiber)))
    })
  }

  return { run }
})
