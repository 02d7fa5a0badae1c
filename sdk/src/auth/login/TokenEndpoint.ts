/** Tokens, and the two ways in which the token endpoint gives them: for a code, and for a refresh token. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { HttpError, RateLimitedError, UnexpectedResponseError } from "../../Errors.js"
import type { Http, HttpFailure, LoginResponse } from "./LoginHttp.js"
import { clockOffset, retryAfter } from "./ServerTime.js"
import * as TokenText from "./TokenText.js"

/**
 * Tokens that were just got.
 *
 * @category models
 */
export interface Grant {
  readonly accessToken: Redacted.Redacted<string>
  readonly refreshToken: Redacted.Redacted<string> | undefined
  /** End of the access token, in milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number
}

/**
 * Response of the token endpoint: tokens, or the reason of a refusal.
 *
 * @category models
 */
export type TokenResponse =
  | { readonly _tag: "Granted"; readonly grant: Grant }
  | {
      readonly _tag: "Refused"
      readonly error: string
      readonly description: string
      readonly status: number
    }

/**
 * Errors of the token endpoint besides a refusal.
 *
 * @category errors
 */
export type TokenFailure = HttpFailure | RateLimitedError | HttpError

/**
 * Headers and local time of a response.
 *
 * @category models
 */
export type AuthorizeResult = Pick<LoginResponse, "headers" | "receivedAt">

/** Assumed lifetime of a token of unknown lifetime, in milliseconds. */
const UNKNOWN_LIFE = 300_000

/**
 * Makes a grant from a response.
 *
 * @returns nothing if the access token is missing or no header can carry it
 *
 * @category constructors
 */
export const makeGrant = (
  fields: { readonly accessToken: unknown; readonly refreshToken: unknown; readonly expiresIn: unknown },
  response: AuthorizeResult,
): Option.Option<Grant> => {
  const clean = (value: unknown) =>
    typeof value === "string" ? TokenText.clean(Redacted.make(value)) : undefined
  const accessToken = clean(fields.accessToken)
  if (accessToken === undefined) return Option.none()
  const expiry = TokenText.expiry(accessToken)
  const local = expiry === undefined ? undefined : expiry - clockOffset(response)
  const seconds = Number(fields.expiresIn ?? Number.NaN)
  const life = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : UNKNOWN_LIFE
  // A fresh token that is over already has a strange clock behind it; what the answer says counts then.
  const expiresAt = local !== undefined && local > response.receivedAt ? local : response.receivedAt + life
  return Option.some({ accessToken, refreshToken: clean(fields.refreshToken), expiresAt })
}

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  const value = Option.getOrUndefined(parseJson(text))
  return typeof value === "object" && value !== null ? { ...value } : undefined
}

const read = (response: LoginResponse, operation: string): Effect.Effect<TokenResponse, TokenFailure> => {
  const { status } = response
  const body = objectOf(response.body)
  if (status === 429) {
    const message = "The login service asks to wait before the next token is asked for."
    return Effect.fail(new RateLimitedError(message, { operation, retryAfter: retryAfter(response) }))
  }
  if (status >= 200 && status < 300) {
    const fields = {
      accessToken: body?.access_token,
      refreshToken: body?.refresh_token,
      expiresIn: body?.expires_in,
    }
    return Option.match(makeGrant(fields, response), {
      onSome: (grant) => Effect.succeed<TokenResponse>({ _tag: "Granted", grant }),
      onNone: () =>
        Effect.fail(
          new UnexpectedResponseError("The login service's answer holds no usable access token.", {
            operation,
            status,
            path: "access_token",
          }),
        ),
    })
  }
  if (status >= 400 && status < 500 && typeof body?.error === "string") {
    const description = typeof body.error_description === "string" ? body.error_description : ""
    return Effect.succeed({ _tag: "Refused", error: body.error, description, status })
  }
  // The body is not shown: an edge's page is of no use, and nothing else is expected here.
  const message = `The login service answered a request for a token with status ${status}.`
  return Effect.fail(new HttpError(message, { operation, status, body: "" }))
}

const ask = (http: Http, authUrl: string, operation: string, fields: Readonly<Record<string, string>>) =>
  Effect.flatMap(
    http({
      url: new URL("/oauth/token", authUrl),
      form: new URLSearchParams(fields),
      accept: "application/json",
    }),
    (response) => read(response, operation),
  )

/**
 * Trades the code that a login with PKCE ended in for tokens.
 *
 * @category combinators
 */
export const byCode = (
  http: Http,
  authUrl: string,
  request: {
    readonly clientId: string
    readonly redirectUri: string
    readonly code: string
    readonly verifier: string
  },
): Effect.Effect<TokenResponse, TokenFailure> =>
  ask(http, authUrl, "login", {
    grant_type: "authorization_code",
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    code: request.code,
    code_verifier: request.verifier,
  })

/**
 * Trades a refresh token for tokens.
 *
 * @category combinators
 */
export const byRefreshToken = (
  http: Http,
  authUrl: string,
  request: { readonly clientId: string; readonly refreshToken: Redacted.Redacted<string> },
): Effect.Effect<TokenResponse, TokenFailure> =>
  ask(http, authUrl, "refresh", {
    grant_type: "refresh_token",
    client_id: request.clientId,
    refresh_token: Redacted.value(request.refreshToken),
  })
