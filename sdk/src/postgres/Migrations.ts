/**
 * The tables, made and changed by the SQL files in `migrations/`, in the order of their numbers. Each runs once,
 * under a lock, by the process that starts first; a role without the right to make tables finds them made.
 */
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { StorageError } from "../Errors.js"
import { PLACE } from "./DatabaseErrors.js"
import { LOCKS } from "./Locks.js"

interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
}

/** Beside the code where a program was bundled with them, else in the package, whose code lies at different depths. */
const findFolder = (): string => {
  const beside = fileURLToPath(new URL("migrations", import.meta.url))
  if (existsSync(beside)) return beside
  const manifest = createRequire(import.meta.url).resolve("tsequence/package.json")
  return path.join(path.dirname(manifest), "migrations")
}

const readAll = async (): Promise<ReadonlyArray<Migration>> => {
  const folder = findFolder()
  const names = (await fs.readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => ({
      number: Number(name.slice(0, 4)),
      name,
      text: await fs.readFile(path.join(folder, name), "utf8"),
    })),
  )
}

const load = Effect.tryPromise({
  try: readAll,
  catch: () =>
    new StorageError("The SQL files of the package tsequence are missing; install it again", { path: PLACE }),
})

/** The number of the newest one that was run; 0 where there are no tables. */
const newest = (sql: SqlClient): Effect.Effect<number, SqlError> =>
  Effect.gen(function* () {
    // Not by to_regclass, which may still know of no table where one was made a moment ago.
    const [table] = yield* sql<{ isThere: boolean }>`
      select exists (
        select from pg_catalog.pg_tables where schemaname = 'tsequence' and tablename = 'migrations'
      ) as "isThere"`
    if (table?.isThere !== true) return 0
    const [row] = yield* sql<{ newest: number }>`
      select coalesce(max(number), 0)::int as newest from tsequence.migrations`
    return row?.newest ?? 0
  })

const FOUNDATION = `
  create schema if not exists tsequence;
  create table if not exists tsequence.migrations (
    number int primary key, name text not null, run_at timestamptz not null default clock_timestamp())`

const runMissing = (sql: SqlClient, migrations: ReadonlyArray<Migration>) =>
  Effect.gen(function* () {
    yield* sql`select pg_advisory_xact_lock(${LOCKS.space}::int, ${LOCKS.migrations}::int)`
    const done = yield* newest(sql)
    const missing = migrations.filter(({ number }) => number > done)
    if (missing.length > 0) yield* sql.unsafe(FOUNDATION)
    for (const { number, name, text } of missing) {
      yield* sql.unsafe(text)
      yield* sql`insert into tsequence.migrations (number, name) values (${number}, ${name})`
    }
  })

const checkEncoding = (sql: SqlClient) =>
  Effect.flatMap(sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`, ([row]) =>
    row?.encoding === "UTF8"
      ? Effect.void
      : Effect.fail(new StorageError("The database must be made with the encoding UTF8", { path: PLACE })),
  )

/** Makes the tables what this version needs; does nothing where they are. */
export const run = (sql: SqlClient): Effect.Effect<void, SqlError | StorageError> =>
  Effect.gen(function* () {
    const migrations = yield* load
    const last = migrations.at(-1)?.number ?? 0
    const done = yield* newest(sql)
    if (done === last) return
    if (done > last) {
      return yield* Effect.fail(
        new StorageError("The database was changed by a newer version of tsequence; use that one", {
          path: PLACE,
        }),
      )
    }
    yield* checkEncoding(sql)
    yield* sql.withTransaction(runMissing(sql, migrations))
  })
