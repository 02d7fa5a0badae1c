/**
 * The access token that requests carry, always a valid one: got by a login with email, password and one-time
 * code, renewed by a refresh token, or handed in by the caller. All callers get their
 * tokens here, so that fifty callers with an expired token cost one renewal.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { AuthenticationError, ConfigError, type StorageError } from "../Errors.js"
import { Fetch } from "../http/Fetch.js"
import type { AccessTokenError, Options } from "./AuthOptions.js"
import * as AuthOptions from "./AuthOptions.js"
import * as FallbackTokenStore from "./FallbackTokenStore.js"
import * as TokenText from "./login/TokenText.js"
import * as SingleFlight from "./SingleFlight.js"
import * as TokenRefresh from "./TokenRefresh.js"
import * as TokenStore from "./TokenStore.js"
import { REFRESH_WINDOW } from "./TokenValidity.js"

export type { AccessTokenError, Credentials, Options } from "./AuthOptions.js"

/**
 * Operations that hand out access tokens.
 *
 * @category services
 */
export interface Service {
  /**
   * Returns a valid access token. Renews it if it ends within a minute, once for all callers who ask at the same
   * time. If that fails, returns the old token while it is still valid. Interrupting one caller does not affect the
   * others.
   */
  readonly get: Effect.Effect<Redacted.Redacted<string>, AccessTokenError>
  /** Notes that the service refused this token (401): the next `get` renews it, unless a newer one is there. */
  readonly invalidate: (token: Redacted.Redacted<string>) => Effect.Effect<void>
  /** Forgets the stored token, as a logout does. */
  readonly clear: Effect.Effect<void, StorageError>
}

/**
 * Hands out access tokens.
 *
 * @category services
 */
export class AccessTokens extends Context.Tag("tsequence/AccessTokens")<AccessTokens, Service>() {}

/**
 * Makes a service that keeps a token ready, by refresh and login. Work under way ends with the scope.
 *
 * @category constructors
 */
export const make = (
  options: Options,
): Effect.Effect<Service, ConfigError, TokenStore.TokenStore | Scope.Scope> =>
  Effect.gen(function* () {
    const settings = yield* AuthOptions.resolveAuthOptions(options)
    const store = yield* FallbackTokenStore.make(yield* TokenStore.TokenStore)
    const app = { ...settings, ...settings.identity, fetch: yield* Fetch }
    let current: TokenStore.Tokens | undefined
    let refused: ReadonlyArray<Redacted.Redacted<string>> = []
    const isRefused = (token: Redacted.Redacted<string>) => refused.some((one) => TokenText.same(one, token))

    const refresh = TokenRefresh.make({ settings, app, store, isRefused })
    const renewed = yield* SingleFlight.make(
      Effect.gen(function* () {
        const tokens = (yield* refresh.find) ?? (yield* refresh.renew)
        current = tokens
        return tokens.accessToken
      }),
    )
    return {
      get: Effect.flatMap(Clock.currentTimeMillis, (now) =>
        current !== undefined && current.expiresAt - REFRESH_WINDOW > now && !isRefused(current.accessToken)
          ? Effect.succeed(current.accessToken)
          : renewed,
      ),
      invalidate: (token) =>
        Effect.sync(() => {
          if (!isRefused(token)) refused = [...refused, token].slice(-REMEMBERED)
        }),
      clear: Effect.gen(function* () {
        current = undefined
        yield* store.exclusively(store.clear)
        // A renewal that was under way may have put its token here.
        current = undefined
      }),
    }
  })

/** Number of refused tokens that are remembered: requests under way may come back late with older ones. */
const REMEMBERED = 10

/**
 * Keeps a token ready: takes over the configured one, refreshes it, or logs in, as possible and needed.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<AccessTokens, ConfigError, TokenStore.TokenStore> =>
  Layer.scoped(AccessTokens, make(options))

/**
 * Lifts the pause after failed logins, for a person who knows better and logs in by hand.
 *
 * @category constructors
 */
export const liftCooldown: Effect.Effect<void, StorageError, TokenStore.TokenStore> = Effect.flatMap(
  TokenStore.TokenStore,
  (store) =>
    store.exclusively(
      Effect.flatMap(store.loadState, (state) =>
        state === undefined ? Effect.void : store.saveState({ ...state, failures: {} }),
      ),
    ),
)

const unusable = (what: string) =>
  new ConfigError([`${what} is empty or holds characters that no HTTP header can carry.`])

/**
 * Hands out one token, until the service refuses it.
 *
 * @category layers
 */
export const layerStatic = (token: Redacted.Redacted<string>): Layer.Layer<AccessTokens> =>
  Layer.sync(AccessTokens, () => {
    const usable = TokenText.clean(token)
    let refused = false
    return {
      get: Effect.suspend((): Effect.Effect<Redacted.Redacted<string>, AccessTokenError> => {
        if (usable === undefined) return Effect.fail(unusable("The access token"))
        return refused ? Effect.fail(staticRefused()) : Effect.succeed(usable)
      }),
      invalidate: (refusedToken) =>
        Effect.sync(() => {
          if (TokenText.same(refusedToken, usable)) refused = true
        }),
      clear: Effect.sync(() => {
        refused = true
      }),
    }
  })

const staticRefused = () =>
  new AuthenticationError(
    "Unauthorized",
    "The service refused the access token, and nothing is known to get another with. Hand in a newer token, a token provider, a refresh token, or credentials.",
  )

/**
 * Gives a token whenever one is needed. `rejected` says that the service refused the last one, so that a
 * cached one must not be given again. `signal` aborts when no caller waits for the token any more.
 *
 * @category options
 */
export type Provider = (options: {
  readonly rejected: boolean
  readonly signal: AbortSignal
}) => string | Promise<string>

/**
 * Asks the caller's function for each token, once for all who need one at the same time.
 *
 * @category layers
 */
export const layerProvider = (provider: Provider): Layer.Layer<AccessTokens> =>
  Layer.scoped(
    AccessTokens,
    Effect.gen(function* () {
      let last: Redacted.Redacted<string> | undefined
      let refused: Redacted.Redacted<string> | undefined

      const ask = Effect.gen(function* () {
        const before = refused
        const given = yield* Effect.tryPromise({
          try: async (signal) => provider({ rejected: before !== undefined, signal }),
          catch: providerFailed,
        })
        const usable = TokenText.clean(Redacted.make(given))
        if (usable === undefined) return yield* Effect.fail(unusable("What the token provider gave"))
        if (before !== undefined && TokenText.same(usable, before)) {
          return yield* Effect.fail(providerRepeated())
        }
        if (refused === before) refused = undefined
        last = usable
        return usable
      })

      return {
        get: yield* SingleFlight.make(ask, { abandoned: "interrupt" }),
        invalidate: (token) =>
          Effect.sync(() => {
            if (TokenText.same(token, last)) refused = token
          }),
        clear: Effect.void,
      }
    }),
  )

// What the caller's function threw may hold anything, so only its kind is told.
const providerFailed = (thrown: unknown) =>
  new AuthenticationError(
    "Unauthorized",
    `The token provider failed${thrown instanceof Error ? ` with ${thrown.name.slice(0, 50)}` : ""}.`,
  )

const providerRepeated = () =>
  new AuthenticationError(
    "Unauthorized",
    "The service refused the access token, and the token provider gave the same one again. Where it is called with `rejected: true`, it has to get a new one.",
  )
