/**
 * Who looks after which transfers. A process has a random id and shows that it lives; it counts as dead when
 * its pulse has stood still for a while of the observer's own monotonic clock, or is gone. A process that was
 * declared dead and wakes up finds its sign of life removed, and sends nothing under that id any more.
 */
import { randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AuditStorage } from "../audit/AuditStorage.js"
import type { StorageError } from "../Errors.js"
import { BackgroundSleep } from "../internal/Background.js"
import * as Monotonic from "../internal/Monotonic.js"

/**
 * How fast a death is noticed.
 *
 * @category options
 */
export interface Options {
  /** Milliseconds between two signs of life. @default 2000 */
  readonly heartbeat?: number | undefined
  /** Milliseconds that a pulse must stand still before its owner counts as dead. @default 15000 */
  readonly deadAfter?: number | undefined
}

/** What is known of another process. */
type ProcessHealth = "alive" | "dead" | "unclear"

/**
 * What can be asked about processes.
 *
 * @category services
 */
export interface Service {
  /** Gives this process's id, and begins to show that it lives. A new one where the last was declared dead. */
  readonly ownId: Effect.Effect<string, StorageError>
  /** Whether an id is, or was, this process's. */
  readonly isOwn: (id: string) => boolean
  /** Whether nobody has declared this process dead. */
  readonly isAlive: (id: string) => Effect.Effect<boolean, StorageError>
  /** Looks at the pulses of all. */
  readonly observe: Effect.Effect<void, StorageError>
  /** Tells what the observations so far say of another process, and for how long it has stood still (ms). */
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

interface Observation {
  readonly pulse: string | undefined
  readonly since: number
  readonly hasBeaten: boolean
}

/**
 * Shows that this process lives for as long as its scope is open.
 *
 * @category constructors
 */
const make = (options: Options = {}): Effect.Effect<Service, never, AuditStorage | Scope.Scope> =>
  Effect.gen(function* () {
    const { heartbeat = 2_000, deadAfter = 15_000 } = options
    const { processes } = yield* AuditStorage
    const sleep = yield* BackgroundSleep
    const scope = yield* Effect.scope
    const own = new Set<string>()
    const seen = new Map<string, Observation>()
    const making = yield* Effect.makeSemaphore(1)
    let current: string | undefined
    let beats = 0

    const beat = Effect.gen(function* () {
      yield* sleep(heartbeat)
      beats += 1
      const id = current
      // A beat that fails is noticed before the next transfer goes out.
      if (
        id !== undefined &&
        !(yield* processes.heartbeat(id, beats).pipe(Effect.orElseSucceed(() => true)))
      ) {
        current = undefined
      }
    }).pipe(Effect.forever)

    const ownId: Service["ownId"] = Effect.gen(function* () {
      if (current !== undefined && (yield* processes.isAlive(current))) return current
      const isFirst = own.size === 0
      const id = randomUUID()
      yield* processes.create(id)
      own.add(id)
      current = id
      if (isFirst) yield* Effect.forkIn(Effect.interruptible(beat), scope)
      return id
    }).pipe(making.withPermits(1), Effect.uninterruptible)

    const observe: Service["observe"] = Effect.gen(function* () {
      const pulses = yield* processes.heartbeats
      const now = yield* Monotonic.now
      for (const id of new Set([...pulses.keys(), ...seen.keys()])) {
        const pulse = pulses.get(id)
        const before = seen.get(id)
        if (before !== undefined && before.pulse === pulse) continue
        seen.set(id, { pulse, since: now, hasBeaten: pulse !== undefined && before?.pulse !== undefined })
      }
    })

    const healthOf: Service["healthOf"] = (id) =>
      Effect.map(Monotonic.now, (now) => {
        const known = seen.get(id)
        if (known === undefined) seen.set(id, { pulse: undefined, since: now, hasBeaten: false })
        if (known?.pulse === undefined) return ["dead", now - (known?.since ?? now)] as const
        const still = now - known.since
        if (still >= deadAfter) return ["dead", still] as const
        return [known.hasBeaten ? "alive" : "unclear", still] as const
      })

    yield* Effect.addFinalizer(() =>
      Effect.forEach([...own], (id) => processes.remove(id), { discard: true }).pipe(Effect.ignore),
    )

    return {
      ownId,
      isOwn: (id) => own.has(id),
      isAlive: processes.isAlive,
      observe,
      healthOf,
      expire: (id) => Effect.tap(processes.remove(id), () => Effect.sync(() => seen.delete(id))),
    }
  })

/**
 * Tells the processes of the storage in context apart.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<ProcessRegistry, never, AuditStorage> =>
  Layer.scoped(ProcessRegistry, make(options))
