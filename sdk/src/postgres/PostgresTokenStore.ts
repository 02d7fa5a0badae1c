/** Tokens and the state of logins in a database: what `.tokens.json` and `.login.json` hold, a row each. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TokenFileCodec from "../auth/TokenFileCodec.js"
import { type Service, TokenStore } from "../auth/TokenStore.js"
import type { ConfigError } from "../Errors.js"
import { Database, type Service as DatabaseService } from "./Database.js"
import * as Lease from "./Lease.js"

/** Name of a row. */
export type Kept = "tokens" | "state"

/** Reads a row's content. */
export const readContent = ({ run }: DatabaseService, name: Kept) =>
  run("read", (sql) =>
    Effect.map(
      sql<{ content: string }>`select content from tsequence.login where name = ${name}`,
      ([row]) => row?.content,
    ),
  )

/** Replaces a row's content. */
export const writeContent = ({ run }: DatabaseService, name: Kept, content: string) =>
  run("write", (sql) =>
    Effect.asVoid(sql`
      insert into tsequence.login (name, content) values (${name}, ${content})
      on conflict (name) do update set content = excluded.content`),
  )

/** Reads a row that may be damaged: warns once, without its content. */
const readWhole = <A>(
  database: DatabaseService,
  name: Kept,
  decode: (text: string) => Option.Option<A>,
  consequence: string,
) => {
  let warned = false
  return readContent(database, name).pipe(
    Effect.flatMap((content) => {
      if (content === undefined) return Effect.succeed(undefined)
      const decoded = Option.getOrUndefined(decode(content))
      if (decoded !== undefined || warned) return Effect.succeed(decoded)
      warned = true
      return Effect.as(
        Effect.logWarning(`The row ${name} of tsequence.login cannot be understood: ${consequence}`),
        undefined,
      )
    }),
  )
}

const make = (database: DatabaseService, options: Lease.Options | undefined): Effect.Effect<Service> =>
  Effect.map(Effect.makeSemaphore(1), (slot) => {
    const lease = Lease.make(database, "login", options)
    return {
      load: readWhole(
        database,
        "tokens",
        TokenFileCodec.decodeTokens,
        "there is no token until the next login.",
      ),
      save: (tokens) => writeContent(database, "tokens", TokenFileCodec.encodeTokens(tokens)),
      clear: database.run("write", (sql) =>
        Effect.asVoid(sql`delete from tsequence.login where name = 'tokens'`),
      ),
      // Those of one process line up here, so that only one of them asks the database.
      exclusively: (effect) => slot.withPermits(1)(lease.alone(() => effect)),
      loadState: readWhole(
        database,
        "state",
        TokenFileCodec.decodeState,
        "failed logins and used codes are forgotten.",
      ),
      saveState: (state) => writeContent(database, "state", TokenFileCodec.encodeState(state)),
    }
  })

/**
 * Keeps the tokens of one login in the database in context. One process at a time gets a new one, for all.
 *
 * @category layers
 */
export const layer = (lease?: Lease.Options): Layer.Layer<TokenStore, ConfigError, Database> =>
  Layer.effect(
    TokenStore,
    Effect.zipRight(
      Lease.checkOptions(lease),
      Effect.flatMap(Database, (database) => make(database, lease)),
    ),
  )
