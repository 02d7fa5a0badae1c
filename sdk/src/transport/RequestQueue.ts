/**
 * The rate limit: every request to the service waits for a slot. One request is under way at a time, and a random
 * interval passes between a response and the next request. Payments overtake reads; the next request is chosen at the
 * last moment.
 *
 * All calls of one client share its queue, and with {@link layerFile} all processes that use one folder.
 */
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { QueueFullError, RateLimitedError, type StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import * as FolderLock from "../internal/FolderLock.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { Lane } from "./QueueState.js"
import * as QueueState from "./QueueState.js"

export type { Lane } from "./QueueState.js"

/** The right to send one request. */
export interface Slot {
  /**
   * Releases the slot, at the latest when the response has arrived. Later calls do nothing.
   *
   * @param sent - true if a request went out: only then does the interval begin
   */
  readonly release: (sent: boolean) => Effect.Effect<void>
}

/** Makes an effect interruptible if its caller is. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * A queue of requests.
 *
 * @category services
 */
export interface Service {
  /**
   * Waits for a slot. An interruption gives the place in the queue up.
   *
   * @param lane - the lane to wait in
   * @param deadline - the time after which waiting has no use, in milliseconds of the monotonic clock
   * @param restore - the `restore` of the caller's `Effect.uninterruptibleMask`, inside which the caller runs this: else
   *   a slot that is granted at the moment of an interruption would be lost, and never released
   * @returns the slot; fails at once with `QueueFullError` if too many requests wait, and with `RateLimitedError` if the
   *   service asked for a pause that ends after the deadline
   */
  readonly acquire: (
    lane: Lane,
    deadline: number,
    restore?: Restore,
  ) => Effect.Effect<Slot, QueueFullError | RateLimitedError>
  /**
   * Pauses all requests, because the service asked for it.
   *
   * @param duration - milliseconds from now
   */
  readonly pause: (duration: number) => Effect.Effect<void>
}

/**
 * Grants slots for requests to the service.
 *
 * @category services
 */
export class RequestQueue extends Context.Tag("tsequence/RequestQueue")<RequestQueue, Service>() {}

/**
 * Intervals between requests to the service. One request is under way at a time.
 *
 * @category options
 */
export interface RateLimitOptions {
  /** Least milliseconds between a response and the next request. @default 1500 */
  readonly minInterval?: number | undefined
  /** Most random milliseconds on top of it. @default 2000 */
  readonly jitter?: number | undefined
  /** Most requests that may wait, of payments and of reads each. @default 100 */
  readonly maxQueueSize?: number | undefined
}

/**
 * Coordination of the queues of several processes.
 *
 * @category services
 */
export interface QueueCoordinator {
  /** Runs one slot while no other process runs one; `notBefore` is the time that they published, in wall-clock milliseconds. */
  readonly withLock: <A>(slot: (notBefore: number) => Effect.Effect<A>) => Effect.Effect<A>
  /** Publishes to the other processes when the next request may go out, in wall-clock milliseconds. */
  readonly publishNextAllowed: (notBefore: number) => Effect.Effect<void>
}

const localCoordinator: QueueCoordinator = {
  withLock: (slot) => slot(0),
  publishNextAllowed: () => Effect.void,
}

/** A request that waits for its slot. */
interface QueuedRequest extends QueueState.Waiting {
  readonly granted: Deferred.Deferred<Slot, RateLimitedError>
}

/** The queue of one process: its settings, its state, and the signal that wakes its fiber. */
interface Queue {
  readonly settings: { readonly minInterval: number; readonly jitter: number; readonly maxQueueSize: number }
  readonly coordinator: QueueCoordinator
  state: QueueState.QueueState<QueuedRequest>
  enqueued: Deferred.Deferred<void>
}

/** The longest that the service is believed when it asks for a pause, in milliseconds. */
export const MAX_PAUSE = 300_000

const rateLimited = (wait: number) =>
  new RateLimitedError(
    `The service asked to wait another ${Math.ceil(wait / 1000)} s, which is longer than this call may take`,
    { retryAfter: Math.ceil(wait) },
  )

/** Waits until the next slot may be granted, or no request waits. */
const waitForInterval = (queue: Queue) =>
  Effect.gen(function* () {
    // Timers may fire early, and a pause may begin during the wait: check again until the time has come.
    while (QueueState.isWaiting(queue.state)) {
      const delay = QueueState.delayOf(queue.state, yield* Monotonic.now)
      if (delay <= 0) return
      yield* Effect.sleep(Math.ceil(delay))
    }
  })

/** Begins the interval after a request, for this process and for all others. */
const beginInterval = (queue: Queue) =>
  Effect.gen(function* () {
    const { minInterval, jitter } = queue.settings
    const interval = minInterval + (jitter === 0 ? 0 : jitter * (yield* Random.next))
    queue.state = QueueState.advance(queue.state, (yield* Monotonic.now) + interval)
    if (interval > 0) {
      yield* queue.coordinator.publishNextAllowed((yield* Clock.currentTimeMillis) + Math.ceil(interval))
    }
  })

/** Grants the slot to the next request, and waits for its release. */
const grantNext = (queue: Queue) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      // A pause may have begun during the wait for the other processes: the transition checks the time again.
      const { state, request } = QueueState.grant(queue.state, yield* Monotonic.now)
      queue.state = state
      if (request === undefined) return
      const released = yield* Deferred.make<boolean>()
      const slot: Slot = { release: (sent) => Effect.asVoid(Deferred.succeed(released, sent)) }
      // False: the caller has left, so the slot was never taken.
      if (!(yield* Deferred.succeed(request.granted, slot))) return
      // A client that is closed after its last response must still tell the other processes to keep the interval.
      const sent = yield* restore(Deferred.await(released)).pipe(
        Effect.onInterrupt(() => beginInterval(queue)),
      )
      if (sent) yield* beginInterval(queue)
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          queue.state = QueueState.release(queue.state)
        }),
      ),
    ),
  )

