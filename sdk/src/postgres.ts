/**
 * Everything that processes on one account share, in a PostgreSQL database: trail and limits, tokens, and the
 * distance between requests. Needs the packages `@effect/sql-pg`, `@effect/sql`, `@effect/platform`,
 * `@effect/experimental` and `pg`, which nothing else of this package does.
 *
 * @module tsequence/postgres
 */

export * as Answers from "./postgres/Answers.js"
export * as Carry from "./postgres/Carry.js"
export type { Database as DatabaseTag } from "./postgres/Database.js"
export * as Database from "./postgres/Database.js"
export type { Options as LeaseOptions } from "./postgres/Lease.js"
export * as PostgresStorage from "./postgres/PostgresStorage.js"
export * as PostgresTokens from "./postgres/PostgresTokens.js"
export * as PostgresTurns from "./postgres/PostgresTurns.js"
