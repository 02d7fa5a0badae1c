/** Heartbeats in a table: each process with open transfers has a row, with a number that goes up. */
import * as Effect from "effect/Effect"
import type { ProcessStore } from "../audit/AuditStorage.js"
import type { Service as Database } from "./Database.js"

/** Makes the store of a database. */
export const tableProcesses = ({ run }: Database): ProcessStore => {
  // While the database is away, no heartbeat can be written: afterwards the observation of all begins again.
  let outages = 0
  const noteOutage = Effect.sync(() => {
    outages += 1
  })
  return {
    create: (id) =>
      run("write", (sql) =>
        Effect.asVoid(sql`
          insert into tsequence.owners (id) values (${id})
          on conflict (id) do update set beats = 0, beaten_at = clock_timestamp()`),
      ),
    heartbeat: (id, count) =>
      run("write", (sql) =>
        Effect.map(
          sql`update tsequence.owners set beats = ${count}, beaten_at = clock_timestamp()
              where id = ${id} returning id`,
          (rows) => rows.length > 0,
        ),
      ).pipe(Effect.tapError(() => noteOutage)),
    isAlive: (id) =>
      run("read", (sql) =>
        Effect.map(sql`select id from tsequence.owners where id = ${id}`, (rows) => rows.length > 0),
      ),
    heartbeats: run(
      "read",
      (sql) => sql<{ id: string; beats: string }>`select id, beats::text from tsequence.owners`,
    ).pipe(
      Effect.tapError(() => noteOutage),
      Effect.map((rows) => new Map(rows.map(({ id, beats }) => [id, `${outages}:${beats}`]))),
    ),
    remove: (id) => run("write", (sql) => Effect.asVoid(sql`delete from tsequence.owners where id = ${id}`)),
  }
}
