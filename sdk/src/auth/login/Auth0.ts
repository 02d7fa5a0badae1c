/**
 * Logging in and refreshing, as one module that is loaded when it is first needed: what it brings along (an
 * HTTP client, cookies, an HTML parser, one-time codes) would make every start slower, and most starts find
 * a token that still works.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { AuthenticationError, type RateLimitedError } from "../../Errors.js"
import * as Attempt from "./Attempt.js"
import type * as Codes from "./Codes.js"
import * as Grants from "./Grants.js"
import * as Http from "./Http.js"
import { Lost, Walk, type WalkError } from "./Walk.js"

export type { App } from "./Attempt.js"
export type { Grant, TokenAnswer, TokenFailure } from "./Grants.js"

type App = Attempt.App

/**
 * Who logs in.
 *
 * @category options
 */
export interface Person {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly codes: Codes.Codes | undefined
}

/**
 * What a login fails with.
 *
 * @category errors
 */
export type LoginError = WalkError | RateLimitedError

/**
 * A login that failed, and whether it counts as one.
 *
 * @category errors
 */
export class LoginFailed extends Data.TaggedError("LoginFailed")<{
  readonly error: LoginError
  /** Whether the service has, or may have, seen a wrong password or code, or turned the login down. */
  readonly counts: boolean
}> {}

/** Makes one walk, with cookies of its own. */
const tryOnce = (app: App, person: Person) => {
  const attempt = Attempt.begin(app)
  const http = Http.make({ ...app, operation: "login" })
  const { authorize } = attempt
  const walk = new Walk(http, { ...person, authorize, redirectUri: new URL(app.redirectUri) })
  return walk.run().pipe(
    Effect.flatMap((end) => Attempt.finish(app, http, attempt, end)),
    Effect.mapError((error) =>
      error instanceof Lost
        ? error
        : new LoginFailed({
            error,
            counts: walk.progress.unanswered || error instanceof AuthenticationError,
          }),
    ),
  )
}

/**
 * Logs in: one try of the password. A login that the service forgot before the password was sent is begun
 * anew, once.
 *
 * @category combinators
 */
export const login = (app: App, person: Person): Effect.Effect<Grants.Grant, LoginFailed> =>
  tryOnce(app, person).pipe(
    Effect.catchTag("Lost", () => tryOnce(app, person)),
    Effect.catchTag("Lost", ({ error }) => Effect.fail(new LoginFailed({ error, counts: true }))),
  )

/** Whether the service may have made new tokens that did not arrive here. */
const isUnclear = (error: Grants.TokenFailure): boolean =>
  error._tag === "TimeoutError" ||
  (error._tag === "NetworkError" && error.sent) ||
  (error._tag === "UnexpectedResponseError" && error.status !== undefined && error.status < 300)

/**
 * Trades a refresh token. Where it is unclear whether the service did so, the same token is sent once more
 * and at once: many tenants accept the previous one for some seconds.
 *
 * @category combinators
 */
export const refresh = (
  app: App,
  refreshToken: Redacted.Redacted<string>,
): Effect.Effect<Grants.TokenAnswer, Grants.TokenFailure> => {
  const http = Http.make({ ...app, operation: "refresh" })
  const once = Grants.byRefreshToken(http, app.authUrl, { clientId: app.clientId, refreshToken })
  return Effect.catchAll(once, (error) => (isUnclear(error) ? once : Effect.fail(error)))
}
