/** Options of a client, whatever they come from, and the checks that they must pass. */
import * as Redacted from "effect/Redacted"
import type { Credentials, Options as LoginOptions, Provider } from "../auth/AccessTokens.js"
import { parseTotp } from "../auth/login/Totp.js"
import { problemWithDatabaseUrl, problemWithNumber, problemWithUrl, sentences } from "../config/checks.js"
import { type Keys, unknownKeys } from "../config/OptionKeys.js"
import { USER_AGENT } from "../http/Version.js"
import { BASE_URL } from "../platform/PlatformHttp.js"
import type { RetryOptions } from "../transport/GraphQL.js"
import type { RateLimitOptions } from "../transport/RequestQueue.js"

/** The service's own addresses, and what Auth0 is asked with unless told otherwise. */
export const DEFAULTS = {
  apiUrl: "https://app.getsequence.io/api/graphql",
  appUrl: "https://app.getsequence.io",
  authUrl: "https://auth.getsequence.io",
  scope: "openid profile email",
} as const

/** The values of the web app's `/authorize` request. They are not published: copy them from the browser. */
export interface AuthOptions {
  /** Auth0 client that login and refresh use (`SEQUENCE_AUTH0_CLIENT_ID`). */
  readonly clientId?: string | undefined
  /** Default: the web app's origin. */
  readonly redirectUri?: string | undefined
  /** Default: none; most tenants need one. */
  readonly audience?: string | undefined
  /** @default "openid profile email" */
  readonly scope?: string | undefined
  /** @default "token" */
  readonly responseType?: "token" | "code" | undefined
}

/** Options of every client, besides those that it logs in with. */
export interface ClientOptions {
  /**
   * Function that gives every token, instead of a login. `rejected` says that the service refused the last one;
   * `signal` aborts when no caller waits for the token any more.
   */
  readonly tokenProvider?: Provider | undefined
  /**
   * Uses the tokens that an earlier login left in the data folder or token store, if there is nothing else to get one
   * with. @default false
   */
  readonly storedLogin?: boolean | undefined
  /** Values of the web app's `/authorize` request, for the login. */
  readonly auth?: AuthOptions | undefined
  /** The organization that calls default to. May be left out if the login has exactly one. */
  readonly organizationId?: string | undefined
  /** The KYC application that transfers are made for. May be left out if the login has exactly one. */
  readonly kycId?: string | undefined
  /** The GraphQL endpoint. Default: the service's. */
  readonly apiUrl?: string | undefined
  /** The Platform API, which an API key opens: its base URL (`SEQUENCE_PLATFORM_API_URL`). Default: the service's. */
  readonly platform?: { readonly baseUrl?: string | undefined } | undefined
  /** Origin of the web app. Default: the service's. */
  readonly appUrl?: string | undefined
  /** Auth0 tenant. Default: the service's. */
  readonly authUrl?: string | undefined
  /** True if requests name the web app's origin, which the service may check. @default true */
  readonly sendOrigin?: boolean | undefined
  /**
   * Folder of `.tokens.json` and the like, shared safely by several processes; `false` keeps everything in
   * memory. Default: the working directory if there are credentials or a refresh token, else memory.
   */
  readonly dataDir?: string | false | undefined
  /** Distance between requests. */
  readonly rateLimit?: RateLimitOptions | undefined
  /** Retries of failed reads, and of transfers that certainly were not made. */
  readonly retry?: RetryOptions | undefined
  /** Milliseconds that a call may take, all waits included. @default 120000 */
  readonly timeout?: number | undefined
  /** Milliseconds that one request may take. @default 30000 */
  readonly attemptTimeout?: number | undefined
  /** Milliseconds that the answer to a read may be used again. 0: not at all. Any transfer ends it. @default 0 */
  readonly maxAge?: number | undefined
}

/**
 * Options of a client, secrets wrapped so that nothing prints them.
 *
 * @category options
 */
export interface Options extends ClientOptions {
  /** Credentials to log in with. */
  readonly credentials?: Credentials | undefined
  /** A key of the Platform API, instead of a login (`SEQUENCE_PLATFORM_API_KEY`). */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  /** A token to start with; alone, the client works until the service refuses it. */
  readonly accessToken?: Redacted.Redacted<string> | undefined
  /** A refresh token to start with. */
  readonly refreshToken?: Redacted.Redacted<string> | undefined
  /**
   * PostgreSQL database that takes the place of the files in `dataDir`, such as `postgresql://user:password@host/name`:
   * processes on several machines share it. Needs further packages; with `dataDir: false` it is not used.
   */
  readonly databaseUrl?: Redacted.Redacted<string> | undefined
}

/** The database that options name, unless they keep everything in memory. */
export const databaseOf = ({
  dataDir,
  databaseUrl,
}: {
  readonly dataDir?: string | false | undefined
  readonly databaseUrl?: Redacted.Redacted<string> | undefined
}): Redacted.Redacted<string> | undefined => (dataDir === false ? undefined : databaseUrl)

/** The keys that client options have, whatever a client logs in with. */
export const CLIENT_KEYS: Keys<ClientOptions> = {
  tokenProvider: true,
  storedLogin: true,
  auth: { clientId: true, redirectUri: true, audience: true, scope: true, responseType: true },
  organizationId: true,
  kycId: true,
  apiUrl: true,
  platform: { baseUrl: true },
  appUrl: true,
  authUrl: true,
  sendOrigin: true,
  dataDir: true,
  rateLimit: { minInterval: true, jitter: true, maxQueueSize: true },
  retry: { times: true, baseDelay: true, maxDelay: true },
  timeout: true,
  attemptTimeout: true,
  maxAge: true,
}

