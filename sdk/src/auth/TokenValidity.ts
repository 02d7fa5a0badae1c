/** Checks of stored tokens: they must belong to the account, not be refused, and be valid for long enough. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ResolvedAuthOptions } from "./AuthOptions.js"
import * as LoginState from "./LoginState.js"
import * as TokenText from "./login/TokenText.js"
import type { LoginState as State, Tokens } from "./TokenStore.js"

/**
 * Time before the end of a token at which it is renewed, in milliseconds.
 *
 * @category combinators
 */
export const REFRESH_WINDOW = 60_000

/**
 * Dependencies of the checks of a token.
 *
 * @category options
 */
export interface TokenValidity {
  readonly settings: ResolvedAuthOptions
  /** Tells whether the service has refused a token. */
  readonly isRefused: (token: Redacted.Redacted<string>) => boolean
}

/**
 * Returns the stored tokens if they belong to this account.
 *
 * @category combinators
 */
export const belongsToAccount = (
  { settings }: TokenValidity,
  tokens: Tokens | undefined,
  state: State,
): Tokens | undefined => {
  if (tokens === undefined || !LoginState.owns(state, settings.identity)) return undefined
  // PySequence writes "a day from now" whatever the token says.
  const expiry = state.tenant === undefined ? TokenText.expiry(tokens.accessToken) : undefined
  return expiry === undefined ? tokens : { ...tokens, expiresAt: Math.min(expiry, tokens.expiresAt) }
}

/**
 * Tells whether an access token is good now and for a margin of milliseconds.
 *
 * @category guards
 */
export const isValid = ({ isRefused }: TokenValidity, tokens: Tokens | undefined, margin: number) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) =>
      tokens !== undefined &&
      Redacted.value(tokens.accessToken) !== "" &&
      !isRefused(tokens.accessToken) &&
      tokens.expiresAt - margin > now,
  )
