/**
 * A PostgreSQL database that several processes share. Nothing here hangs: connecting, each statement and each wait
 * for a lock have their time. What failed is told as `StorageError`, and the next call tries again with fresh
 * connections, so that programs outlive a database that comes and goes.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import { type SqlClient, TransactionConnection } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import pg from "pg"
import { problemWithDatabaseUrl } from "../config/checks.js"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, StorageError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import { isBroken, isSilent, PLACE, storageError } from "./DatabaseErrors.js"
import * as Migrations from "./Migrations.js"

/**
 * Options of a database; times in milliseconds.
 *
 * @category options
 */
export interface Options {
  /** Address of the database, such as `postgresql://user:password@host:5432/name?sslmode=verify-full`. */
  readonly url: Redacted.Redacted<string>
  /** The longest wait for a connection. @default 5000 */
  readonly connectTimeout?: number | undefined
  /** The longest that one statement may take, including waits for locks. @default 4000 */
  readonly statementTimeout?: number | undefined
  /** Most connections of this process. @default 5 */
  readonly maxConnections?: number | undefined
}

const KEYS: Keys<Options> = {
  url: true,
  connectTimeout: true,
  statementTimeout: true,
  maxConnections: true,
}

/** Work with the database, as one statement or several. */
export type Use<A> = (sql: SqlClient) => Effect.Effect<A, SqlError | StorageError>

/**
 * Statements and transactions on a database.
 *
 * @category services
 */
export interface Service {
  /** Runs statements, each on its own. */
  readonly run: <A>(doing: "read" | "write", use: Use<A>) => Effect.Effect<A, StorageError>
  /**
   * Runs statements as one: all of them happen and survive a power cut, or none. Cannot be interrupted.
   *
   * @param first - statements to begin with, in one go with what every transaction begins with
   * @param use - is given the rows of each of these
   */
  readonly transaction: <Row extends object, A>(
    first: string,
    use: (sql: SqlClient, results: ReadonlyArray<ReadonlyArray<Row>>) => ReturnType<Use<A>>,
  ) => Effect.Effect<A, StorageError>
}

/**
 * The database that processes share.
 *
 * @category services
 */
export class Database extends Context.Tag("tsequence/Database")<Database, Service>() {}

/** Milliseconds without a new connection after a server did not answer at all. */
const BACKOFF = 3_000

/** Before anything else in a transaction: what must hold whatever the server's defaults are. */
const BEGINNING = [
  "set transaction isolation level read committed",
  "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'",
]

const makePool = ({ url, connectTimeout = 5_000, statementTimeout = 4_000, maxConnections = 5 }: Options) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // Not with the connection itself: a pooler such as PgBouncer refuses parameters that it does not know.
      const times = [
        `set statement_timeout = ${Math.ceil(statementTimeout)}`,
        `set lock_timeout = ${Math.ceil(statementTimeout * 0.75)}`,
        // A process that was stopped in the middle must not block the others.
        `set idle_in_transaction_session_timeout = ${Math.ceil(2 * statementTimeout)}`,
      ].join("; ")
      const pool = new pg.Pool({
        connectionString: Redacted.value(url),
        application_name: "tsequence",
        connectionTimeoutMillis: connectTimeout,
        // Should the server not keep its own time, as when it was stopped.
        query_timeout: statementTimeout + 1_000,
        max: maxConnections,
        // Before the connection is used for anything.
        onConnect: (client) => client.query(times),
        keepAlive: true,
        // A program that has nothing else to do may end.
        allowExitOnIdle: true,
      })
      // Idle connections that break are replaced.
      pool.on("error", () => {})
      return pool
    }),
    // A connection in use is closed when it comes back.
    (pool) => Effect.sync(() => void pool.end().catch(() => {})),
  )

const ADDRESS = "The address of the database"

/**
 * Finds out if an address can be used, without connecting to it.
 *
 * @returns a sentence that holds nothing of the address; `undefined` for a good one
 *
 * @category guards
 */
export const problemWith = (url: Redacted.Redacted<string>): string | undefined => {
  const problem = problemWithDatabaseUrl(ADDRESS, Redacted.value(url))
  if (problem !== undefined) return problem
  try {
    // Parses the address, and reads the certificates that it names.
    new pg.Client({ connectionString: Redacted.value(url) })
    return undefined
  } catch (thrown) {
    const isFile = thrown instanceof Error && "syscall" in thrown
    return `${ADDRESS} cannot be used: ${isFile ? "a certificate or key that it names cannot be read" : "one of its parameters makes no sense"}`
  }
}

interface Connected {
  readonly sql: SqlClient
  readonly close: Effect.Effect<void>
}