/** Runs one slot, or waits for a request if none is in the queue. */
const runNext = (queue: Queue) =>
  Effect.gen(function* () {
    if (!QueueState.isWaiting(queue.state)) {
      yield* Deferred.await(queue.enqueued)
      queue.enqueued = yield* Deferred.make<void>()
      return
    }
    yield* waitForInterval(queue)
    yield* queue.coordinator.withLock((notBefore) =>
      Effect.gen(function* () {
        const delay = notBefore - (yield* Clock.currentTimeMillis)
        if (delay <= 0) return yield* grantNext(queue)
        // A clock that was set back must not stop this process for longer than any pause could.
        queue.state = QueueState.advance(queue.state, (yield* Monotonic.now) + Math.min(delay, MAX_PAUSE))
      }),
    )
  })

/** Waits for the slot of a request that is in the queue. An interruption gives its place up. */
const awaitSlot = (queue: Queue, request: QueuedRequest, restore: Restore) =>
  Deferred.succeed(queue.enqueued, undefined).pipe(
    Effect.zipRight(restore(Deferred.await(request.granted))),
    Effect.onInterrupt(() => {
      queue.state = QueueState.leave(queue.state, request)
      // If the slot was granted at the same moment, it is released unused.
      return Effect.flatMap(Deferred.interrupt(request.granted), (isFirst) =>
        isFirst ? Effect.void : Effect.flatMap(Effect.exit(Deferred.await(request.granted)), releaseUnused),
      )
    }),
  )

const releaseUnused: (granted: Exit.Exit<Slot, unknown>) => Effect.Effect<void> = Exit.match({
  onSuccess: (slot) => slot.release(false),
  onFailure: () => Effect.void,
})

