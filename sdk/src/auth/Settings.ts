/** Options of login and refresh, checked: every problem is named at once, and never the value of a secret. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { ConfigError } from "../Errors.js"
import type { Credentials, Options } from "./AccessTokens.js"
import type { Identity, Seed } from "./LoginState.js"
import * as TokenText from "./TokenText.js"
import { type CodeSource, parseTotp } from "./Totp.js"

/**
 * Options with their defaults, in a form that can be worked with.
 *
 * @category options
 */
export interface Settings {
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

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

const badAddress = (name: string, text: string): ReadonlyArray<string> => {
  if (!URL.canParse(text)) return [`${name} is no address.`]
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== "" || password !== "") return [`${name} must not hold a user name or password.`]
  const safe = protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname))
  return safe ? [] : [`${name} must start with https:// (http:// is for this machine's own addresses).`]
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
  ...badAddress("authUrl", options.authUrl),
  ...(options.clientId.trim() === "" ? ["clientId is empty."] : []),
  ...(URL.canParse(options.redirectUri) ? [] : ["redirectUri is no address."]),
  ...(options.credentials === undefined ? [] : badCredentials(options.credentials)),
  ...badToken("accessToken", options.accessToken),
  ...badToken("refreshToken", options.refreshToken),
  ...badDuration("timeout", options.timeout, 1),
  ...badDuration("cooldown", options.cooldown, 0),
]

const credentialsOf = ({ email, password, totp }: Credentials): NonNullable<Settings["credentials"]> => ({
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
export const check = (options: Options): Effect.Effect<Settings, ConfigError> =>
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
