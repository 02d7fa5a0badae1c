/**
 * Politeness: whoever wants to send something to the service waits for a turn. One request is under way at
 * a time, and a random while passes between an answer and the next request. Payments go before reads; who
 * goes next is decided at the last moment.
 *
 * All callers of one client share its turns, and with {@link layerFile} all processes that use one folder.
 */
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { QueueFullError, RateLimitedError, type StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import * as FolderLock from "../internal/FolderLock.js"
import * as Monotonic from "../internal/Monotonic.js"

/** Who waits: payments overtake reads. */
export type Lane = "payment" | "read"

/** The right to send one request. */
export interface Slot {
  /**
   * Ends the turn, at the latest when the answer is there. Later calls do nothing.
   *
   * @param sent - whether a request went out; only then the others keep their distance from it
   */
  readonly release: (sent: boolean) => Effect.Effect<void>
}

/** Makes an effect one that can be interrupted, where its caller can be. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * How requests wait for each other.
 *
 * @category services
 */
export interface Service {
  /**
   * Waits for a turn. Interrupting the wait gives the place in the queue up.
   *
   * @param lane - who waits
   * @param deadline - when there is no point in waiting any longer, in milliseconds of the monotonic clock
   * @param restore - what `Effect.uninterruptibleMask` gave to the caller, who runs this without it: a turn that came
   *   at the same moment as an interruption would be lost between here and there, and nobody would end it
   * @returns the turn; fails at once with `QueueFullError` where too many wait, and with `RateLimitedError`
   *   where the service wants to be left alone for longer than the deadline allows
   */
  readonly acquire: (
    lane: Lane,
    deadline: number,
    restore?: Restore,
  ) => Effect.Effect<Slot, QueueFullError | RateLimitedError>
  /**
   * Holds back everybody, because the service asked for it.
   *
   * @param duration - milliseconds from now
   */
  readonly pause: (duration: number) => Effect.Effect<void>
}

/**
 * Hands out turns to speak to the service.
 *
 * @category services
 */
export class RequestQueue extends Context.Tag("tsequence/RequestQueue")<RequestQueue, Service>() {}

/**
 * How much distance requests to the service keep. One is under way at a time.
 *
 * @category options
 */
export interface RateLimitOptions {
  /** Least milliseconds between an answer and the next request. @default 1500 */
  readonly minInterval?: number | undefined
  /** Most random milliseconds on top of it. @default 2000 */
  readonly jitter?: number | undefined
  /** Most requests that may wait, of payments and of reads each. @default 100 */
  readonly maxQueueSize?: number | undefined
}

/**
 * What a turn needs besides this process's own queue: the distance to requests of others.
 *
 * @category services
 */
export interface QueueCoordinator {
  /** Runs one turn alone among all processes; `notBefore` is when others allow it, in wall-clock milliseconds. */
  readonly withLock: <A>(slot: (notBefore: number) => Effect.Effect<A>) => Effect.Effect<A>
  /** Tells the others when the next request may go out, in wall-clock milliseconds. */
  readonly publishNextAllowed: (notBefore: number) => Effect.Effect<void>
}

const localCoordinator: QueueCoordinator = {
  withLock: (slot) => slot(0),
  publishNextAllowed: () => Effect.void,
}

interface QueuedRequest {
  readonly deadline: number
  readonly granted: Deferred.Deferred<Slot, RateLimitedError>
}

const rateLimited = (wait: number) =>
  new RateLimitedError(
    `The service asked to be left alone for another ${Math.ceil(wait / 1000)} s, longer than this call may take`,
    { retryAfter: Math.ceil(wait) },
  )

const makeWith = (
  options: RateLimitOptions,
  coordinator: QueueCoordinator,
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { minInterval = 1500, jitter = 2000, maxQueueSize = 100 } = options
    const lanes: Record<Lane, Array<QueuedRequest>> = { payment: [], read: [] }
    let notBefore = Number.NEGATIVE_INFINITY
    let pausedUntil = Number.NEGATIVE_INFINITY
    let somebodyWaits = yield* Deferred.make<void>()
    /** Whether a turn that somebody waited for has not ended. */
    let isGranted = false

    const hasWaiting = () => lanes.payment.length + lanes.read.length > 0

    const leave = (lane: Lane, waiter: QueuedRequest) => {
      const index = lanes[lane].indexOf(waiter)
      if (index >= 0) lanes[lane].splice(index, 1)
    }

    // Timers may fire early, and a pause may come while we wait: look again until the time has really come.
    const waitForDistance = Effect.gen(function* () {
      while (hasWaiting()) {
        const wait = Math.max(notBefore, pausedUntil) - (yield* Monotonic.now)
        if (wait <= 0) return
        yield* Effect.sleep(Math.ceil(wait))
      }
    })

    const keepDistance = Effect.gen(function* () {
      const distance = minInterval + (jitter === 0 ? 0 : jitter * (yield* Random.next))
      notBefore = (yield* Monotonic.now) + distance
      if (distance > 0)
        yield* coordinator.publishNextAllowed((yield* Clock.currentTimeMillis) + Math.ceil(distance))
    })

    const grantNext = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        // While we waited for the other processes a pause may have come.
        if (Math.max(notBefore, pausedUntil) > (yield* Monotonic.now)) return
        const waiter = lanes.payment.shift() ?? lanes.read.shift()
        isGranted = waiter !== undefined
        if (waiter === undefined) return
        const ended = yield* Deferred.make<boolean>()
        const slot: Slot = { release: (sent) => Effect.asVoid(Deferred.succeed(ended, sent)) }
        // False: that one has left in the meantime, and its turn was never taken.
        if (!(yield* Deferred.succeed(waiter.granted, slot))) return
        // A client that is closed after its last answer must still tell the others to keep their distance.
        const sent = yield* restore(Deferred.await(ended)).pipe(Effect.onInterrupt(() => keepDistance))
        if (sent) yield* keepDistance
      }).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            isGranted = false
          }),
        ),
      ),
    )

    const oneTurn = Effect.zipRight(
      waitForDistance,
      coordinator.withLock((othersNotBefore) =>
        Effect.gen(function* () {
          const ahead = othersNotBefore - (yield* Clock.currentTimeMillis)
          if (ahead <= 0) return yield* grantNext
          // A clock that was set back must not stop us for longer than any wait could have been.
          notBefore = Math.max(notBefore, (yield* Monotonic.now) + Math.min(ahead, MAX_PAUSE))
        }),
      ),
    )

    yield* Effect.gen(function* () {
      if (!hasWaiting()) {
        yield* Deferred.await(somebodyWaits)
        somebodyWaits = yield* Deferred.make<void>()
      } else {
        yield* oneTurn
      }
    }).pipe(Effect.forever, Effect.forkScoped)

    /** Joins the queue. */
    const wait = (lane: Lane, deadline: number, restore: Restore) =>
      Effect.flatMap(Deferred.make<Slot, RateLimitedError>(), (granted) => {
        const waiter: QueuedRequest = { deadline, granted }
        lanes[lane].push(waiter)
        return Deferred.succeed(somebodyWaits, undefined).pipe(
          Effect.zipRight(restore(Deferred.await(granted))),
          Effect.onInterrupt(() => {
            leave(lane, waiter)
            // Granted while we were leaving: pass the turn on, unused.
            return Effect.flatMap(Deferred.interrupt(granted), (first) =>
              first ? Effect.void : Effect.flatMap(Effect.exit(Deferred.await(granted)), endUnused),
            )
          }),
        )
      })

    const takeWith = (
      lane: Lane,
      deadline: number,
      restore: Restore,
    ): Effect.Effect<Slot, QueueFullError | RateLimitedError> =>
      Effect.flatMap(Monotonic.now, (now): Effect.Effect<Slot, QueueFullError | RateLimitedError> => {
        const paused = pausedUntil - now
        if (paused > 0 && pausedUntil > deadline) return Effect.fail(rateLimited(paused))
        const waiting = lanes[lane].length
        // The first of those who come when nothing is in the way only waits for the loop to wake.
        const isNext = !isGranted && now >= Math.max(notBefore, pausedUntil)
        if (waiting < maxQueueSize + (isNext ? 1 : 0)) return wait(lane, deadline, restore)
        return Effect.fail(new QueueFullError(waiting, Math.ceil(waiting * (minInterval + jitter / 2))))
      })

    const acquire: Service["acquire"] = (lane, deadline, restore) =>
      restore === undefined
        ? Effect.uninterruptibleMask((own) => takeWith(lane, deadline, own))
        : takeWith(lane, deadline, restore)

    const pause: Service["pause"] = (duration) =>
      Effect.gen(function* () {
        const now = yield* Monotonic.now
        pausedUntil = Math.max(pausedUntil, now + duration)
        yield* coordinator.publishNextAllowed((yield* Clock.currentTimeMillis) + Math.ceil(duration))
        for (const lane of [lanes.payment, lanes.read]) {
          for (const waiter of lane.filter(({ deadline }) => deadline < pausedUntil)) {
            lane.splice(lane.indexOf(waiter), 1)
            yield* Deferred.fail(waiter.granted, rateLimited(pausedUntil - now))
          }
        }
      })

    return { acquire, pause }
  })

