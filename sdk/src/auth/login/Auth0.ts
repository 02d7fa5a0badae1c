/**
 * Logging in and refreshing, as one module that is loaded when it is first needed: what it brings along (an
 * HTTP client, cookies, an HTML parser, one-time codes) would make every start slower, and most starts find
 * a token that still works.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { AuthenticationError, type RateLimitedError } from "../../Errors.js"
import * as AuthorizeRequest from "./AuthorizeRequest.js"
import { LoginFlow, type LoginFlowError, SessionExpired } from "./LoginFlow.js"
import * as LoginHttp from "./LoginHttp.js"
import type * as OneTimeCodes from "./OneTimeCodes.js"
import * as TokenEndpoint from "./TokenEndpoint.js"

export type { App } from "./AuthorizeRequest.js"
export type { Grant, TokenFailure, TokenResponse } from "./TokenEndpoint.js"

type App = AuthorizeRequest.App

/**
 * Credentials of the person who logs in.
 *
 * @category options
 */
export interface Credentials {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly codes: OneTimeCodes.OneTimeCodes | undefined
}

/**
 * Errors that a login fails with.
 *
 * @category errors
 */
export type LoginError = LoginFlowError | RateLimitedError

/**
 * Error of a failed login that tells whether the login counts as one.
 *
 * @category errors
 */
export class LoginFailed extends Data.TaggedError("LoginFailed")<{
  readonly error: LoginError
  /** True if the service has, or may have, seen a wrong password or code, or turned the login down. */
  readonly counts: boolean
}> {}

/** Logs in once, with new cookies. */
const tryOnce = (app: App, person: Credentials) => {
  const attempt = AuthorizeRequest.begin(app)
  const http = LoginHttp.make({ ...app, operation: "login" })
  const { authorize } = attempt
  const walk = new LoginFlow(http, { ...person, authorize, redirectUri: new URL(app.redirectUri) })
  return walk.run().pipe(
    Effect.flatMap((end) => AuthorizeRequest.finish(app, http, attempt, end)),
    Effect.mapError((error) =>
      error instanceof SessionExpired
        ? error
        : new LoginFailed({
            error,
            counts: walk.progress.unanswered || error instanceof AuthenticationError,
          }),
    ),
  )
}

/**
 * Logs in with one try of the password. Starts over once if the service forgot the login before the password was sent.
 *
 * @category combinators
 */
export const login = (app: App, person: Credentials): Effect.Effect<TokenEndpoint.Grant, LoginFailed> =>
  tryOnce(app, person).pipe(
    Effect.catchTag("Lost", () => tryOnce(app, person)),
    Effect.catchTag("Lost", ({ error }) => Effect.fail(new LoginFailed({ error, counts: true }))),
  )

/** Tells if the service may have made new tokens that did not arrive here. */
const isUnclear = (error: TokenEndpoint.TokenFailure): boolean =>
  error._tag === "TimeoutError" ||
  (error._tag === "NetworkError" && error.sent) ||
  (error._tag === "UnexpectedResponseError" && error.status !== undefined && error.status < 300)

/**
 * Trades a refresh token for tokens. If it is unclear whether the service did so, the same token is sent once more,
 * without a wait: many tenants accept the previous one for some seconds.
 *
 * @category combinators
 */
export const refresh = (
  app: App,
  refreshToken: Redacted.Redacted<string>,
): Effect.Effect<TokenEndpoint.TokenResponse, TokenEndpoint.TokenFailure> => {
  const http = LoginHttp.make({ ...app, operation: "refresh" })
  const once = TokenEndpoint.byRefreshToken(http, app.authUrl, { clientId: app.clientId, refreshToken })
  return Effect.catchAll(once, (error) => (isUnclear(error) ? once : Effect.fail(error)))
}
