/**
 * Sends a read once for all callers who ask for it at the same time. A caller who leaves does not affect the others.
 * When the last caller has left, a read that still waits is given up.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import * as Monotonic from "../internal/Monotonic.js"

/** State that a read shares with its callers. */
interface ReadHandle {
  /** Deadline of the most patient caller, in milliseconds of the monotonic clock. */
  readonly deadline: () => number
  /** Notes whether a request is under way, whose response will show a state of now or later. */
  readonly setSent: (sent: boolean) => void
}

/** A read, and how it is run. */
export interface Read<A, E> {
  /** Runs it. */
  readonly run: (flight: ReadHandle) => Effect.Effect<A, E>
  /** Makes the error of a caller at its deadline, if the request was under way or not. Default: it waits on. */
  readonly onTimeout?: (isSent: boolean) => E
}

/**
 * Turns equal reads at the same time into one.
 *
 * @category services
 */
export interface RequestCoalescer<A, E> {
  /**
   * Returns an earlier response that is not older than `maxAge`, or the response of the same read if one waits or is
   * under way and nothing outdated it; else runs the read.
   *
   * @param key - equal for equal reads
   * @param deadline - when this caller gives up, in milliseconds of the monotonic clock
   * @param maxAge - how old, in milliseconds, an earlier answer may be to be used again; 0: not at all
   */
  readonly get: (key: string, deadline: number, maxAge: number, read: Read<A, E>) => Effect.Effect<A, E>
  /** Forgets earlier responses and reads under way, since money may have moved: later callers get newer ones. */
  readonly invalidate: () => void
}

interface InFlightRead<A, E> extends ReadHandle {
  readonly answer: Deferred.Deferred<A, E>
  fiber: Fiber.Fiber<A, E> | undefined
  readonly key: string
  readonly maxAge: number
  callers: number
  latest: number
  sent: boolean
}

interface CachedResponse<A> {
  readonly answer: A
  readonly at: number
}

// Old answers are only looked for under keys that are asked for again; this bounds those that never are.
const MAX_CACHED = 1_000

const makeInFlightRead = <A, E>(key: string, maxAge: number, deadline: number): InFlightRead<A, E> => {
  const shared: InFlightRead<A, E> = {
    answer: Deferred.unsafeMake(FiberId.none),
    fiber: undefined,
    key,
    maxAge,
    callers: 0,
    latest: deadline,
    sent: false,
    deadline: () => shared.latest,
    setSent: (sent) => {
      shared.sent = sent
    },
  }
  return shared
}

/**
 * Shares reads for as long as its scope is open.
 *
 * @category constructors
 */
export const make = <A, E>(): Effect.Effect<RequestCoalescer<A, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const flights = new Map<string, InFlightRead<A, E>>()
    const kept = new Map<string, CachedResponse<A>>()

    const keep = (key: string, response: A, at: number) => {
      kept.delete(key)
      kept.set(key, { answer: response, at })
      const [oldest] = kept.keys()
      if (kept.size > MAX_CACHED && oldest !== undefined) kept.delete(oldest)
    }

    const forget = (shared: InFlightRead<A, E>) => {
      if (flights.get(shared.key) === shared) flights.delete(shared.key)
    }

    const settle = (shared: InFlightRead<A, E>, response: Exit.Exit<A, E>, now: number) => {
      if (shared.maxAge > 0 && Exit.isSuccess(response) && flights.get(shared.key) === shared) {
        keep(shared.key, response.value, now)
      }
      forget(shared)
      Deferred.unsafeDone(shared.answer, response)
    }

    /** Runs it in a fiber of its own, since the first caller may be the first to leave. */
    const launch = (shared: InFlightRead<A, E>, read: Read<A, E>) =>
      Effect.clockWith((clock) =>
        Effect.map(Effect.forkIn(Effect.interruptible(read.run(shared)), scope), (fiber) => {
          shared.fiber = fiber
          fiber.addObserver((response) => settle(shared, response, Monotonic.by(clock)))
        }),
      )

    /** Stops what comes before or after a request; a request under way runs to its end. */
    const leave = (shared: InFlightRead<A, E>) => {
      shared.callers -= 1
      if (shared.callers > 0 || shared.fiber === undefined) return Effect.void
      forget(shared)
      return Fiber.interruptFork(shared.fiber)
    }

    const wait = (shared: InFlightRead<A, E>, patience: number, { onTimeout }: Read<A, E>) => {
      const response = Deferred.await(shared.answer)
      return onTimeout === undefined
        ? response
        : Effect.timeoutFail(response, { duration: patience, onTimeout: () => onTimeout(shared.sent) })
    }

    const join = (key: string, deadline: number, maxAge: number) => {
      const shared = flights.get(key) ?? makeInFlightRead<A, E>(key, maxAge, deadline)
      flights.set(key, shared)
      shared.callers += 1
      shared.latest = Math.max(shared.latest, deadline)
      return shared
    }

    const get: RequestCoalescer<A, E>["get"] = (key, deadline, maxAge, read) =>
      Effect.flatMap(Monotonic.now, (now) => {
        const earlier = kept.get(key)
        if (maxAge > 0 && earlier !== undefined && now - earlier.at <= maxAge) {
          return Effect.succeed(earlier.answer)
        }
        return Effect.uninterruptibleMask((restore) => {
          const shared = join(key, deadline, maxAge)
          const launched = shared.callers === 1 ? launch(shared, read) : Effect.void
          const response = restore(wait(shared, deadline - now, read))
          return Effect.ensuring(
            Effect.zipRight(launched, response),
            Effect.suspend(() => leave(shared)),
          )
        })
      })

    const invalidate = () => {
      kept.clear()
      for (const shared of flights.values()) if (shared.sent) flights.delete(shared.key)
    }

    return { get, invalidate }
  })
