/**
 * The state that processes on one account share, in a PostgreSQL database: audit log and limits, tokens, and the
 * distance between requests. Needs the packages `@effect/sql-pg`, `@effect/sql`, `@effect/platform`,
 * `@effect/experimental` and `pg`, which nothing else of this package does.
 *
 * @module tsequence/postgres
 */

export type { Database as DatabaseTag } from "./postgres/Database.js"
export * as Database from "./postgres/Database.js"
export * as DataMigration from "./postgres/DataMigration.js"
export * as IdempotencyResponses from "./postgres/IdempotencyResponses.js"
export type { Options as LeaseOptions } from "./postgres/Lease.js"
export * as PostgresAuditStorage from "./postgres/PostgresAuditStorage.js"
export * as PostgresRequestQueue from "./postgres/PostgresRequestQueue.js"
export * as PostgresTokenStore from "./postgres/PostgresTokenStore.js"
