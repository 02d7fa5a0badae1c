/** Errors of a renewal, with messages that say what to do. */
import { AuthenticationError, ConfigError, RateLimitedError } from "../Errors.js"
import type { Tokens } from "./TokenStore.js"

const refreshing = { operation: "refresh" }

const loggingIn = { operation: "login" }

const minutes = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1_000)
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}

const ANOTHER =
  "Log in again (npx tsequence-cli login), or hand in a newer token or credentials (SEQUENCE_EMAIL, SEQUENCE_PASSWORD, SEQUENCE_TOTP)."

/**
 * Makes the error of a renewal during a pause that the service asked for.
 *
 * @category errors
 */
export const stillLimited = (left: number): RateLimitedError =>
  new RateLimitedError("The login service asked to wait, and that time is not over.", {
    ...refreshing,
    retryAfter: left,
  })

/**
 * Makes the error of a refresh that wants a second factor when there is nothing to log in with.
 *
 * @category errors
 */
export const secondFactor = (): AuthenticationError =>
  new AuthenticationError("MfaRequired", `The refresh token asks for a second factor. ${ANOTHER}`, refreshing)

/**
 * Makes the error of a client that the tenant does not let refresh.
 *
 * @category errors
 */
export const wrongClient = (code: string): ConfigError =>
  new ConfigError(
    [
      `The login service does not let this client use a refresh token (${code}). Check SEQUENCE_AUTH0_CLIENT_ID (clientId).`,
    ],
    refreshing,
  )

/**
 * Makes the error of a refresh that the tenant refuses for a reason of its own; the token may still be good.
 *
 * @category errors
 */
export const refreshDenied = (code: string): AuthenticationError =>
  new AuthenticationError(
    "RefreshRejected",
    `The login service refused to renew the access token (${/^[\w.-]{1,60}$/.test(code) ? code : "unknown"}). Log in once by browser to see what it asks for.`,
    refreshing,
  )

/**
 * Makes the error of a refresh token that is spent or revoked when there is nothing to log in with.
 *
 * @category errors
 */
export const refreshSpent = (): AuthenticationError =>
  new AuthenticationError(
    "RefreshRejected",
    `The refresh token is spent or revoked, and no login can be made. ${ANOTHER}`,
    refreshing,
  )

/**
 * Makes the error of a renewal without anything to log in with.
 *
 * @category errors
 */
export const noWay = (tokens: Tokens | undefined, refused: boolean): AuthenticationError => {
  const what =
    tokens === undefined
      ? "There is no access token"
      : refused
        ? "The service refused the access token"
        : "The access token has expired"
  return new AuthenticationError(
    "Unauthorized",
    `${what}, and nothing is known to get another with. ${ANOTHER}`,
    loggingIn,
  )
}

const AUDIENCE =
  "Set SEQUENCE_AUTH0_AUDIENCE (audience) to the web app's: its owner finds it by logging in to the web app with the browser's network panel open, as audience in the request to /authorize."

/**
 * Message about the opaque token that a login without an audience mostly gives.
 *
 * @category errors
 */
export const opaqueToken = `The login gave a token that is good for the login service only, as it does where no audience is set. ${AUDIENCE}`

/**
 * Makes the error of an opaque token that was refused, when the next login would give another of its kind.
 *
 * @category errors
 */
export const opaqueRefused = (): AuthenticationError =>
  new AuthenticationError(
    "Unauthorized",
    `The service refused the token of the login. ${opaqueToken}`,
    loggingIn,
  )

/**
 * Makes the error of a login during the pause after failed logins.
 *
 * @category errors
 */
export const coolingDown = (left: number): AuthenticationError =>
  new AuthenticationError(
    "CoolingDown",
    `No login is tried for another ${minutes(left)}, since the last ones failed and more could lock the account. Check email, password and one-time-code secret meanwhile.`,
    { ...loggingIn, retryAfter: left },
  )
