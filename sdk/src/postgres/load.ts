/** The way to `tsequence/postgres`, which is loaded only where a database is named: it needs further packages. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { AuditStorage } from "../audit/AuditStorage.js"
import type { TokenStore } from "../auth/TokenStore.js"
import { ConfigError } from "../Errors.js"
import type { RateLimitOptions, RequestQueue } from "../transport/RequestQueue.js"

type Url = Redacted.Redacted<string>

const PACKAGES = "@effect/sql-pg @effect/sql @effect/platform @effect/experimental pg"

const load = Effect.tryPromise({
  try: () => import("./layers.js"),
  catch: () =>
    new ConfigError([`A database is named, and the packages for it are missing: npm install ${PACKAGES}`]),
})

/** Makes a layer over a database, once its address was found to be good. */
const over = <A>(
  url: Url,
  make: (postgres: typeof import("./layers.js")) => Layer.Layer<A, ConfigError>,
): Layer.Layer<A, ConfigError> =>
  Layer.unwrapEffect(
    Effect.flatMap(load, (postgres) => {
      const problem = postgres.problemWith(url)
      return problem === undefined ? Effect.succeed(make(postgres)) : Effect.fail(new ConfigError([problem]))
    }),
  )

/** Tokens in the database. */
export const layerTokenStore = (url: Url): Layer.Layer<TokenStore, ConfigError> =>
  over(url, (postgres) => postgres.tokenStore(url))

/** Turns shared through the database. */
export const layerRequestQueue = (
  url: Url,
  options: RateLimitOptions | undefined,
): Layer.Layer<RequestQueue, ConfigError> => over(url, (postgres) => postgres.queue(url, options))

/** The safeguards' storage in the database. */
export const layerStorage = (
  url: Url,
  options: { readonly timeZone?: string | undefined },
): Layer.Layer<AuditStorage, ConfigError> => over(url, (postgres) => postgres.storage(url, options))
