/**
 * The processes that transfers belong to. A process has a random id and a heartbeat; it counts as dead when its
 * heartbeat has not changed for a while of the observer's own monotonic clock, or is gone. A process that was declared
 * dead and continues finds its heartbeat removed, and sends nothing under that id.
 */
import { randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AuditStorage, type ProcessStore } from "../audit/AuditStorage.js"
import type { StorageError } from "../Errors.js"
import { BackgroundSleep } from "../internal/Background.js"
import * as Monotonic from "../internal/Monotonic.js"
import { healthOf, type Observations, observePulses, type ProcessHealth } from "./ProcessHealth.js"

/**
 * Settings for noticing that a process died.
 *
 * @category options
 */
export interface Options {
  /** Milliseconds between two heartbeats. @default 2000 */
  readonly heartbeat?: number | undefined
  /** Milliseconds without a heartbeat after which a process counts as dead. @default 15000 */
  readonly deadAfter?: number | undefined
}

/**
 * Questions about processes.
 *
 * @category services
 */
export interface Service {
  /** Gives this process's id, and starts its heartbeat. It gives a new id if the last one was declared dead. */
  readonly ownId: Effect.Effect<string, StorageError>
  /** Tells if an id is, or was, this process's. */
  readonly isOwn: (id: string) => boolean
  /** Tells if no process has declared this one dead. */
  readonly isAlive: (id: string) => Effect.Effect<boolean, StorageError>
  /** Reads the heartbeats of all processes. */
  readonly observe: Effect.Effect<void, StorageError>
  /** Tells what the observations so far say about a process, and for how many milliseconds it has shown no heartbeat. */
  readonly healthOf: (id: string) => Effect.Effect<readonly [ProcessHealth, number]>
  /** Declares a process dead. It sends nothing after that. */
  readonly expire: (id: string) => Effect.Effect<void, StorageError>
}

/**
 * Tells living processes from dead ones.
 *
 * @category services
 */
export class ProcessRegistry extends Context.Tag("tsequence/ProcessRegistry")<ProcessRegistry, Service>() {}

/** The ids under which this process is known, and its heartbeat. */
const makeOwnProcess = (
  processes: ProcessStore,
  heartbeat: number,
): Effect.Effect<Pick<Service, "ownId" | "isOwn">, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sleep = yield* BackgroundSleep
    const scope = yield* Effect.scope
    const making = yield* Effect.makeSemaphore(1)
    const ids = new Set<string>()
    let current: string | undefined
    let count = 0

    const beat = Effect.gen(function* () {
      yield* sleep(heartbeat)
      count += 1
      const id = current
      if (id === undefined) return
      // A heartbeat that fails is noticed before the next transfer is sent.
      const isAlive = yield* Effect.orElseSucceed(processes.heartbeat(id, count), () => true)
      if (!isAlive) current = undefined
    }).pipe(Effect.forever)

    const ownId: Service["ownId"] = Effect.gen(function* () {
      if (current !== undefined && (yield* processes.isAlive(current))) return current
      const isFirst = ids.size === 0
      const id = randomUUID()
      yield* processes.create(id)
      ids.add(id)
      current = id
      if (isFirst) yield* Effect.forkIn(Effect.interruptible(beat), scope)
      return id
    }).pipe(making.withPermits(1), Effect.uninterruptible)

    yield* Effect.addFinalizer(() =>
      Effect.forEach([...ids], (id) => processes.remove(id), { discard: true }).pipe(Effect.ignore),
    )

    return { ownId, isOwn: (id) => ids.has(id) }
  })

/**
 * Shows that this process lives for as long as its scope is open, and observes the others.
 *
 * @category constructors
 */
const make = (options: Options = {}): Effect.Effect<Service, never, AuditStorage | Scope.Scope> =>
  Effect.gen(function* () {
    const { heartbeat = 2_000, deadAfter = 15_000 } = options
    const { processes } = yield* AuditStorage
    const self = yield* makeOwnProcess(processes, heartbeat)
    let observations: Observations = new Map()

    return {
      ...self,
      isAlive: processes.isAlive,
      observe: Effect.gen(function* () {
        const pulses = yield* processes.heartbeats
        const now = yield* Monotonic.now
        observations = observePulses(observations, pulses, now)
      }),
      healthOf: (id) =>
        Effect.map(Monotonic.now, (now) => {
          if (!observations.has(id)) {
            observations = new Map([
              ...observations,
              [id, { pulse: undefined, since: now, hasBeaten: false }],
            ])
          }
          return healthOf(observations.get(id), now, deadAfter)
        }),
      expire: (id) =>
        Effect.tap(processes.remove(id), () =>
          Effect.sync(() => {
            observations = new Map([...observations].filter(([other]) => other !== id))
          }),
        ),
    }
  })

/**
 * Tells the processes of the storage in context apart.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<ProcessRegistry, never, AuditStorage> =>
  Layer.scoped(ProcessRegistry, make(options))
