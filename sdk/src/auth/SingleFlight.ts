/**
 * Runs work once for all callers who ask for it at the same time. The work runs in a fiber of its own, so that the
 * first caller may leave without taking the result from the others.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"

/**
 * Options of shared work.
 *
 * @category options
 */
export interface Options {
  /**
   * Treatment of work that no caller waits for any more. Let it `finish` if half of it would be worse than none;
   * `interrupt` it if it may hang.
   *
   * @default "finish"
   */
  readonly abandoned?: "finish" | "interrupt"
}

interface Flight<A, E> {
  readonly result: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.RuntimeFiber<void> | undefined
}

/**
 * Makes an effect that shares one run of `work` among all who ask at the same time. A run ends with the scope.
 *
 * @category constructors
 */
export const make = <A, E>(
  work: Effect.Effect<A, E>,
  { abandoned = "finish" }: Options = {},
): Effect.Effect<Effect.Effect<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    let flight: Flight<A, E> | undefined

    const land = (landed: Flight<A, E>) =>
      Effect.sync(() => {
        if (flight === landed) flight = undefined
      })

    const start = Effect.suspend(() => {
      // Made and noted in one step: a second caller cannot come in between.
      const started: Flight<A, E> = {
        result: Deferred.unsafeMake<A, E>(FiberId.none),
        waiting: 0,
        fiber: undefined,
      }
      flight = started
      // Called while interruption is off, so that even a scope that is closed already gives an answer.
      return Effect.interruptible(work).pipe(
        Effect.exit,
        Effect.flatMap((exit) => Effect.zipRight(land(started), Deferred.done(started.result, exit))),
        Effect.asVoid,
        Effect.forkIn(scope),
        Effect.map((fiber) => {
          started.fiber = fiber
          return started
        }),
      )
    })

    const leave = (left: Flight<A, E>) =>
      Effect.suspend(() => {
        left.waiting -= 1
        if (left.waiting > 0 || abandoned === "finish" || left.fiber === undefined) return Effect.void
        return Effect.zipRight(land(left), Fiber.interruptFork(left.fiber))
      })

    return Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const joined = yield* Effect.suspend(() => (flight === undefined ? start : Effect.succeed(flight)))
        joined.waiting += 1
        return yield* restore(Deferred.await(joined.result)).pipe(Effect.ensuring(leave(joined)))
      }),
    )
  })
