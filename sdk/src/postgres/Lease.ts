/**
 * Leases among processes that share a database: the holder renews its lease every few seconds, and loses it if it stops.
 * All times are by the database's clock, so that clocks of machines do not matter.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import type { ConfigError, StorageError } from "../Errors.js"
import type { Service as Database } from "./Database.js"

/**
 * Options of a lease; times in milliseconds.
 *
 * @category options
 */
export interface Options {
  /** Time that a lease lasts if its holder does not renew it. @default 8000 */
  readonly length?: number | undefined
  /** Time between two looks of a waiting process. @default 50 */
  readonly poll?: number | undefined
}

const KEYS: Keys<Options> = { length: true, poll: true }

/** Fails if the options of a lease have a key that nothing reads. */
export const checkOptions = (options: Options | undefined): Effect.Effect<void, ConfigError> =>
  refuseUnknownKeys("options of the lease", options, KEYS)

/** A lease that one process at a time holds. */
export interface Lease {
  /**
   * Waits for the lease, and runs an effect while no other process holds it. Fails only before that.
   *
   * @param use - is told how many milliseconds are left until what was announced
   */
  readonly alone: <A, E, R>(
    use: (ahead: number) => Effect.Effect<A, E, R>,
  ) => Effect.Effect<A, E | StorageError, R>
  /** Announces to all processes how many milliseconds from now the next may begin. */
  readonly announce: (duration: number) => Effect.Effect<void, StorageError>
}

const seconds = (milliseconds: number) => milliseconds / 1_000

/** Makes the statements about one lease. */
const makeStatements = (database: Database, name: string, length: number) => ({
  /** Takes the lease if no process holds it; gives the milliseconds until the next start, or `undefined`. */
  take: (holder: string) =>
    database.run("write", (sql) =>
      Effect.map(
        sql<{ ahead: number }>`
          insert into tsequence.leases as l (name, holder, held_until)
          values (${name}, ${holder}, clock_timestamp() + make_interval(secs => ${seconds(length)}))
          on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
          where l.held_until <= clock_timestamp()
          returning (extract(epoch from l.not_before - clock_timestamp()) * 1000)::float8 as ahead`,
        ([row]) => row?.ahead,
      ),
    ),
  /** Sets when the lease ends: a full length from now, or at once. Without this, it ends automatically. */
  hold: (holder: string, until: "later" | "now") =>
    database
      .run("write", (sql) => {
        const duration = until === "later" ? seconds(length) : 0
        return sql`
          update tsequence.leases set held_until = clock_timestamp() + make_interval(secs => ${duration})
          where name = ${name} and holder = ${holder}`
      })
      .pipe(Effect.ignore),
  /** Sets the earliest time of the next start, unless a later one is set. */
  announce: (duration: number) =>
    database.run("write", (sql) =>
      Effect.asVoid(sql`
        insert into tsequence.leases as l (name, not_before)
        values (${name}, clock_timestamp() + make_interval(secs => ${seconds(duration)}))
        on conflict (name) do update set not_before = greatest(l.not_before, excluded.not_before)`),
    ),
})

/** Makes a lease, known by its name. */
export const make = (
  database: Database,
  name: string,
  { length = 8_000, poll = 50 }: Options = {},
): Lease => {
  const { take, hold, announce } = makeStatements(database, name, length)

  const wait = (holder: string): Effect.Effect<number, StorageError> =>
    Effect.flatMap(take(holder), (ahead) =>
      ahead === undefined
        ? Effect.zipRight(
            Effect.sleep(poll),
            Effect.suspend(() => wait(holder)),
          )
        : Effect.succeed(ahead),
    )

  const renew = (holder: string) =>
    Effect.forever(Effect.zipRight(Effect.sleep(length / 3), hold(holder, "later")))

  return {
    alone: (use) =>
      Effect.suspend(() => {
        const holder = randomUUID()
        return Effect.acquireUseRelease(
          Effect.interruptible(wait(holder)).pipe(Effect.onInterrupt(() => hold(holder, "now"))),
          (ahead) => Effect.scoped(Effect.zipRight(Effect.forkScoped(renew(holder)), use(ahead))),
          () => hold(holder, "now"),
        )
      }),
    announce,
  }
}
