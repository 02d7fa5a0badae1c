/**
 * State that survives a restart besides the tokens. It tells whose the tokens are, if the configured tokens were taken
 * over, which one-time code was the last, and if a login may be tried.
 */
import { createHash, randomBytes } from "node:crypto"
import * as Redacted from "effect/Redacted"
import type { LoginState } from "./TokenStore.js"

/**
 * The tenant, client and account that tokens and failed logins belong to.
 *
 * @category models
 */
export interface Identity {
  readonly authUrl: string
  readonly clientId: string
  readonly email: string | undefined
}

/** Two failed logins may be a typo and its repetition; a third could be the one that blocks the account. */
const FAILURES_ALLOWED = 2

/** No service asks for a longer pause; a later moment comes from a clock that was wrong. */
const LONGEST_PAUSE = 24 * 3_600_000

/**
 * Makes a state that knows nothing.
 *
 * @category constructors
 */
export const empty = (): LoginState => ({
  salt: randomBytes(16).toString("base64url"),
  tenant: undefined,
  account: undefined,
  seed: undefined,
  codes: {},
  failures: {},
})

const hash = (state: LoginState, ...parts: ReadonlyArray<string>): string =>
  createHash("sha256")
    .update(JSON.stringify([state.salt, ...parts]))
    .digest("base64url")

const tenantOf = (state: LoginState, { authUrl, clientId }: Identity): string =>
  hash(state, "tenant", new URL(authUrl).origin, clientId)

const accountOf = (state: LoginState, { authUrl, clientId, email }: Identity): string | undefined =>
  email === undefined
    ? undefined
    : hash(state, "account", new URL(authUrl).origin, clientId, email.trim().toLowerCase())

/**
 * Tells whether stored tokens may be used. Tokens without a noted owner count as the account's own.
 *
 * @category guards
 */
export const owns = (state: LoginState, identity: Identity): boolean => {
  const account = accountOf(state, identity)
  return (
    (state.tenant === undefined || state.tenant === tenantOf(state, identity)) &&
    (state.account === undefined || account === undefined || state.account === account)
  )
}

/**
 * Tells whether the tokens of two states belong to the same account.
 *
 * @category guards
 */
export const hasSameOwner = (left: LoginState, right: LoginState): boolean =>
  left.tenant === right.tenant && left.account === right.account

/**
 * Notes whose tokens the store holds from now on.
 *
 * @category combinators
 */
export const withOwner = (state: LoginState, identity: Identity): LoginState => ({
  ...state,
  tenant: tenantOf(state, identity),
  account: accountOf(state, identity) ?? (owns(state, identity) ? state.account : undefined),
})

/**
 * Tokens of the configuration, to start with.
 *
 * @category models
 */
export interface Seed {
  readonly accessToken: Redacted.Redacted<string> | undefined
  readonly refreshToken: Redacted.Redacted<string> | undefined
}

const seedOf = (state: LoginState, identity: Identity, { accessToken, refreshToken }: Seed): string =>
  hash(
    state,
    "seed",
    tenantOf(state, identity),
    accessToken === undefined ? "" : Redacted.value(accessToken),
    refreshToken === undefined ? "" : Redacted.value(refreshToken),
  )

/**
 * Tells whether these tokens of the configuration have been taken over before.
 *
 * @category guards
 */
export const isSeeded = (state: LoginState, identity: Identity, seed: Seed): boolean =>
  state.seed === seedOf(state, identity, seed)

/**
 * Notes that these tokens of the configuration have been taken over.
 *
 * @category combinators
 */
export const withSeed = (state: LoginState, identity: Identity, seed: Seed): LoginState => ({
  ...state,
  seed: seedOf(state, identity, seed),
})

const codeKey = (state: LoginState, secret: Redacted.Redacted<Uint8Array | string>): string =>
  hash(state, "code", Buffer.from(Redacted.value(secret)).toString("base64url"))

/**
 * Returns the newest step that a code of this secret was sent for.
 *
 * @category combinators
 */
export const lastStep = (
  state: LoginState,
  secret: Redacted.Redacted<Uint8Array | string>,
): number | undefined => state.codes[codeKey(state, secret)]

/**
 * Notes that the code of a step is about to be sent.
 *
 * @category combinators
 */
export const withStep = (
  state: LoginState,
  secret: Redacted.Redacted<Uint8Array | string>,
  step: number,
): LoginState => ({ ...state, codes: { ...state.codes, [codeKey(state, secret)]: step } })

const failureKey = (state: LoginState, identity: Identity): string => accountOf(state, identity) ?? ""

/**
 * Computes for how many more milliseconds no login of this account may be tried; 0 if one may be tried now.
 *
 * @category combinators
 */
export const pauseLeft = (state: LoginState, identity: Identity, now: number): number => {
  const left = (state.failures[failureKey(state, identity)]?.notBefore ?? 0) - now
  return left > 0 && left <= LONGEST_PAUSE ? left : 0
}

/**
 * Counts a failed login.
 *
 * @param blocked - whether the service refused to look at it at all, so that the first one is enough
 * @param pause - milliseconds without a login if it was one too many
 *
 * @category combinators
 */
export const withFailure = (
  state: LoginState,
  identity: Identity,
  failure: { readonly now: number; readonly blocked: boolean; readonly pause: number },
): LoginState => {
  const key = failureKey(state, identity)
  const count = (state.failures[key]?.count ?? 0) + 1
  const tooMany = failure.blocked || count >= FAILURES_ALLOWED
  const notBefore = tooMany ? failure.now + Math.min(failure.pause, LONGEST_PAUSE) : 0
  return { ...state, failures: { ...state.failures, [key]: { count, notBefore } } }
}

/**
 * Forgets the failed logins of an account, after one that worked.
 *
 * @category combinators
 */
export const withoutFailures = (state: LoginState, identity: Identity): LoginState => {
  const { [failureKey(state, identity)]: _, ...failures } = state.failures
  return { ...state, failures }
}
