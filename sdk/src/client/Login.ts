/**
 * Logins that a person asks for: with the password, or in a browser of their own, whose result is handed in. The tokens
 * of a login go into the {@link TokenStore.TokenStore}, and clients that share it find them there. A login that fails
 * does not change the tokens there.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AccessTokens from "../auth/AccessTokens.js"
import * as AuthOptions from "../auth/AuthOptions.js"
import * as LoginState from "../auth/LoginState.js"
import * as TokenText from "../auth/login/TokenText.js"
import * as TokenStore from "../auth/TokenStore.js"
import { AuthenticationError, ConfigError, type StorageError } from "../Errors.js"
import { Fetch } from "../http/Fetch.js"
import { type Options, toLoginOptions } from "./Options.js"

/** A store that remembers codes and failures like the one below it, and leaves the tokens there alone. */
const withSeparateStore = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  load: Effect.succeed(undefined),
  save: () => Effect.void,
  clear: Effect.void,
  // Whose the tokens are changes only with the tokens.
  saveState: (next) =>
    Effect.flatMap(store.loadState, (before) =>
      store.saveState({ ...next, tenant: before?.tenant, account: before?.account, seed: before?.seed }),
    ),
})

/**
 * Logs in with the credentials of the options, whatever is stored. Lifts the pause after failed logins first: a
 * person asks, and knows better. Fails with `ConfigError` if there are no credentials.
 *
 * @returns the tokens, for {@link saveTokens}
 *
 * @category combinators
 */
export const withPassword = (
  options: Options,
): Effect.Effect<LoginResult, AccessTokens.AccessTokenError, TokenStore.TokenStore> =>
  Effect.gen(function* () {
    const settings = { ...toLoginOptions(options), accessToken: undefined, refreshToken: undefined }
    if (settings.credentials === undefined) {
      return yield* Effect.fail(new ConfigError(["Email and password are needed to log in with a password."]))
    }
    yield* AccessTokens.liftCooldown
    let tokens: TokenStore.Tokens | undefined
    const store: TokenStore.Service = {
      ...withSeparateStore(yield* TokenStore.TokenStore),
      save: (got) =>
        Effect.sync(() => {
          tokens = got
        }),
    }
    const login = Effect.flatMap(AccessTokens.make(settings), (made) => made.get)
    const accessToken = yield* Effect.scoped(Effect.provideService(login, TokenStore.TokenStore, store))
    return tokens ?? { accessToken }
  })

/**
 * A login in a browser that was begun.
 *
 * @category models
 */
export interface PendingLogin {
  /** Address at which the person logs in. */
  readonly address: URL
  /**
   * Takes the tokens from what the login ended in.
   *
   * @param result - the address that the browser was sent to at the end, or the access token itself
   */
  readonly finish: (
    result: Redacted.Redacted<string>,
  ) => Effect.Effect<LoginResult, AccessTokens.AccessTokenError>
}

/**
 * Tokens that were got elsewhere.
 *
 * @category models
 */
export interface LoginResult {
  readonly accessToken: Redacted.Redacted<string>
  readonly refreshToken?: Redacted.Redacted<string> | undefined
  /** End of the access token, in milliseconds since 1970. Default: the expiry in the token, else a day from now. */
  readonly expiresAt?: number | undefined
}

const unusable = () =>
  new AuthenticationError(
    "UnexpectedPage",
    "That is neither the address that the login ended at (it begins with the redirect address and holds access_token= or code=) nor an access token.",
    { operation: "login" },
  )

/**
 * Begins a login that a person makes in a browser of their own. Sends nothing, and keeps nothing: what `finish`
 * gives is for {@link saveTokens}.
 *
 * @category constructors
 */
export const startBrowserLogin = (options: Options): Effect.Effect<PendingLogin, ConfigError> =>
  Effect.gen(function* () {
    const settings = yield* AuthOptions.resolveAuthOptions({
      ...toLoginOptions(options),
      credentials: undefined,
    })
    const Attempt = yield* Effect.promise(() => import("../auth/login/AuthorizeRequest.js"))
    const Http = yield* Effect.promise(() => import("../auth/login/LoginHttp.js"))
    const app = { ...settings, ...settings.identity, fetch: yield* Fetch }
    const attempt = Attempt.begin(app)
    const finish: PendingLogin["finish"] = (result) =>
      Effect.gen(function* () {
        const text = TokenText.clean(result)
        if (text === undefined) return yield* Effect.fail(unusable())
        if (!URL.canParse(Redacted.value(text))) return { accessToken: text }
        const at = { headers: new Headers(), receivedAt: yield* Clock.currentTimeMillis }
        const url = new URL(Redacted.value(text))
        return yield* Attempt.finish(app, Http.make({ ...app, operation: "login" }), attempt, { at, url })
      })
    return { address: attempt.authorize, finish }
  })

const DAY = 24 * 3_600_000

/**
 * Keeps tokens that were got elsewhere, as if a login had given them.
 *
 * @param options - name the tenant and client that the tokens are for, and the account if they hold credentials
 *
 * @category combinators
 */
export const saveTokens = (
  options: Options,
  { accessToken, refreshToken, expiresAt }: LoginResult,
): Effect.Effect<void, ConfigError | AuthenticationError | StorageError, TokenStore.TokenStore> =>
  Effect.gen(function* () {
    const { identity } = yield* AuthOptions.resolveAuthOptions(toLoginOptions(options))
    const token = TokenText.clean(accessToken)
    if (token === undefined) return yield* Effect.fail(unusable())
    const store = yield* TokenStore.TokenStore
    const end = expiresAt ?? TokenText.expiry(token) ?? (yield* Clock.currentTimeMillis) + DAY
    const save = Effect.gen(function* () {
      const state = (yield* store.loadState) ?? LoginState.empty()
      // The store must never assign one account's token to another, even if this ends early.
      if (!LoginState.owns(state, identity)) yield* store.clear
      const noted = LoginState.withOwner(state, identity)
      // A login in a browser does not tell who logged in.
      const owner = identity.email === undefined ? { ...noted, account: undefined } : noted
      yield* store.saveState(LoginState.withoutFailures(owner, identity))
      yield* store.save({ accessToken: token, refreshToken, expiresAt: end })
    })
    yield* store.exclusively(Effect.uninterruptible(save))
  })

/**
 * Forgets the stored token, so that the next call needs a login. The service is not told: the token works until it
 * ends.
 *
 * @category combinators
 */
export const clearTokens: Effect.Effect<void, StorageError, TokenStore.TokenStore> = Effect.flatMap(
  TokenStore.TokenStore,
  (store) => store.exclusively(store.clear),
)