/** A commit that fails is a defect to the client; to us it is one more way in which a database fails. */
const withFailures = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> =>
  Effect.catchSomeDefect(effect, (defect) =>
    defect instanceof SqlError ? Option.some(Effect.fail(defect)) : Option.none(),
  )

/** Opens connections, and makes the tables where that was not seen to yet. */
const open = (options: Options, isMade: boolean): Effect.Effect<Connected, SqlError | StorageError> =>
  Effect.gen(function* () {
    const problem = problemWith(options.url)
    if (problem !== undefined) return yield* Effect.fail(new StorageError(problem, { path: PLACE }))
    const scope = yield* Scope.make()
    const close = Scope.close(scope, Exit.void)
    return yield* PgClient.fromPool({ acquire: makePool(options) }).pipe(
      Effect.provide(Reactivity.layer),
      Effect.tap((sql) => (isMade ? Effect.void : Migrations.run(sql))),
      Effect.map((sql) => ({ sql, close })),
      Scope.extend(scope),
      Effect.onError(() => close),
    )
  })

/** Connections that are opened when they are first used, and again after they broke. */
interface Connections {
  /** Gives open connections. */
  readonly get: Effect.Effect<Connected, SqlError | StorageError>
  /** Drops connections that a statement found broken. */
  readonly onError: (used: Connected, error: SqlError | StorageError) => Effect.Effect<void>
}

const makeConnections = (options: Options): Effect.Effect<Connections, never, Scope.Scope> =>
  Effect.gen(function* () {
    const opening = yield* Effect.makeSemaphore(1)
    let current: Connected | undefined
    let isMade = false
    let backoff: { readonly until: number; readonly error: SqlError } | undefined

    const drop = (connected: Connected | undefined) =>
      Effect.suspend(() => {
        if (connected === undefined || current !== connected) return Effect.void
        current = undefined
        return connected.close
      })
    yield* Effect.addFinalizer(() => drop(current))

    const noteSilence = (error: SqlError) =>
      isSilent(error)
        ? Effect.map(Monotonic.now, (now) => {
            if (backoff?.error !== error) backoff = { until: now + BACKOFF, error }
          })
        : Effect.void

    const get = Effect.gen(function* () {
      // While one call waits for a server that does not answer, the others need not each do the same.
      if (backoff !== undefined && backoff.until > (yield* Monotonic.now)) {
        return yield* Effect.fail(backoff.error)
      }
      if (current !== undefined) return current
      current = yield* withFailures(open(options, isMade))
      isMade = true
      return current
    }).pipe(
      Effect.tapError((error) => (error instanceof SqlError ? noteSilence(error) : Effect.void)),
      opening.withPermits(1),
    )

    const onError: Connections["onError"] = (used, error) =>
      error instanceof SqlError && isBroken(error)
        ? Effect.zipRight(noteSilence(error), drop(used))
        : Effect.void

    return { get, onError }
  })

/**
 * Connects when first used, and makes or changes the tables then.
 *
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseUnknownKeys("options of the database", options, KEYS)
    const connections = yield* makeConnections(options)

    const run: Service["run"] = (doing, use) =>
      Effect.flatMap(connections.get, (connected) =>
        withFailures(use(connected.sql)).pipe(
          Effect.tapError((error) => connections.onError(connected, error)),
        ),
      ).pipe(
        Effect.catchAll((error) =>
          Effect.fail(error instanceof SqlError ? storageError(doing, error) : error),
        ),
        // The program may be in a transaction of its own, perhaps with another database.
        Effect.mapInputContext((context: Context.Context<never>) =>
          Context.omit(TransactionConnection)(context),
        ),
        // Traces are about requests to the service, not about every poll of a lease.
        Effect.withTracerEnabled(false),
        Effect.uninterruptible,
      )

    return {
      run,
      transaction: <Row extends object, A>(
        first: string,
        use: (sql: SqlClient, results: ReadonlyArray<ReadonlyArray<Row>>) => ReturnType<Use<A>>,
      ) =>
        run("write", (sql) =>
          sql.withTransaction(
            Effect.flatMap(sql.unsafe<ReadonlyArray<Row>>([...BEGINNING, first].join("; ")), (results) =>
              use(sql, results.slice(BEGINNING.length)),
            ),
          ),
        ),
    }
  })

/**
 * The database at an address. Nothing is asked of it before it is used.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Database, ConfigError> =>
  Layer.scoped(Database, make(options))

const shared = new WeakMap<Redacted.Redacted<string>, Layer.Layer<Database>>()

/**
 * As {@link layer}, and the same one for the same address: whatever a program provides it to shares its connections.
 *
 * @category layers
 */
export const layerShared = (url: Redacted.Redacted<string>): Layer.Layer<Database> => {
  const known = shared.get(url) ?? Layer.orDie(layer({ url }))
  shared.set(url, known)
  return known
}