const acquireSlot = (
  queue: Queue,
  lane: Lane,
  deadline: number,
  restore: Restore,
): Effect.Effect<Slot, QueueFullError | RateLimitedError> =>
  Effect.flatMap(Monotonic.now, (now): Effect.Effect<Slot, QueueFullError | RateLimitedError> => {
    const { minInterval, jitter, maxQueueSize } = queue.settings
    const granted = Deferred.unsafeMake<Slot, RateLimitedError>(FiberId.none)
    const request: QueuedRequest = { lane, deadline, granted }
    const result = QueueState.enqueue(queue.state, request, { now, maxQueueSize })
    switch (result._tag) {
      case "Paused":
        return Effect.fail(rateLimited(result.wait))
      case "Full":
        return Effect.fail(
          new QueueFullError(result.size, Math.ceil(result.size * (minInterval + jitter / 2))),
        )
      case "Waiting":
        queue.state = result.state
        return awaitSlot(queue, request, restore)
    }
  })

const pauseQueue = (queue: Queue, duration: number) =>
  Effect.gen(function* () {
    const now = yield* Monotonic.now
    const { state, expired } = QueueState.pause(queue.state, now + duration)
    queue.state = state
    // First: these requests are no longer in the queue, and an interruption must not leave them without an answer.
    for (const { granted } of expired) {
      Deferred.unsafeDone(granted, Effect.fail(rateLimited(state.pausedUntil - now)))
    }
    yield* queue.coordinator.publishNextAllowed((yield* Clock.currentTimeMillis) + Math.ceil(duration))
  })

const makeWith = (
  { minInterval = 1500, jitter = 2000, maxQueueSize = 100 }: RateLimitOptions,
  coordinator: QueueCoordinator,
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue: Queue = {
      settings: { minInterval, jitter, maxQueueSize },
      coordinator,
      state: QueueState.empty(),
      enqueued: yield* Deferred.make<void>(),
    }
    yield* runNext(queue).pipe(Effect.forever, Effect.forkScoped)
    return {
      acquire: (lane, deadline, restore) =>
        restore === undefined
          ? Effect.uninterruptibleMask((own) => acquireSlot(queue, lane, deadline, own))
          : acquireSlot(queue, lane, deadline, restore),
      pause: (duration) => pauseQueue(queue, duration),
    }
  })

/** Parses `.turn.json`; 0 for a file that is missing or broken. */
const parseQueueFile = (text: string | undefined): number => {
  if (text === undefined) return 0
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content === "object" && content !== null && "not_before" in content) {
      return typeof content.not_before === "number" ? content.not_before : 0
    }
  } catch {
    // A broken file only means that the time of the last request is not known.
  }
  return 0
}

/** Coordinates by a folder. After the folder has failed, this process continues alone: the rate limit is not worth a failed call. */
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
          // Only the lock can fail, before the slot is granted.
          Effect.catchAll((error) => Effect.zipRight(giveUp(error), slot(0))),
        )
      }),
  }
}

/**
 * Makes a queue that the callers of this process share.
 *
 * @category constructors
 */
export const make = (options: RateLimitOptions = {}): Effect.Effect<Service, never, Scope.Scope> =>
  makeWith(options, localCoordinator)

/**
 * Makes a queue that the callers of this process share with other processes.
 *
 * @category constructors
 */
export const makeShared = (
  coordinator: QueueCoordinator,
  options: RateLimitOptions = {},
): Effect.Effect<Service, never, Scope.Scope> => makeWith(options, coordinator)

/**
 * A queue within this process.
 *
 * @category layers
 */
export const layer = (options: RateLimitOptions = {}): Layer.Layer<RequestQueue> =>
  Layer.scoped(RequestQueue, make(options))

/**
 * A queue shared by all processes that use `folder`, through its `.turn.json`. If the folder cannot be written, the
 * queue logs a warning and continues within this process.
 *
 * @category layers
 */
export const layerFile = (folder: string, options: RateLimitOptions = {}): Layer.Layer<RequestQueue> =>
  Layer.scoped(RequestQueue, makeWith(options, folderCoordinator(folder)))
