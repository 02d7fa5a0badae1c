/** Layers over the database at an address. Those of one program share its connections. */
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { TokenStore } from "../auth/TokenStore.js"
import type { ConfigError } from "../Errors.js"
import type { SafeguardStorage } from "../safeguards/SafeguardStorage.js"
import type { PolitenessOptions, Turns } from "../transport/Turns.js"
import * as Database from "./Database.js"
import * as PostgresStorage from "./PostgresStorage.js"
import * as PostgresTokens from "./PostgresTokens.js"
import * as PostgresTurns from "./PostgresTurns.js"

export { problemWith } from "./Database.js"

type Url = Redacted.Redacted<string>

/** Tokens in the database at an address. */
export const tokenStore = (url: Url): Layer.Layer<TokenStore, ConfigError> =>
  Layer.provide(PostgresTokens.layer(), Database.layerShared(url))

/** Turns shared through the database at an address. */
export const turns = (url: Url, options: PolitenessOptions | undefined): Layer.Layer<Turns, ConfigError> =>
  Layer.provide(PostgresTurns.layer(options), Database.layerShared(url))

/** The safeguards' storage in the database at an address. */
export const storage = (
  url: Url,
  options: PostgresStorage.Options,
): Layer.Layer<SafeguardStorage, ConfigError> =>
  Layer.provide(PostgresStorage.layer(options), Database.layerShared(url))
