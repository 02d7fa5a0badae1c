/**
 * Reads that many callers ask for at the same time go out once. A caller that goes away does not hurt the
 * others; when the last one has gone, a read that still waits is given up.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
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

/** Hears of a read that began without a fiber; one of the two is called, once. */
export interface Listener<A, E> {
  /** It has ended. */
  readonly onEnd: (answer: Exit.Exit<A, E>) => void
  /** This is still to be done. */
  readonly onRest: (rest: Effect.Effect<A, E>) => void
}

/** A read, and how it is run. */
export interface Read<A, E> {
  /** Runs it. */
  readonly run: (flight: Flight) => Effect.Effect<A, E>
  /**
   * Begins it where nothing has to be waited for first, since a fiber of its own would cost more than all else here.
   *
   * @param listener - told later
   * @returns whether it has begun
   */
  readonly begin?: (
    flight: Flight,
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    listener: Listener<A, E>,
  ) => boolean
  /** What a caller fails with at its deadline, by whether the request was under way; without, it waits on. */
  readonly onTimeout?: (isSent: boolean) => E
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
   */
  readonly get: (key: string, deadline: number, maxAge: number, read: Read<A, E>) => Effect.Effect<A, E>
  /** Money moved, or may have: no later caller gets what was asked for before now. */
  readonly outdate: () => void
}

interface Shared<A, E> extends Flight {
  readonly key: string
  readonly maxAge: number
  callers: number
  latest: number
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

const makeShared = <A, E>(key: string, maxAge: number, deadline: number): Shared<A, E> => {
  const shared: Shared<A, E> = {
    key,
    maxAge,
    callers: 0,
    latest: deadline,
    sent: false,
    waiting: new Set(),
    fiber: undefined,
    answer: undefined,
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

    const forget = (shared: Shared<A, E>) => {
      if (flights.get(shared.key) === shared) flights.delete(shared.key)
    }

    const settle = (shared: Shared<A, E>, answer: Exit.Exit<A, E>, now: number) => {
      shared.answer = answer
      if (shared.maxAge > 0 && Exit.isSuccess(answer) && flights.get(shared.key) === shared) {
        keep(shared.key, answer.value, now)
      }
      forget(shared)
      for (const tell of shared.waiting) tell(answer)
    }

    /** Runs it in a fiber of its own, since whoever asked first may be the first to leave. */
    const launch = (
      shared: Shared<A, E>,
      read: Effect.Effect<A, E>,
      runtime: Runtime.Runtime<never>,
      clock: Clock.Clock,
    ) => {
      // Begun at once: a fork would wait for a turn of its own.
      const fiber = Runtime.runFork(runtime)(read)
      shared.fiber = fiber
      running.add(fiber)
      fiber.addObserver((answer) => {
        running.delete(fiber)
        settle(shared, answer, Monotonic.by(clock))
      })
    }

    const start = (shared: Shared<A, E>, read: Read<A, E>, from: Fiber.RuntimeFiber<unknown, unknown>) => {
      const clock = Monotonic.clockOf(from)
      // What the caller has now. By the time that something remains to be done, it may have gone on to other things.
      const runtime = Runtime.make({
        context: from.currentContext,
        fiberRefs: from.getFiberRefs(),
        runtimeFlags: Runtime.defaultRuntimeFlags,
      })
      const onEnd = (answer: Exit.Exit<A, E>) => settle(shared, answer, Monotonic.by(clock))
      const onRest = (rest: Effect.Effect<A, E>) => {
        if (isClosed) onEnd(Exit.interrupt(FiberId.none))
        else if (shared.callers > 0) launch(shared, rest, runtime, clock)
      }
      try {
        if (read.begin?.(shared, from, { onEnd, onRest }) === true) return
      } catch (defect) {
        // Or it would be waited for, by this caller and by those to come, for good.
        return onEnd(Exit.die(defect))
      }
      launch(shared, read.run(shared), runtime, clock)
    }

    /** Stops what comes before or after a request; one under way runs to its end. */
    const abandon = (shared: Shared<A, E>) => {
      if (shared.callers > 0 || shared.answer !== undefined) return Effect.void
      forget(shared)
      return shared.fiber === undefined ? Effect.void : Fiber.interruptFork(shared.fiber)
    }

    /** Waits with a timer of the runtime's: fibers that race each other cost more than all else here. */
    const wait = (
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
          timer = setTimeout(() => resume(Exit.fail(onTimeout(shared.sent))), Timers.within(patience))
        }
        tell = resume
        shared.waiting.add(tell)
      })
      const leave = () => {
        clearTimeout(timer)
        shared.waiting.delete(tell)
        shared.callers -= 1
      }
      return Effect.matchCauseEffect(restore(answer), {
        onFailure: (cause) => {
          leave()
          return Effect.zipRight(abandon(shared), Effect.failCause(cause))
        },
        onSuccess: (value) => {
          leave()
          return Exit.succeed(value)
        },
      })
    }

    const get: SharedReads<A, E>["get"] = (key, deadline, maxAge, read) =>
      Effect.withFiberRuntime((fiber) => {
        if (isClosed) return Effect.interrupt
        const now = Monotonic.by(Monotonic.clockOf(fiber))
        const earlier = kept.get(key)
        if (maxAge > 0 && earlier !== undefined && now - earlier.at <= maxAge) {
          return Exit.succeed(earlier.answer)
        }
        return Effect.uninterruptibleMask((restore) => {
          const flying = flights.get(key)
          const shared = flying ?? makeShared<A, E>(key, maxAge, deadline)
          shared.callers += 1
          shared.latest = Math.max(shared.latest, deadline)
          if (flying === undefined) {
            flights.set(key, shared)
            start(shared, read, fiber)
          }
          return wait(shared, deadline - now, read.onTimeout, restore)
        })
      })

    const outdate = () => {
      kept.clear()
      for (const shared of flights.values()) if (shared.sent) flights.delete(shared.key)
    }

    return { get, outdate }
  })