/** The keys of what a client logs in with, and of where it keeps things. */
export const LOGIN_KEYS = {
  credentials: { email: true, password: true, totp: true },
  apiKey: true,
  accessToken: true,
  refreshToken: true,
  databaseUrl: true,
} as const

const KEYS: Keys<Options> = { ...CLIENT_KEYS, ...LOGIN_KEYS }

/** Names every key of options that nothing reads. */
export const unknownOptions = (options: Options): ReadonlyArray<string> =>
  unknownKeys("options", options, KEYS)

/** Names by which a problem tells which option it is about. */
export interface OptionNames {
  readonly clientId: string
  readonly totp: string
  readonly credentials: string
  readonly apiKey: string
}

/** Names of the options where they are written in code. */
const CODE_NAMES: OptionNames = {
  clientId: "auth.clientId",
  totp: "credentials.totp",
  apiKey: "apiKey",
  credentials: "apiKey, credentials, accessToken, refreshToken or tokenProvider",
}

/** Tells if tokens are got and kept, rather than just handed in. */
export const needsStore = ({ credentials, refreshToken, storedLogin = false }: Options): boolean =>
  credentials !== undefined || refreshToken !== undefined || storedLogin

/** Makes the options of the login, with the defaults filled in. */
export const toLoginOptions = (options: Options): LoginOptions => {
  const { credentials, accessToken, refreshToken, auth = {} } = options
  return {
    authUrl: options.authUrl ?? DEFAULTS.authUrl,
    clientId: auth.clientId ?? "",
    redirectUri: auth.redirectUri ?? options.appUrl ?? DEFAULTS.appUrl,
    audience: auth.audience,
    scope: auth.scope ?? DEFAULTS.scope,
    responseType: auth.responseType,
    credentials,
    accessToken,
    refreshToken,
    timeout: options.attemptTimeout,
    userAgent: USER_AGENT,
  }
}

const LOGINS = ["credentials", "accessToken", "refreshToken", "tokenProvider"] as const

/** Finds what is wrong with an API key. Never holds the key. */
const problemsWithKey = (
  options: Options,
  key: Redacted.Redacted<string>,
  names: OptionNames,
): ReadonlyArray<string> => {
  const isLogin = LOGINS.some((name) => options[name] !== undefined)
  return sentences([
    /^[\x21-\x7e]+$/.test(String(Redacted.value(key)))
      ? undefined
      : `${names.apiKey} must be a key without spaces or line breaks`,
    isLogin ? `${names.apiKey} and a login are both given: a client has one of them` : undefined,
  ])
}

/** Finds what a login is short of; nothing if the options have a way to get a token. */
export const problemsWithLogin = (
  options: Options,
  names: OptionNames = CODE_NAMES,
): ReadonlyArray<string> => {
  if (options.apiKey !== undefined) return problemsWithKey(options, options.apiKey, names)
  if (options.tokenProvider !== undefined) return []
  if (!needsStore(options)) {
    return options.accessToken === undefined ? [`One of ${names.credentials} is needed`] : []
  }
  return options.auth?.clientId
    ? []
    : [`${names.clientId} is needed to log in: the client_id of the web app's /authorize request`]
}

/** Tells if a value from plain JavaScript is a text with something in it. */
const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== ""

const problemsWithCredentials = (
  { credentials, tokenProvider }: Options,
  names: OptionNames,
): ReadonlyArray<string | undefined> => {
  if (tokenProvider !== undefined || credentials === undefined) return []
  const { email, password, totp } = credentials
  const parsed = totp === undefined ? undefined : parseTotp(totp)
  return [
    isText(email) ? undefined : "The login email is empty",
    isText(Redacted.value(password)) ? undefined : "The login password is empty",
    parsed?._tag === "Left" ? `${names.totp}: ${parsed.left}` : undefined,
  ]
}

const ADDRESSES = ["apiUrl", "appUrl", "authUrl"] as const

/** Finds every problem with the values of options, besides those of {@link problemsWithLogin}. */
export const problemsWithValues = (
  options: Options,
  names: OptionNames = CODE_NAMES,
): ReadonlyArray<string> => {
  const { auth, databaseUrl, rateLimit, retry } = options
  return sentences([
    ...problemsWithCredentials(options, names),
    ...ADDRESSES.map((name) =>
      options[name] === undefined ? undefined : problemWithUrl(name, options[name]),
    ),
    auth?.redirectUri === undefined ? undefined : problemWithUrl("auth.redirectUri", auth.redirectUri),
    options.platform?.baseUrl === undefined
      ? undefined
      : problemWithUrl("platform.baseUrl", options.platform.baseUrl, { example: BASE_URL }),
    databaseUrl === undefined
      ? undefined
      : problemWithDatabaseUrl("databaseUrl", Redacted.value(databaseUrl)),
    problemWithNumber("rateLimit.minInterval", rateLimit?.minInterval),
    problemWithNumber("rateLimit.jitter", rateLimit?.jitter),
    problemWithNumber("rateLimit.maxQueueSize", rateLimit?.maxQueueSize, { integer: true, least: 1 }),
    problemWithNumber("retry.times", retry?.times, { integer: true }),
    problemWithNumber("retry.baseDelay", retry?.baseDelay),
    problemWithNumber("retry.maxDelay", retry?.maxDelay),
    problemWithNumber("timeout", options.timeout, { least: 1 }),
    problemWithNumber("attemptTimeout", options.attemptTimeout, { least: 1 }),
    problemWithNumber("maxAge", options.maxAge),
  ])
}

/** Finds every problem with options. Never holds the value of a secret. */
export const problemsWith = (options: Options): ReadonlyArray<string> => [
  ...problemsWithLogin(options),
  ...problemsWithValues(options),
]
