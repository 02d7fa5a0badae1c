/**
 * Request queue that all processes on a database share: one request to the service is sent at a time, and the interval
 * to the next is kept by the database's clock. While the database is away, each process keeps its own interval: the rate
 * limit is not worth a failed call.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import type { ConfigError, StorageError } from "../Errors.js"
import * as RequestQueue from "../transport/RequestQueue.js"
import { Database, type Service as DatabaseService } from "./Database.js"
import * as Lease from "./Lease.js"

const POLITENESS: Keys<RequestQueue.RateLimitOptions> = {
  minInterval: true,
  jitter: true,
  maxQueueSize: true,
}

const makeCoordinator = (
  database: DatabaseService,
  options: Lease.Options | undefined,
): RequestQueue.QueueCoordinator => {
  const lease = Lease.make(database, "turn", options)
  let isAway = false
  const noteAway = (error: StorageError) =>
    Effect.suspend(() => {
      if (isAway) return Effect.void
      isAway = true
      return Effect.logWarning(
        `${error.message} Until it is back, other processes' requests are not waited for.`,
      )
    })
  const noteBack = Effect.sync(() => {
    isAway = false
  })
  return {
    withLock: (slot) =>
      lease
        .alone((ahead) =>
          Effect.zipRight(
            noteBack,
            Effect.flatMap(Clock.currentTimeMillis, (now) => slot(now + Math.ceil(ahead))),
          ),
        )
        // Only the lease can fail, before the turn.
        .pipe(Effect.catchAll((error) => Effect.zipRight(noteAway(error), slot(0)))),
    publishNextAllowed: (notBefore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => lease.announce(Math.max(0, notBefore - now))).pipe(
        Effect.catchAll(noteAway),
      ),
  }
}

/**
 * A request queue that is shared through the database in context.
 *
 * @category layers
 */
export const layer = (
  options: RequestQueue.RateLimitOptions = {},
  lease?: Lease.Options,
): Layer.Layer<RequestQueue.RequestQueue, ConfigError, Database> =>
  Layer.scoped(
    RequestQueue.RequestQueue,
    Effect.gen(function* () {
      yield* refuseUnknownKeys("options of the turns", options, POLITENESS)
      yield* Lease.checkOptions(lease)
      return yield* RequestQueue.makeShared(makeCoordinator(yield* Database, lease), options)
    }),
  )
