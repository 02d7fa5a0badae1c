/** Layers over the database at an address. Those of one program share its connections. */
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { AuditStorage } from "../audit/AuditStorage.js"
import type { TokenStore } from "../auth/TokenStore.js"
import type { ConfigError } from "../Errors.js"
import type { RateLimitOptions, RequestQueue } from "../transport/RequestQueue.js"
import * as Database from "./Database.js"
import * as PostgresAuditStorage from "./PostgresAuditStorage.js"
import * as PostgresRequestQueue from "./PostgresRequestQueue.js"
import * as PostgresTokenStore from "./PostgresTokenStore.js"

export { problemWith } from "./Database.js"

type Url = Redacted.Redacted<string>

/** Tokens in the database at an address. */
export const tokenStore = (url: Url): Layer.Layer<TokenStore, ConfigError> =>
  Layer.provide(PostgresTokenStore.layer(), Database.layerShared(url))

/** Turns shared through the database at an address. */
export const queue = (
  url: Url,
  options: RateLimitOptions | undefined,
): Layer.Layer<RequestQueue, ConfigError> =>
  Layer.provide(PostgresRequestQueue.layer(options), Database.layerShared(url))

/** The safeguards' storage in the database at an address. */
export const storage = (
  url: Url,
  options: PostgresAuditStorage.Options,
): Layer.Layer<AuditStorage, ConfigError> =>
  Layer.provide(PostgresAuditStorage.layer(options), Database.layerShared(url))
