/**
 * Reads that many callers ask for at the same time go out once. A caller that goes away does not hurt the
 * others; when the last one has gone, a read that still waits is given up.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Monotonic from "../internal/Monotonic.js"
import * as Timers from "../internal/Timers.js"
import type { Restore } from "./Turns.js"

/** What a read knows of those who wait for it. */
export interface Flight {
  /** When the most patient of the callers gives up, in milliseconds of the monotonic clock. */
  readonly deadline: () => number
  /** Says whether a request is under way, whose answer will show a state of now or later. */
  readonly setSent: (sent: boolean) => void
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
   * @param onTimeout - what the caller fails with at its deadline, by whether the request was under way; without,
   *   it waits on
   */
  readonly get: (
    key: string,
    deadline: number,
    maxAge: number,
    read: (flight: Flight) => Effect.Effect<A, E>,
    onTimeout?: (isSent: boolean) => E,
  ) => Effect.Effect<A, E>
  /** Money moved, or may have: no later caller gets what was asked for before now. */
  readonly outdate: () => void
}

interface Shared<A, E> {
  callers: number
  deadline: number
  sent: boolean
  /** Those who wait for the answer. */
  readonly waiting: Set<(answer: Exit.Exit<A, E>) => void>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  answer: Exit.Exit<A, E> | undefined
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
  Effect.gen(function* () {
    const flights = new Map<string, Shared<A, E>>()
    const kept = new Map<string, Kept<A>>()
    const running = new Set<Fiber.RuntimeFiber<A, E>>()
    let isClosed = false
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        return Fiber.interruptAll([...running])
      }),
    )

    const keep = (key: string, answer: A, at: number) => {
      kept.delete(key)
      kept.set(key, { answer, at })
      const [oldest] = kept.keys()
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    }

    const forget = (key: string, shared: Shared<A, E>) => {
      if (flights.get(key) === shared) flights.delete(key)
    }

    /** In a fiber of its own, since whoever asked first may be the first to leave. */
    const launch = (
      key: string,
      shared: Shared<A, E>,
      maxAge: number,
      read: Effect.Effect<A, E>,
      clock: Clock.Clock,
    ) =>
      Effect.map(Effect.runtime(), (runtime) => {
        // Begun at once, with everything that the caller's fiber has: a fork would wait for a turn of its own.
        const fiber = Runtime.runFork(runtime)(Effect.interruptible(read))
        shared.fiber = fiber
        running.add(fiber)
        fiber.addObserver((answer) => {
          running.delete(fiber)
          shared.answer = answer
          if (maxAge > 0 && Exit.isSuccess(answer) && flights.get(key) === shared) {
            keep(key, answer.value, Monotonic.by(clock))
          }
          forget(key, shared)
          for (const tell of shared.waiting) tell(answer)
        })
      })

    const board = (key: string, deadline: number) => {
      const flying = flights.get(key)
      if (flying !== undefined) return { shared: flying, isNew: false }
      const shared: Shared<A, E> = {
        callers: 0,
        deadline,
        sent: false,
        waiting: new Set(),
        fiber: undefined,
        answer: undefined,
      }
      flights.set(key, shared)
      return { shared, isNew: true }
    }

    const leave = (key: string, shared: Shared<A, E>) => {
      shared.callers -= 1
      if (shared.callers > 0 || shared.fiber === undefined || shared.answer !== undefined) return Effect.void
      forget(key, shared)
      // A request under way runs to its end in a fiber of its own; this stops what comes before or after it.
      return Fiber.interruptFork(shared.fiber)
    }

    /** Waits with a timer of the runtime's: fibers that race each other cost more than all else here. */
    const wait = (
      key: string,
      shared: Shared<A, E>,
      patience: number,
      onTimeout: ((isSent: boolean) => E) | undefined,
      restore: Restore,
    ) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      let tell = (_answer: Exit.Exit<A, E>) => {}
      const answer = Effect.async<A, E>((resume) => {
        if (shared.answer !== undefined) return resume(shared.answer)
        if (onTimeout !== undefined) {
          timer = setTimeout(() => resume(Effect.fail(onTimeout(shared.sent))), Timers.within(patience))
        }
        tell = resume
        shared.waiting.add(tell)
      })
      const end = () => {
        clearTimeout(timer)
        shared.waiting.delete(tell)
        return leave(key, shared)
      }
      return Effect.matchCauseEffect(restore(answer), {
        onFailure: (cause) => Effect.zipRight(end(), Effect.failCause(cause)),
        onSuccess: (value) => Effect.as(end(), value),
      })
    }

    const get: SharedReads<A, E>["get"] = (key, deadline, maxAge, read, onTimeout) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.clockWith((clock) => {
          if (isClosed) return Effect.interrupt
          const now = Monotonic.by(clock)
          const earlier = kept.get(key)
          if (maxAge > 0 && earlier !== undefined && now - earlier.at <= maxAge) {
            return Effect.succeed(earlier.answer)
          }
          const { shared, isNew } = board(key, deadline)
          shared.callers += 1
          shared.deadline = Math.max(shared.deadline, deadline)
          const answer = wait(key, shared, deadline - now, onTimeout, restore)
          if (!isNew) return answer
          const flight: Flight = {
            deadline: () => shared.deadline,
            setSent: (sent) => {
              shared.sent = sent
            },
          }
          return Effect.zipRight(launch(key, shared, maxAge, read(flight), clock), answer)
        }),
      )

    const outdate = () => {
      kept.clear()
      for (const [key, shared] of flights) if (shared.sent) flights.delete(key)
    }

    return { get, outdate }
  })
