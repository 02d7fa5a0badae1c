/**
 * Renews the access token while no other process that shares the store does so: takes over the configured token, uses
 * the refresh token, or logs in, in this order. New tokens are saved before they are used.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AuthenticationError, RateLimitedError } from "../Errors.js"
import type { AccessTokenError, ResolvedAuthOptions } from "./AuthOptions.js"
import type { FallbackTokenStore } from "./FallbackTokenStore.js"
import * as LoginState from "./LoginState.js"
import type * as Auth0 from "./login/Auth0.js"
import * as TokenText from "./login/TokenText.js"
import * as Problems from "./RefreshErrors.js"
import type { LoginState as State, Tokens } from "./TokenStore.js"
import { belongsToAccount, isValid, REFRESH_WINDOW, type TokenValidity } from "./TokenValidity.js"

/** Least time between a failed renewal and the next try while the old token still works, in milliseconds. */
const RETRY_DELAY = 30_000

/** Assumed lifetime of a configured token without an expiry, in milliseconds. The service may refuse it earlier. */
const DEFAULT_LIFETIME = 24 * 3_600_000

/**
 * Dependencies of a renewal.
 *
 * @category options
 */
export interface RefreshDependencies extends TokenValidity {
  readonly app: Auth0.App
  readonly store: FallbackTokenStore
}

/**
 * State that a renewal leaves to the next one in the same process.
 *
 * @category models
 */
export interface RefreshState {
  /** The error of the last renewal, and the moment until which it holds back the next one. */
  rest: { readonly until: number; readonly error: AccessTokenError } | undefined
  /** The token that the last login gave. */
  fromLogin: Redacted.Redacted<string> | undefined
}

const loadAuth0 = Effect.promise(() => import("./login/Auth0.js"))

/**
 * Makes sure that there is a token, once, while the store's lock is held.
 *
 * @category services
 */
export class RefreshAttempt {
  readonly needs: RefreshDependencies
  readonly memory: RefreshState
  private state: State
  private readonly tokens: Tokens | undefined

  constructor(needs: RefreshDependencies, memory: RefreshState, state: State, tokens: Tokens | undefined) {
    this.needs = needs
    this.memory = memory
    this.state = state
    this.tokens = tokens
  }

  get run(): Effect.Effect<Tokens, AccessTokenError> {
    return Effect.gen(this, function* () {
      const tokens = (yield* this.takeSeed) ?? this.tokens
      if (tokens !== undefined && (yield* isValid(this.needs, tokens, REFRESH_WINDOW))) return tokens
      const usable = (yield* isValid(this.needs, tokens, 0)) ? tokens : undefined
      const { rest } = this.memory
      const left = (rest?.until ?? 0) - (yield* Clock.currentTimeMillis)
      if (rest !== undefined && left > 0) {
        if (usable !== undefined) return usable
        if (rest.error instanceof RateLimitedError) return yield* Effect.fail(Problems.stillLimited(left))
      }
      return yield* Effect.catchAll(this.getAnother(tokens), (failure) => this.fallBack(usable, failure))
    })
  }

  private fallBack(
    usable: Tokens | undefined,
    failure: AccessTokenError,
  ): Effect.Effect<Tokens, AccessTokenError> {
    return Effect.gen(this, function* () {
      const now = yield* Clock.currentTimeMillis
      const asked = failure instanceof RateLimitedError ? (failure.retryAfter ?? 0) : 0
      this.memory.rest = {
        until: now + Math.max(usable === undefined ? 0 : RETRY_DELAY, asked),
        error: failure,
      }
      if (usable === undefined) return yield* Effect.fail(failure)
      yield* Effect.logWarning(
        `The access token could not be renewed and is used until it ends: ${failure.message}`,
      )
      return usable
    })
  }

