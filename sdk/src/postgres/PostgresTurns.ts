/**
 * Turns shared by all processes that use a database: one request to the service is under way at a time, and the
 * distance to the next is kept by the database's clock. While the database is away each process keeps its own
 * distance: politeness is not worth a failed call.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Keys } from "../config/Keys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import type { ConfigError, StorageError } from "../Errors.js"
import * as Turns from "../transport/Turns.js"
import { Database, type Service as DatabaseService } from "./Database.js"
import * as Lease from "./Lease.js"

const POLITENESS: Keys<Turns.PolitenessOptions> = { minDelay: true, jitter: true, maxWaiting: true }

const makeGate = (database: DatabaseService, options: Lease.Options | undefined): Turns.Gate => {
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
    alone: (turn) =>
      lease
        .alone((ahead) =>
          Effect.zipRight(
            noteBack,
            Effect.flatMap(Clock.currentTimeMillis, (now) => turn(now + Math.ceil(ahead))),
          ),
        )
        // Only the lease can fail, before the turn.
        .pipe(Effect.catchAll((error) => Effect.zipRight(noteAway(error), turn(0)))),
    announce: (notBefore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => lease.announce(Math.max(0, notBefore - now))).pipe(
        Effect.catchAll(noteAway),
      ),
  }
}

/**
 * Turns shared through the database in context.
 *
 * @category layers
 */
export const layer = (
  options: Turns.PolitenessOptions = {},
  lease?: Lease.Options,
): Layer.Layer<Turns.Turns, ConfigError, Database> =>
  Layer.scoped(
    Turns.Turns,
    Effect.gen(function* () {
      yield* refuseUnknownKeys("options of the turns", options, POLITENESS)
      yield* Lease.checkOptions(lease)
      return yield* Turns.makeShared(makeGate(yield* Database, lease), options)
    }),
  )
