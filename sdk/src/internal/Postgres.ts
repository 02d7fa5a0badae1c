/** The way to `tsequence/postgres`, which is loaded only where a database is named: it needs further packages. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { TokenStore } from "../auth/TokenStore.js"
import { ConfigError } from "../Errors.js"
import type { SafeguardStorage } from "../safeguards/SafeguardStorage.js"
import type { PolitenessOptions, Turns } from "../transport/Turns.js"

type Url = Redacted.Redacted<string>

const PACKAGES = "@effect/sql-pg @effect/sql @effect/platform @effect/experimental pg"

const load = Effect.tryPromise({
  try: () => import("../postgres/Shared.js"),
  catch: () =>
    new ConfigError([`A database is named, and the packages for it are missing: npm install ${PACKAGES}`]),
})

/** Whether an address may be that of a database. */
const isUrl = (url: string): boolean => /^postgres(ql)?:\/\/\S+$/.test(url)

/** A sentence about an address that is none; `undefined` for a good one. Says nothing of what it holds. */
export const problemWithUrl = (name: string, url: string): string | undefined =>
  isUrl(url) ? undefined : `${name} must be an address such as postgresql://user:password@host:5432/database`

/** Tokens in the database. */
export const layerTokenStore = (url: Url): Layer.Layer<TokenStore, ConfigError> =>
  Layer.unwrapEffect(Effect.map(load, (postgres) => postgres.tokenStore(url)))

/** Turns shared through the database. */
export const layerTurns = (
  url: Url,
  options: PolitenessOptions | undefined,
): Layer.Layer<Turns, ConfigError> =>
  Layer.unwrapEffect(Effect.map(load, (postgres) => postgres.turns(url, options)))

/** The safeguards' storage in the database. */
export const layerStorage = (
  url: Url,
  options: { readonly timeZone?: string | undefined },
): Layer.Layer<SafeguardStorage, ConfigError> =>
  Layer.unwrapEffect(Effect.map(load, (postgres) => postgres.storage(url, options)))
