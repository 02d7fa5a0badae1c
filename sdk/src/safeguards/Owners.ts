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
import type { StorageError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import { BackgroundSleep } from "./Background.js"
import { SafeguardStorage } from "./SafeguardStorage.js"

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
type Liveness = "alive" | "dead" | "unclear"

/**
 * What can be asked about processes.
 *
 * @category services
 */
export interface Service {
  /** Gives this process's id, and begins to show that it lives. A new one where the last was declared dead. */
  readonly mine: Effect.Effect<string, StorageError>
  /** Whether an id is, or was, this process's. */
  readonly isOwn: (id: string) => boolean
  /** Whether nobody has declared this process dead. */
  readonly isAlive: (id: string) => Effect.Effect<boolean, StorageError>
  /** Looks at the pulses of all. */
  readonly observe: Effect.Effect<void, StorageError>
  /** Tells what the observations so far say of another process, and for how long it has stood still (ms). */
  readonly livenessOf: (id: string) => Effect.Effect<readonly [Liveness, number]>
  /** Declares a process dead. It sends nothing after that. */
  readonly retire: (id: string) => Effect.Effect<void, StorageError>
}

/**
 * Tells living processes from dead ones.
 *
 * @category services
 */
export class Owners extends Context.Tag("tsequence/Owners")<Owners, Service>() {}

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
const make = (options: Options = {}): Effect.Effect<Service, never, SafeguardStorage | Scope.Scope> =>
  Effect.gen(function* () {
    const { heartbeat = 2_000, deadAfter = 15_000 } = options
    const { owners } = yield* SafeguardStorage
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
      if (id !== undefined && !(yield* owners.beat(id, beats).pipe(Effect.orElseSucceed(() => true)))) {
        current = undefined
      }
    }).pipe(Effect.forever)

    const mine: Service["mine"] = Effect.gen(function* () {
      if (current !== undefined && (yield* owners.isAlive(current))) return current
      const isFirst = own.size === 0
      const id = randomUUID()
      yield* owners.create(id)
      own.add(id)
      current = id
      if (isFirst) yield* Effect.forkIn(Effect.interruptible(beat), scope)
      return id
    }).pipe(making.withPermits(1), Effect.uninterruptible)

    const observe: Service["observe"] = Effect.gen(function* () {
      const pulses = yield* owners.pulses
      const now = yield* Monotonic.now
      for (const id of new Set([...pulses.keys(), ...seen.keys()])) {
        const pulse = pulses.get(id)
        const before = seen.get(id)
        if (before !== undefined && before.pulse === pulse) continue
        seen.set(id, { pulse, since: now, hasBeaten: pulse !== undefined && before?.pulse !== undefined })
      }
    })

    const livenessOf: Service["livenessOf"] = (id) =>
      Effect.map(Monotonic.now, (now) => {
        const known = seen.get(id)
        if (known === undefined) seen.set(id, { pulse: undefined, since: now, hasBeaten: false })
        if (known?.pulse === undefined) return ["dead", now - (known?.since ?? now)] as const
        const still = now - known.since
        if (still >= deadAfter) return ["dead", still] as const
        return [known.hasBeaten ? "alive" : "unclear", still] as const
      })

    yield* Effect.addFinalizer(() =>
      Effect.forEach([...own], (id) => owners.remove(id), { discard: true }).pipe(Effect.ignore),
    )

    return {
      mine,
      isOwn: (id) => own.has(id),
      isAlive: owners.isAlive,
      observe,
      livenessOf,
      retire: (id) => Effect.tap(owners.remove(id), () => Effect.sync(() => seen.delete(id))),
    }
  })

/**
 * Tells the processes of the storage in context apart.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Owners, never, SafeguardStorage> =>
  Layer.scoped(Owners, make(options))
