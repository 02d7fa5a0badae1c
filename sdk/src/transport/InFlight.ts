/**
 * Requests under way. One that was sent runs to its end, whoever leaves meanwhile: what waits for it is one fiber, and
 * where that is interrupted, another takes over what is to be done at the end; or it is no fiber at all.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type { Answer, Exchange, ExchangeError } from "./GraphQLHttp.js"
import type { Lane, Restore } from "./Turns.js"

/** How a request ended. */
export type Ending = Exit.Exit<Answer, ExchangeError>

/** Sends requests, and sees to it that each comes to its end. */
export interface InFlight {
  /**
   * Sends a request. To be run where nothing can interrupt it, or it may be sent and nobody knows.
   *
   * @param begin - sends it
   * @param conclude - runs once when it has ended, whether or not anybody still waits
   * @param restore - makes the wait for the answer one that can be interrupted, which does not cut the request off
   */
  readonly run: (
    lane: Lane,
    begin: () => Exchange,
    conclude: (ending: Ending) => Effect.Effect<void>,
    restore: Restore,
  ) => Effect.Effect<Answer, ExchangeError>
  /**
   * Takes in a request that is on its way and that no fiber waits for.
   *
   * @param conclude - called once when it has ended
   */
  readonly add: (lane: Lane, exchange: Exchange, conclude: (ending: Ending) => void) => void
}

/** Cut off where it is a read, waited for where it may move money. */
interface Flight {
  readonly lane: Lane
  readonly exchange: Exchange
}

/** Sends requests until its scope is closed: reads are cut off then, and payments waited for. */
export const make: Effect.Effect<InFlight, never, Scope.Scope> = Effect.gen(function* () {
  const fork = Runtime.runFork(yield* Effect.runtime())
  const flights = new Set<Flight>()
  let onLanding = () => {}
  const land = (flight: Flight) => {
    flights.delete(flight)
    onLanding()
  }
  const hasPayments = () => [...flights].some(({ lane }) => lane === "payment")
  const waitForPayments = Effect.async<void>((resume) => {
    onLanding = () => {
      if (!hasPayments()) resume(Effect.void)
    }
    onLanding()
  })
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      for (const { lane, exchange } of flights) if (lane === "read") exchange.abort()
      return waitForPayments
    }),
  )

  const run: InFlight["run"] = (lane, begin, conclude, restore) =>
    Effect.suspend(() => {
      const exchange = begin()
      const flight: Flight = { lane, exchange }
      flights.add(flight)
      const end = (ending: Ending) =>
        Effect.zipRight(
          conclude(ending),
          Effect.sync(() => land(flight)),
        )
      let ended: Ending | undefined
      let tell = (_ending: Ending) => {}
      exchange.onEnd((ending) => {
        ended = ending
        tell(ending)
      })
      const answer = Effect.async<Ending>((resume) => {
        tell = (ending) => resume(Exit.succeed(ending))
        if (ended !== undefined) tell(ended)
      })
      return Effect.matchCauseEffect(restore(answer), {
        onSuccess: (ending) => Effect.zipRight(end(ending), ending),
        // Whoever waited leaves.
        onFailure: (cause) => {
          const left = Effect.failCause(cause)
          if (ended !== undefined) return Effect.zipRight(end(ended), left)
          tell = (ending) => {
            fork(end(ending))
          }
          return left
        },
      })
    })

  const add: InFlight["add"] = (lane, exchange, conclude) => {
    const flight: Flight = { lane, exchange }
    flights.add(flight)
    exchange.onEnd((ending) => {
      land(flight)
      conclude(ending)
    })
  }

  return { run, add }
})