/** The longest that the service is believed when it asks for a pause, in milliseconds. */
export const MAX_PAUSE = 300_000

const endUnused: (granted: Exit.Exit<Slot, unknown>) => Effect.Effect<void> = Exit.match({
  onSuccess: (slot) => slot.release(false),
  onFailure: () => Effect.void,
})

/** What `.turn.json` holds. */
const parseQueueFile = (text: string | undefined): number => {
  if (text === undefined) return 0
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content === "object" && content !== null && "not_before" in content) {
      return typeof content.not_before === "number" ? content.not_before : 0
    }
  } catch {
    // A broken file only means that the distance to the last request is not known.
  }
  return 0
}

/** Once the folder has failed, this process goes on alone: the rate limit is not worth a failed call. */
const folderCoordinator = (folder: string): QueueCoordinator => {
  const file = path.join(folder, ".turn.json")
  let announced = 0
  let broken = false
  const giveUp = (error: StorageError) => {
    if (broken) return Effect.void
    broken = true
    return Effect.logWarning(`${error.message} Other processes' requests are not taken into account.`)
  }
  const announce = (notBefore: number) =>
    Effect.suspend(() => {
      announced = Math.max(announced, notBefore)
      return broken
        ? Effect.void
        : AtomicFile.write(file, `${JSON.stringify({ not_before: announced })}\n`, { flush: false })
    }).pipe(Effect.catchAll(giveUp))
  const readNotBefore = Effect.map(AtomicFile.read(file), parseQueueFile).pipe(
    Effect.catchAll((error) => Effect.as(giveUp(error), 0)),
  )
  return {
    publishNextAllowed: announce,
    withLock: (slot) =>
      Effect.suspend(() => {
        if (broken) return slot(0)
        return FolderLock.withLock(
          folder,
          ".turn",
        )(() => Effect.flatMap(readNotBefore, slot)).pipe(
          // Only the lock can fail, before the turn.
          Effect.catchAll((error) => Effect.zipRight(giveUp(error), slot(0))),
        )
      }),
  }
}

/**
 * Makes turns that this process's callers share.
 *
 * @category constructors
 */
export const make = (options: RateLimitOptions = {}): Effect.Effect<Service, never, Scope.Scope> =>
  makeWith(options, localCoordinator)

/**
 * Makes turns that this process's callers share with whoever is behind a gate.
 *
 * @category constructors
 */
export const makeShared = (
  coordinator: QueueCoordinator,
  options: RateLimitOptions = {},
): Effect.Effect<Service, never, Scope.Scope> => makeWith(options, coordinator)

/**
 * Turns within this process.
 *
 * @category layers
 */
export const layer = (options: RateLimitOptions = {}): Layer.Layer<RequestQueue> =>
  Layer.scoped(RequestQueue, make(options))

/**
 * Turns shared by all processes that use `folder`, through its `.turn.json`. A folder that cannot be
 * written costs a warning, and turns are kept within this process.
 *
 * @category layers
 */
export const layerFile = (folder: string, options: RateLimitOptions = {}): Layer.Layer<RequestQueue> =>
  Layer.scoped(RequestQueue, makeWith(options, folderCoordinator(folder)))
