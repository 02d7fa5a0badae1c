/**
 * The safeguards' storage in a PostgreSQL database, shared by processes on any number of machines. Each decision is
 * one transaction that holds the audit log's lock: it reads what was added, decides by the order of the entries, and
 * appends.
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
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
 * Settings of the storage.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** Milliseconds that a transfer waits at most while other transfers of this process are recorded. @default 30000 */
  readonly patience?: number | undefined
}

const KEYS: Keys<Options> = { timeZone: true, patience: true }

const refused = (why: string) => new StorageError(`Transfers are refused: ${why}`, { path: PLACE })

const LOCK = `select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.auditLog})`

const busy = () =>
  new StorageError("Could not write the database: too many wait for it, or it does not answer.", {
    path: PLACE,
  })

/** The audit log of a database, and what this process read in one that has lost entries since. */
class AuditView {
  readonly table: AuditTable
  readonly #timeZone: string
  /** Transfers of lost entries: they keep counting, so that a loss never raises the limit. */
  #lost: Limits = {}

  constructor(timeZone: string) {
    this.#timeZone = timeZone
    this.table = new AuditTable(timeZone)
  }

  /** Reads what was added, given the rows of {@link AuditTable.news}. */
  refresh(sql: SqlClient, news: News): Effect.Effect<void, SqlError> {
    return Effect.suspend(() => {
      const { ledger } = this.table
      const keepLost = Effect.sync(() => {
        if (this.table.ledger !== ledger) this.#lost = remember(this.#lost, ledger)
      })
      return Effect.ensuring(this.table.refresh(sql, news), keepLost)
    })
  }

  /** The reason why transfers are refused; `undefined` if they are not. */
  refusal(): StorageError | undefined {
    const { movedAt, stopper } = this.table
    if (movedAt !== undefined) {
      return refused(`the audit log was moved to files at ${movedAt.toISOString()}, and continues there.`)
    }
    return stopper === undefined
      ? undefined
      : refused(
          `tsequence.trail is damaged at line ${stopper.line} (${stopper.kind}). ${stopper.detail} Look at it, then accept it with a reason.`,
        )
  }

  /** Gives the state by the table, as far as it was read. */
  snapshot(): Snapshot {
    return {
      ledger: this.table.ledger,
      otherCents: (key, day) => externalCents(this.#lost, this.table.ledger, key, day, this.#timeZone),
      refusal: this.refusal(),
    }
  }
}

/** Makes a function that runs one effect at a time. One that waited longer than `patience` fails at once. */
const makeQueue = (patience: number) =>
  Effect.map(
    Effect.makeSemaphore(1),
    (slot) =>
      <A>(work: Effect.Effect<A, StorageError>): Effect.Effect<A, StorageError> =>
        Effect.flatMap(Monotonic.now, (startedAt) =>
          Effect.flatMap(Monotonic.now, (now) =>
            now - startedAt > patience ? Effect.fail(busy()) : Effect.uninterruptible(work),
          ).pipe(slot.withPermits(1)),
        ),
  )

/** Makes the function that appends in one transaction: it reads what was added, decides, and writes. */
const makeAppend =
  (database: DatabaseService, view: AuditView) =>
  (
    now: number,
    ...[drafts, { guarded = false }]: Parameters<Service["append"]>
  ): Effect.Effect<Snapshot, StorageError> =>
    Effect.suspend(() =>
      database.transaction(`${LOCK}; ${view.table.news}`, (sql, [, ...news]: News) =>
        Effect.gen(function* () {
          yield* view.refresh(sql, news)
          const error = guarded ? view.refusal() : undefined
          if (error !== undefined) return yield* Effect.fail(error)
          const all = drafts(view.snapshot())
          return all.length === 0 ? [] : yield* view.table.write(sql, all, now)
        }),
      ),
    ).pipe(
      Effect.map((rows: ReadonlyArray<Row>) => {
        view.table.add(rows)
        return view.snapshot()
      }),
    )

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
    const view = new AuditView(timeZone)
    const inQueue = yield* makeQueue(patience)
    const append = makeAppend(database, view)

    const refresh = inQueue(
      database.run("read", (sql) =>
        Effect.flatMap(sql.unsafe<News[number]>(view.table.news), (news) => view.refresh(sql, news)),
      ),
    )

    const whole = database.run("read", (sql) =>
      Effect.gen(function* () {
        const head = yield* readHead(sql)
        return { bytes: bytesOf(yield* readFrom(sql, 1)), head }
      }),
    )

    return {
      read: Effect.map(refresh, () => view.snapshot()),
      append: (drafts, appendOptions) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => inQueue(append(now, drafts, appendOptions))),
      entries: Effect.map(whole, ({ bytes }) => readEntries(bytes)),
      verify: Effect.map(whole, (log) => {
        const { lines, problems } = inspect(log)
        return { lines, problems }
      }),
      checkWritable: Effect.gen(function* () {
        yield* refresh
        const error = view.refusal()
        if (error !== undefined) return yield* Effect.fail(error)
        yield* probe(database)
      }),
      // There is no file of the limits to bring up to date.
      publish: Effect.void,
      processes: tableProcesses(database),
    }
  })

/** Writes a row that has no meaning, to check that the database can be written. */
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