  private update(change: (state: State) => State): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.state = change(this.state)
      return this.needs.store.saveState(this.state)
    })
  }

  /** Saves tokens and their owner in an order that never assigns tokens to the wrong account. */
  private keep(tokens: Tokens, also = (state: State) => state): Effect.Effect<Tokens> {
    return Effect.gen(this, function* () {
      const { store, settings } = this.needs
      const { identity } = settings
      const next = also(LoginState.withOwner(this.state, identity))
      const note = JSON.stringify(next) === JSON.stringify(this.state) ? Effect.void : this.update(() => next)
      if (LoginState.owns(this.state, identity)) {
        yield* store.save(tokens)
        yield* note
      } else {
        // What cannot be removed cannot be replaced either, and the store has said so by then.
        yield* Effect.ignore(store.clear)
        yield* note
        yield* store.save(tokens)
      }
      this.memory.rest = undefined
      return tokens
    }).pipe(Effect.uninterruptible)
  }

  private get takeSeed(): Effect.Effect<Tokens | undefined> {
    return Effect.gen(this, function* () {
      const { seed, identity } = this.needs.settings
      if (seed === undefined || LoginState.isSeeded(this.state, identity, seed)) return undefined
      const { accessToken = Redacted.make(""), refreshToken } = seed
      const now = yield* Clock.currentTimeMillis
      const expiresAt =
        seed.accessToken === undefined ? 0 : (TokenText.expiry(accessToken) ?? now + DEFAULT_LIFETIME)
      const note = (state: State) => LoginState.withSeed(state, identity, seed)
      // One that is over and cannot be renewed must not replace one that still works.
      if (refreshToken !== undefined || expiresAt > now)
        return yield* this.keep({ accessToken, refreshToken, expiresAt }, note)
      yield* this.update(note)
      return undefined
    })
  }

  private getAnother(tokens: Tokens | undefined): Effect.Effect<Tokens, AccessTokenError> {
    return tokens?.refreshToken === undefined ? this.logIn(tokens) : this.refresh(tokens, tokens.refreshToken)
  }

  private refresh(
    tokens: Tokens,
    refreshToken: Redacted.Redacted<string>,
    again = true,
  ): Effect.Effect<Tokens, AccessTokenError> {
    const sendAndSave = Effect.gen(this, function* () {
      const auth0 = yield* loadAuth0
      const answer = yield* auth0.refresh(this.needs.app, refreshToken)
      if (answer._tag === "Refused") return answer
      const { grant } = answer
      return yield* this.keep({ ...grant, refreshToken: grant.refreshToken ?? refreshToken })
    })
    return Effect.gen(this, function* () {
      // From the moment it is sent, the old token may be spent: the new one must not get lost.
      const answer = yield* Effect.uninterruptible(sendAndSave)
      return "_tag" in answer ? yield* this.refused(tokens, answer, again) : answer
    })
  }

  private refused(
    tokens: Tokens,
    answer: Extract<Auth0.TokenResponse, { readonly _tag: "Refused" }>,
    again: boolean,
  ): Effect.Effect<Tokens, AccessTokenError> {
    switch (answer.error) {
      case "invalid_grant":
        return this.spent(tokens, again)
      case "mfa_required":
        return this.needs.settings.credentials === undefined
          ? Effect.fail(Problems.secondFactor())
          : this.logIn(tokens)
      case "invalid_client":
      case "unauthorized_client":
      case "invalid_request":
        return Effect.fail(Problems.wrongClient(answer.error))
      default:
        return Effect.fail(Problems.refreshDenied(answer.error))
    }
  }

  /** Uses newer tokens if a process that takes no lock has stored some; else forgets the refresh token and logs in. */
  private spent(tokens: Tokens, again: boolean): Effect.Effect<Tokens, AccessTokenError> {
    return Effect.gen(this, function* () {
      const { needs } = this
      const latest = belongsToAccount(needs, yield* needs.store.load, this.state)
      const newer = latest !== undefined && !TokenText.same(latest.refreshToken, tokens.refreshToken)
      if (newer && (yield* isValid(needs, latest, REFRESH_WINDOW))) return latest
      if (newer && again && latest.refreshToken !== undefined) {
        return yield* this.refresh(latest, latest.refreshToken, false)
      }
      const without = { ...tokens, refreshToken: undefined }
      yield* needs.store.save(without)
      return needs.settings.credentials === undefined
        ? yield* Effect.fail(Problems.refreshSpent())
        : yield* this.logIn(without)
    })
  }

  private logIn(tokens: Tokens | undefined): Effect.Effect<Tokens, AccessTokenError> {
    return Effect.gen(this, function* () {
      const { settings, isRefused } = this.needs
      const { credentials, identity } = settings
      const refused = tokens !== undefined && isRefused(tokens.accessToken)
      if (credentials === undefined) return yield* Effect.fail(Problems.noWay(tokens, refused))
      const fruitless =
        settings.audience === undefined && TokenText.same(this.memory.fromLogin, tokens?.accessToken)
      if (tokens !== undefined && refused && fruitless && TokenText.isOpaque(tokens.accessToken)) {
        return yield* Effect.fail(Problems.opaqueRefused())
      }
      const now = yield* Clock.currentTimeMillis
      const left = LoginState.pauseLeft(this.state, identity, now)
      if (left > 0) return yield* Effect.fail(Problems.coolingDown(left))
      const grant = yield* this.walk(credentials)
      if (settings.audience === undefined && TokenText.isOpaque(grant.accessToken)) {
        yield* Effect.logWarning(Problems.opaqueToken)
      }
      this.memory.fromLogin = grant.accessToken
      return yield* this.keep(grant, (state) => LoginState.withoutFailures(state, identity))
    })
  }

  private walk(
    credentials: NonNullable<ResolvedAuthOptions["credentials"]>,
  ): Effect.Effect<Auth0.Grant, AccessTokenError> {
    const { source } = credentials
    const secret = source === undefined ? undefined : source._tag === "TotpSecret" ? source.key : source.code
    const codes =
      source === undefined || secret === undefined
        ? undefined
        : {
            source,
            last: Effect.sync(() => LoginState.lastStep(this.state, secret)),
            sending: (step: number) => this.update((state) => LoginState.withStep(state, secret, step)),
          }
    return Effect.flatMap(loadAuth0, (auth0) => auth0.login(this.needs.app, { ...credentials, codes })).pipe(
      Effect.catchTag("LoginFailed", ({ error, counts }) =>
        Effect.zipRight(counts ? this.countFailure(error) : Effect.void, Effect.fail(error)),
      ),
    )
  }

  private countFailure(error: AccessTokenError): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const now = yield* Clock.currentTimeMillis
      const { identity, cooldown } = this.needs.settings
      const blocked = error instanceof AuthenticationError && error.reason === "TooManyAttempts"
      const asked = error instanceof AuthenticationError ? (error.retryAfter ?? 0) : 0
      const pause = Math.max(cooldown, asked)
      yield* this.update((state) => LoginState.withFailure(state, identity, { now, blocked, pause }))
    })
  }
}
