/** Both ends of a login: the address that it begins at, and the address that it ends at. */
import { createHash, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AuthenticationError, type ConfigError } from "../../Errors.js"
import * as LoginErrors from "./LoginErrors.js"
import type * as LoginHttp from "./LoginHttp.js"
import * as TokenEndpoint from "./TokenEndpoint.js"

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
 * A login that was begun: where it begins, and what its answer must fit.
 *
 * @category models
 */
export interface AuthorizeRequest {
  readonly authorize: URL
  readonly state: string
  readonly verifier: string
}

const random = () => randomBytes(32).toString("base64url")

/**
 * Begins a login; sends nothing.
 *
 * @category constructors
 */
export const begin = (app: App): AuthorizeRequest => {
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

/**
 * Errors that {@link finish} fails with.
 *
 * @category errors
 */
export type FinishError = AuthenticationError | ConfigError | TokenEndpoint.TokenFailure

/**
 * Takes the tokens from the address that a login ended at, or gets them for the code that it holds.
 *
 * @param end - the address, and the headers and local time of the response that brought it
 *
 * @category combinators
 */
export const finish = (
  app: App,
  http: LoginHttp.Http,
  attempt: AuthorizeRequest,
  end: { readonly at: TokenEndpoint.AuthorizeResult; readonly url: URL },
): Effect.Effect<TokenEndpoint.Grant, FinishError> =>
  Effect.gen(function* () {
    const params = paramsOf(end.url)
    if (params.get("state") === null) {
      return yield* Effect.fail(unexpected("The login ended with an answer that is not complete (no state)."))
    }
    if (params.get("state") !== attempt.state) {
      return yield* Effect.fail(
        unexpected("The login ended with an answer to another login (its state differs)."),
      )
    }
    const error = params.get("error")
    if (error !== null) {
      return yield* Effect.fail(LoginErrors.oauthFailure(error, params.get("error_description") ?? ""))
    }
    if (app.responseType === "token") {
      const accessToken = params.get("access_token")
      const grant = TokenEndpoint.makeGrant(
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
    const response = yield* TokenEndpoint.byCode(http, app.authUrl, {
      clientId,
      redirectUri,
      code,
      verifier: attempt.verifier,
    })
    return response._tag === "Granted"
      ? response.grant
      : yield* Effect.fail(LoginErrors.oauthFailure(response.error, response.description))
  })
