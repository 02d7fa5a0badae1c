/**
 * Logging in and refreshing, as one module that is loaded when it is first needed: what it brings along (an
 * HTTP client, cookies, an HTML parser, one-time codes) would make every start slower, and most starts find
 * a token that still works.
 */
import { createHash, randomBytes } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { AuthenticationError, type RateLimitedError, type UnexpectedResponseError } from "../../Errors.js"
import type * as Codes from "./Codes.js"
import * as Failures from "./Failures.js"
import * as Grants from "./Grants.js"
import * as Http from "./Http.js"
import { Lost, Walk, type WalkError } from "./Walk.js"

export type { Grant, TokenAnswer, TokenFailure } from "./Grants.js"

/**
 * The tenant and the app that tokens are for.
 *
 * @category options
 */
export interface App {
  readonly authUrl: string
  readonly clientId: string
  readonly redirectUri: string
  readonly audience: string | undefined
  readonly scope: string
  readonly responseType: "token" | "code"
  readonly fetch: typeof globalThis.fetch
  readonly userAgent: string
  readonly timeout: number
}

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

interface Attempt {
  readonly authorize: URL
  readonly state: string
  readonly verifier: string
}

const random = () => randomBytes(32).toString("base64url")

const newAttempt = (app: App): Attempt => {
  const authorize = new URL("/authorize", app.authUrl)
  const attempt = { authorize, state: random(), verifier: random() }
  const query: Record<string, string> = {
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    response_type: app.responseType,
    scope: app.scope,
    ...(app.audience === undefined ? {} : { audience: app.audience }),
    state: attempt.state,
    nonce: random(),
    ...(app.responseType === "token"
      ? {}
      : {
          code_challenge: createHash("sha256").update(attempt.verifier).digest("base64url"),
          code_challenge_method: "S256",
        }),
  }
  authorize.search = new URLSearchParams(query).toString()
  return attempt
}

const unexpected = (what: string) => new AuthenticationError("UnexpectedPage", what, { operation: "login" })

/** Reads what the service hands to the app: in the fragment, or in the query. */
const paramsOf = (url: URL): URLSearchParams =>
  new URLSearchParams([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))])

const byAnswer = (
  app: App,
  http: Http.Http,
  attempt: Attempt,
  end: { readonly at: Http.Answer; readonly url: URL },
): Effect.Effect<Grants.Grant, LoginError | UnexpectedResponseError> =>
  Effect.gen(function* () {
    const params = paramsOf(end.url)
    if (params.get("state") !== attempt.state) {
      return yield* Effect.fail(
        unexpected("The login ended with an answer to another login (its state differs)."),
      )
    }
    const error = params.get("error")
    if (error !== null) {
      return yield* Effect.fail(Failures.oauthFailure(error, params.get("error_description") ?? ""))
    }
    if (app.responseType === "token") {
      const accessToken = params.get("access_token")
      const grant = Grants.makeGrant(
        { accessToken, refreshToken: undefined, expiresIn: params.get("expires_in") ?? undefined },
        end.at,
      )
      return yield* Option.match(grant, {
        onSome: Effect.succeed,
        onNone: () => Effect.fail(unexpected("The login ended without an access token.")),
      })
    }
    const code = params.get("code")
    if (code === null) return yield* Effect.fail(unexpected("The login ended without a code."))
    const { clientId, redirectUri } = app
    const answer = yield* Grants.byCode(http, app.authUrl, {
      clientId,
      redirectUri,
      code,
      verifier: attempt.verifier,
    })
    return answer._tag === "Granted"
      ? answer.grant
      : yield* Effect.fail(Failures.oauthFailure(answer.error, answer.description))
  })

/** Makes one walk, with cookies of its own. */
const tryOnce = (app: App, person: Person) => {
  const attempt = newAttempt(app)
  const http = Http.make({ ...app, operation: "login" })
  const { authorize } = attempt
  const walk = new Walk(http, { ...person, authorize, redirectUri: new URL(app.redirectUri) })
  return walk.run().pipe(
    Effect.flatMap((end) => byAnswer(app, http, attempt, end)),
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
