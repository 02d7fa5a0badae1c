/**
 * Reads that many callers ask for at the same time go out once. A caller that goes away does not hurt the
 * others; when the last one has gone, a read that still waits is given up.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import * as Monotonic from "../internal/Monotonic.js"

/** What a read knows of those who wait for it. */
export interface Flight {
  /** When the most patient of the callers gives up, in milliseconds of the monotonic clock. */
  readonly deadline: () => number
  /** Says whether a request is under way, whose answer will show a state of now or later. */
  readonly setSent: (sent: boolean) => void
}

/** A caller's view of the read that it waits for. */
export interface View {
  isSent: () => boolean
}

/**
 * Equal reads at the same time become one.
 *
 * @category services
 */
export interface SharedReads<A, E> {
  /**
   * Gets the answer of the same read where one waits or is under way and nothing outdated it; else runs it.
   *
   * @param key - equal for equal reads
   * @param deadline - when this caller gives up, in milliseconds of the monotonic clock
   * @param maxAge - how old, in milliseconds, an earlier answer may be to be used again; 0: not at all
   * @param view - is told where to see whether the request is under way
   */
  readonly get: (
    key: string,
    deadline: number,
    maxAge: number,
    read: (flight: Flight) => Effect.Effect<A, E>,
    view?: View,
  ) => Effect.Effect<A, E>
  /** Money moved, or may have: no later caller gets what was asked for before now. */
  readonly outdate: () => void
}

interface Shared<A, E> {
  callers: number
  deadline: number
  sent: boolean
  readonly answer: Deferred.Deferred<A, E>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

interface Kept<A> {
  readonly answer: A
  readonly at: number
}

// Old answers are only looked for under keys that are asked for again; this bounds those that never are.
const MOST_KEPT = 1_000

/**
 * Shares reads for as long as its scope is open.
 *
 * @category constructors
 */
export const make = <A, E>(): Effect.Effect<SharedReads<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const flights = new Map<string, Shared<A, E>>()
    const kept = new Map<string, Kept<A>>()

    const keep = (key: string, answer: A, at: number) => {
      kept.delete(key)
      kept.set(key, { answer, at })
      const [oldest] = kept.keys()
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    }

    const forget = (key: string, shared: Shared<A, E>) => {
      if (flights.get(key) === shared) flights.delete(key)
    }

    const launch = (key: string, shared: Shared<A, E>, maxAge: number, read: Effect.Effect<A, E>) =>
      read.pipe(
        Effect.tap((answer) =>
          Effect.map(Monotonic.now, (at) => {
            if (maxAge > 0 && flights.get(key) === shared) keep(key, answer, at)
          }),
        ),
        Effect.ensuring(Effect.sync(() => forget(key, shared))),
        Effect.interruptible,
        Effect.intoDeferred(shared.answer),
        Effect.forkIn(scope),
      )

    const board = (key: string, deadline: number) => {
      const flying = flights.get(key)
      if (flying !== undefined) return { shared: flying, isNew: false }
      const shared: Shared<A, E> = {
        callers: 0,
        deadline,
        sent: false,
        answer: Deferred.unsafeMake(FiberId.none),
        fiber: undefined,
      }
      flights.set(key, shared)
      return { shared, isNew: true }
    }

    const leave = (key: string, shared: Shared<A, E>) =>
      Effect.suspend(() => {
        shared.callers -= 1
        if (shared.callers > 0 || shared.fiber === undefined) return Effect.void
        forget(key, shared)
        // A request under way runs to its end in a fiber of its own; this stops what comes before or after it.
        return Fiber.interruptFork(shared.fiber)
      })

    const get: SharedReads<A, E>["get"] = (key, deadline, maxAge, read, view) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const earlier = kept.get(key)
          if (maxAge > 0 && earlier !== undefined && (yield* Monotonic.now) - earlier.at <= maxAge) {
            return earlier.answer
          }
          const { shared, isNew } = board(key, deadline)
          if (view !== undefined) view.isSent = () => shared.sent
          shared.callers += 1
          shared.deadline = Math.max(shared.deadline, deadline)
          if (isNew) {
            const flight: Flight = {
              deadline: () => shared.deadline,
              setSent: (sent) => {
                shared.sent = sent
              },
            }
            shared.fiber = yield* launch(key, shared, maxAge, read(flight))
          }
          return yield* restore(Deferred.await(shared.answer)).pipe(Effect.ensuring(leave(key, shared)))
        }),
      )

    const outdate = () => {
      kept.clear()
      for (const [key, shared] of flights) if (shared.sent) flights.delete(key)
    }

    return { get, outdate }
  })
