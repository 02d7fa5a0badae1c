/**
 * The safeguards' storage in a PostgreSQL database, shared by processes on any number of machines. Each decision is
 * one transaction that holds the trail's lock: it reads what was added, decides by the order of the lines, and
 * appends.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AuditStorage, type Service, type Snapshot } from "../audit/AuditStorage.js"
import { inspect, readEntries } from "../audit/HashChain.js"
import { externalCents, type Limits, remember } from "../audit/pysequence/LimitsCodec.js"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, StorageError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import { AuditTable, bytesOf, type News, type Row, readFrom, readHead } from "./AuditTable.js"
import { Database, type Service as DatabaseService } from "./Database.js"
import { PLACE } from "./DatabaseErrors.js"
import { LOCKS } from "./Locks.js"
import { tableProcesses } from "./ProcessTable.js"

/**
 * How the storage behaves.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** The longest that a transfer waits for others of this process to be put on record, in milliseconds. @default 30000 */
  readonly patience?: number | undefined
}

const KEYS: Keys<Options> = { timeZone: true, patience: true }

const refused = (why: string) => new StorageError(`Transfers are refused: ${why}`, { path: PLACE })

const LOCK = `select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.trail})`

const busy = () =>
  new StorageError("Could not write the database: too many wait for it, or it does not answer.", {
    path: PLACE,
  })

/**
 * Keeps everything in a database.
 *
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, ConfigError, Database> =>
  Effect.gen(function* () {
    yield* refuseUnknownKeys("options of the storage", options, KEYS)
    const { timeZone = "America/New_York", patience = 30_000 } = options
    const database = yield* Database
    const trail = new AuditTable(timeZone)
    const slot = yield* Effect.makeSemaphore(1)
    /** What this process read in a trail that has lost lines since: nobody gets room by that. */
    let remembered: Limits = {}
    const takeIn = (...[sql, news]: Parameters<AuditTable["refresh"]>) =>
      Effect.suspend(() => {
        const { ledger } = trail
        const keep = Effect.sync(() => {
          if (trail.ledger !== ledger) remembered = remember(remembered, ledger)
        })
        return Effect.ensuring(trail.refresh(sql, news), keep)
      })

    /** The trail's reader is for one at a time. Who came to its turn too late to be of use makes room at once. */
    const alone = <A>(work: Effect.Effect<A, StorageError>): Effect.Effect<A, StorageError> =>
      Effect.flatMap(Monotonic.now, (came) =>
        Effect.flatMap(Monotonic.now, (now) =>
          now - came > patience ? Effect.fail(busy()) : Effect.uninterruptible(work),
        ).pipe(slot.withPermits(1)),
      )

    const refusal = (): StorageError | undefined => {
      if (trail.movedAt !== undefined) {
        return refused(`the trail was carried to files at ${trail.movedAt.toISOString()}, and goes on there.`)
      }
      const problem = trail.stopper
      if (problem === undefined) return undefined
      const { line, kind, detail } = problem
      return refused(
        `tsequence.trail is damaged at line ${line} (${kind}). ${detail} Look at it, then accept it with a reason.`,
      )
    }

    const snapshot = (): Snapshot => ({
      ledger: trail.ledger,
      otherCents: (key, day) => externalCents(remembered, trail.ledger, key, day, timeZone),
      refusal: refusal(),
    })

    const append: Service["append"] = (drafts, { guarded = false }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        alone(
          Effect.map(
            Effect.suspend(() =>
              database.transaction(`${LOCK}; ${trail.news}`, (sql, [, ...news]: News) =>
                Effect.gen(function* () {
                  yield* takeIn(sql, news)
                  const error = guarded ? refusal() : undefined
                  if (error !== undefined) return yield* Effect.fail(error)
                  const all = drafts(snapshot())
                  return all.length === 0 ? [] : yield* trail.write(sql, all, now)
                }),
              ),
            ),
            (rows: ReadonlyArray<Row>) => {
              trail.add(rows)
              return snapshot()
            },
          ),
        ),
      )

    const refresh = alone(
      database.run("read", (sql) =>
        Effect.flatMap(sql.unsafe<News[number]>(trail.news), (news) => takeIn(sql, news)),
      ),
    )

    const loaded = database.run("read", (sql) =>
      Effect.gen(function* () {
        const head = yield* readHead(sql)
        return { bytes: bytesOf(yield* readFrom(sql, 1)), head }
      }),
    )

    return {
      read: Effect.map(refresh, snapshot),
      append,
      entries: Effect.map(loaded, ({ bytes }) => readEntries(bytes)),
      verify: Effect.map(loaded, (found) => {
        const { lines, problems } = inspect(found)
        return { lines, problems }
      }),
      checkWritable: Effect.gen(function* () {
        yield* refresh
        const error = refusal()
        if (error !== undefined) return yield* Effect.fail(error)
        yield* probe(database)
      }),
      // The trail is all there is: nothing has to be brought up to date.
      publish: Effect.void,
      processes: tableProcesses(database),
    }
  })

/** Writes something that nobody reads, to see that the database can be written. */
const probe = ({ run }: DatabaseService) =>
  run("write", (sql) =>
    Effect.asVoid(sql`
      insert into tsequence.leases (name) values ('probe')
      on conflict (name) do update set held_until = clock_timestamp()`),
  )

/**
 * Keeps everything in the database in context.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<AuditStorage, ConfigError, Database> =>
  Layer.effect(AuditStorage, make(options))
