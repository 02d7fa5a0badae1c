/** Options of login and refresh, checked: every problem is named at once, and never the value of a secret. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { problemWithUrl } from "../config/checks.js"
import {
  type AuthenticationError,
  ConfigError,
  type HttpError,
  type NetworkError,
  type RateLimitedError,
  type StorageError,
  type TimeoutError,
  type UnexpectedResponseError,
} from "../Errors.js"
import type { Identity, Seed } from "./LoginState.js"
import * as TokenText from "./login/TokenText.js"
import { type CodeSource, parseTotp } from "./login/Totp.js"

/**
 * Errors of a request for an access token.
 *
 * @category errors
 */
export type AccessTokenError =
  | AuthenticationError
  | NetworkError
  | TimeoutError
  | RateLimitedError
  | HttpError
  | UnexpectedResponseError
  | StorageError
  | ConfigError

/**
 * Credentials that a person logs in with.
 *
 * @category options
 */
export interface Credentials {
  /** The email address of the account. */
  readonly email: string
  /** Its password. */
  readonly password: Redacted.Redacted<string>
  /**
   * The secret that one-time codes are made from: Base32 in any case, with or without spaces and dashes, or
   * an `otpauth://` address. Six digits are a code that works for one login.
   */
  readonly totp?: Redacted.Redacted<string> | undefined
}

/**
 * Options of login and refresh. The client, addresses, audience, scope and response type are those of the web app's
 * `/authorize` request.
 *
 * @category options
 */
export interface Options {
  /** The Auth0 tenant, such as `https://auth.getsequence.io`; `https` except on loopback hosts. */
  readonly authUrl: string
  /** The `client_id` of the web app. */
  readonly clientId: string
  /** The `redirect_uri` of the web app. Nothing is ever sent there. */
  readonly redirectUri: string
  /** The `audience` of the web app; without it, most tenants give a token that the service refuses. */
  readonly audience?: string | undefined
  /** The `scope` of the web app. With `offline_access` and `code`, there may be a refresh token. @default "openid profile email" */
  readonly scope?: string | undefined
  /** `token` is the web app's own; `code` uses PKCE, if the tenant allows it. @default "token" */
  readonly responseType?: "token" | "code" | undefined
  /** Credentials of the login; without them, no login is made. */
  readonly credentials?: Credentials | undefined
  /** A token to start with. Taken over once; from then on the store's are used. */
  readonly accessToken?: Redacted.Redacted<string> | undefined
  /** A refresh token to start with. Taken over once; from then on the store's is used. */
  readonly refreshToken?: Redacted.Redacted<string> | undefined
  /** Milliseconds that each HTTP request of a login or refresh may take. @default 30000 */
  readonly timeout?: number | undefined
  /** Milliseconds without a login after two failed ones, or after the first that was blocked. @default 900000 */
  readonly cooldown?: number | undefined
  /** The `user-agent` of the requests, such as `tsequence/1.0.0`. */
  readonly userAgent: string
}

/**
 * Options with their defaults, in a form that can be worked with.
 *
 * @category options
 */
export interface ResolvedAuthOptions {
  readonly identity: Identity
  readonly redirectUri: string
  readonly audience: string | undefined
  readonly scope: string
  readonly responseType: "token" | "code"
  readonly credentials:
    | {
        readonly email: string
        readonly password: Redacted.Redacted<string>
        readonly source: CodeSource | undefined
      }
    | undefined
  readonly seed: Seed | undefined
  readonly timeout: number
  readonly cooldown: number
  readonly userAgent: string
}

const badDuration = (name: string, value: number | undefined, least: number): ReadonlyArray<string> =>
  value === undefined || (Number.isFinite(value) && value >= least)
    ? []
    : [`${name} must be a number of milliseconds, at least ${least}.`]

const badCredentials = ({ email, password, totp }: Credentials): ReadonlyArray<string> => [
  ...(email.trim() === "" ? ["The email is empty."] : []),
  ...(Redacted.value(password) === "" ? ["The password is empty."] : []),
  ...(totp === undefined
    ? []
    : Either.match(parseTotp(totp), {
        onLeft: (problem) => [`The one-time-code secret (totp) cannot be used: ${problem}.`],
        onRight: () => [],
      })),
]

const badToken = (name: string, token: Redacted.Redacted<string> | undefined): ReadonlyArray<string> =>
  token === undefined || TokenText.clean(token) !== undefined
    ? []
    : [`${name} is empty or holds characters that no token has.`]

const problemsOf = (options: Options): ReadonlyArray<string> => [
  ...[problemWithUrl("authUrl", options.authUrl)].filter((problem) => problem !== undefined),
  ...(options.clientId.trim() === "" ? ["clientId is empty."] : []),
  ...(URL.canParse(options.redirectUri) ? [] : ["redirectUri is no address."]),
  ...(options.credentials === undefined ? [] : badCredentials(options.credentials)),
  ...badToken("accessToken", options.accessToken),
  ...badToken("refreshToken", options.refreshToken),
  ...badDuration("timeout", options.timeout, 1),
  ...badDuration("cooldown", options.cooldown, 0),
]

const credentialsOf = ({
  email,
  password,
  totp,
}: Credentials): NonNullable<ResolvedAuthOptions["credentials"]> => ({
  email: email.trim(),
  password,
  source: totp === undefined ? undefined : Either.getOrUndefined(parseTotp(totp)),
})

const seedOf = ({ accessToken, refreshToken }: Options): Seed | undefined =>
  accessToken === undefined && refreshToken === undefined
    ? undefined
    : {
        accessToken: accessToken === undefined ? undefined : TokenText.clean(accessToken),
        refreshToken: refreshToken === undefined ? undefined : TokenText.clean(refreshToken),
      }

/**
 * Checks options and fills in the defaults.
 *
 * @category combinators
 */
export const resolveAuthOptions = (options: Options): Effect.Effect<ResolvedAuthOptions, ConfigError> =>
  Effect.suspend(() => {
    const problems = problemsOf(options)
    if (problems.length > 0) return Effect.fail(new ConfigError(problems))
    const { authUrl, clientId, credentials } = options
    return Effect.succeed({
      identity: { authUrl, clientId: clientId.trim(), email: credentials?.email },
      redirectUri: options.redirectUri,
      audience: options.audience?.trim() || undefined,
      scope: options.scope?.trim() || "openid profile email",
      responseType: options.responseType ?? "token",
      credentials: credentials === undefined ? undefined : credentialsOf(credentials),
      seed: seedOf(options),
      timeout: options.timeout ?? 30_000,
      cooldown: options.cooldown ?? 900_000,
      userAgent: options.userAgent,
    })
  })
