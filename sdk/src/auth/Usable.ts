/** Which of the stored tokens may be used: one's own, not refused, and good for long enough. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as LoginState from "./LoginState.js"
import type { Settings } from "./Settings.js"
import type { LoginState as State, Tokens } from "./TokenStore.js"
import * as TokenText from "./TokenText.js"

/**
 * A token is renewed this long before it ends, in milliseconds.
 *
 * @category combinators
 */
export const EARLY = 60_000

/**
 * What decides whether a token may be used.
 *
 * @category options
 */
export interface Judge {
  readonly settings: Settings
  /** Tells whether the service has refused a token. */
  readonly isRefused: (token: Redacted.Redacted<string>) => boolean
}

/**
 * Takes the stored tokens where they belong to this account.
 *
 * @category combinators
 */
export const owned = ({ settings }: Judge, tokens: Tokens | undefined, state: State): Tokens | undefined => {
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
export const isGood = ({ isRefused }: Judge, tokens: Tokens | undefined, margin: number) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) =>
      tokens !== undefined &&
      Redacted.value(tokens.accessToken) !== "" &&
      !isRefused(tokens.accessToken) &&
      tokens.expiresAt - margin > now,
  )
