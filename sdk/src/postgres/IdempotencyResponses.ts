/** Responses to requests, as text, so that any process can give the same one again. */
import * as Effect from "effect/Effect"
import type { StorageError } from "../Errors.js"
import { Database } from "./Database.js"

/**
 * Storage of responses.
 *
 * @category services
 */
export interface Service {
  /** Finds the answer to a request; `undefined` if none is kept. */
  readonly find: (requestId: string) => Effect.Effect<string | undefined, StorageError>
  /** Keeps an answer. The first one stays. */
  readonly keep: (requestId: string, answer: string) => Effect.Effect<void, StorageError>
  /** Forgets answers that are older than some milliseconds. */
  readonly forget: (age: number) => Effect.Effect<void, StorageError>
}

/**
 * Keeps answers in the database in context.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Database> = Effect.map(Database, ({ run }) => ({
  find: (requestId) =>
    run("read", (sql) =>
      Effect.map(
        sql<{ answer: string }>`select answer from tsequence.answers where request_id = ${requestId}`,
        ([row]) => row?.answer,
      ),
    ),
  keep: (requestId, answer) =>
    run("write", (sql) =>
      Effect.asVoid(sql`
        insert into tsequence.answers (request_id, answer) values (${requestId}, ${answer})
        on conflict (request_id) do nothing`),
    ),
  forget: (age) =>
    run("write", (sql) =>
      Effect.asVoid(sql`
        delete from tsequence.answers where kept_at < clock_timestamp() - make_interval(secs => ${age / 1_000})`),
    ),
}))
