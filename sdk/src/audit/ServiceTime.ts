/**
 * The service's time, which days and deadlines go by: as its last answer said, and the monotonic clock since.
 * The wall clock of this machine may be wrong, and may be set at any moment.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Activity } from "../api/Activity.js"
import type { NotFoundError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { CallOptions, RequestError } from "../transport/GraphQL.js"

/**
 * Questions about the service's time.
 *
 * @category services
 */
export interface Service {
  /** Takes note of the `Date` of an answer that has just come, in milliseconds since 1970. */
  readonly note: (date: number | undefined) => Effect.Effect<void>
  /** Gives the service's time where it is known well enough; `undefined` if the service must be asked. */
  readonly known: Effect.Effect<number | undefined>
  /** As {@link known}, and asks the service where that says nothing; `undefined` if it does not tell. */
  readonly get: (
    organizationId: string,
    options?: CallOptions,
  ) => Effect.Effect<number | undefined, RequestError | NotFoundError>
  /** Gives the best guess: the service's time, or this machine's. */
  readonly guess: Effect.Effect<number>
}

/**
 * Knows the service's time.
 *
 * @category services
 */
export class ServiceTime extends Context.Tag("tsequence/ServiceTime")<ServiceTime, Service>() {}

interface Sample {
  readonly date: number
  readonly monotonic: number
  readonly wall: number
}

/** More than this between the two clocks since the sample: one was set, or the machine slept. */
const TOLERANCE = 5_000

/**
 * Learns the time from the activity.
 *
 * @category constructors
 */
const make: Effect.Effect<Service, never, Activity> = Effect.gen(function* () {
  const activity = yield* Activity
  const asking = yield* Effect.makeSemaphore(1)
  let sample: Sample | undefined

  const note: Service["note"] = (date) =>
    Effect.gen(function* () {
      if (date === undefined) return
      sample = { date, monotonic: yield* Monotonic.now, wall: yield* Clock.currentTimeMillis }
    })

  const elapsed = Effect.gen(function* () {
    if (sample === undefined) return undefined
    const monotonic = (yield* Monotonic.now) - sample.monotonic
    const wall = (yield* Clock.currentTimeMillis) - sample.wall
    return { monotonic, isClear: Math.abs(wall - monotonic) <= TOLERANCE, date: sample.date }
  })

  const known: Service["known"] = Effect.map(elapsed, (since) =>
    since?.isClear === true ? since.date + since.monotonic : undefined,
  )

  const get: Service["get"] = (organizationId, options) =>
    Effect.gen(function* () {
      const time = yield* known
      if (time !== undefined) return time
      const { date } = yield* activity.readFreshPage(organizationId, { first: 1, after: "" }, options)
      yield* note(date)
      return date
    }).pipe(asking.withPermits(1))

  const guess: Service["guess"] = Effect.gen(function* () {
    const since = yield* elapsed
    return since === undefined ? yield* Clock.currentTimeMillis : since.date + since.monotonic
  })

  return { note, known, get, guess }
})

/**
 * Learns the time from the answers of the client's activity.
 *
 * @category layers
 */
export const layer: Layer.Layer<ServiceTime, never, Activity> = Layer.effect(ServiceTime, make)
