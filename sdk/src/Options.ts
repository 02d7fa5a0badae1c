/** What a client is made with, whatever it comes from, and the checks that it must pass. */
import * as Redacted from "effect/Redacted"
import type { Credentials, Options as LoginOptions, Provider } from "./auth/AccessTokens.js"
import { parseTotp } from "./auth/Totp.js"
import { problemWithUrl as problemWithDatabase } from "./internal/Postgres.js"
import { USER_AGENT } from "./internal/Version.js"
import type { RetryOptions } from "./transport/GraphQL.js"
import type { PolitenessOptions } from "./transport/Turns.js"

/** The service's own addresses, and what Auth0 is asked with unless told otherwise. */
export const DEFAULTS = {
  apiUrl: "https://app.getsequence.io/api/graphql",
  appUrl: "https://app.getsequence.io",
  authUrl: "https://auth.getsequence.io",
  scope: "openid profile email",
} as const

/** The values of the web app's `/authorize` request. Nobody has published them; copy them from the browser. */
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

/** What every client can be made with, besides what it logs in with. */
export interface ClientOptions {
  /**
   * Asked for every token, instead of a login. `rejected` says that the service refused the last one; `signal`
   * aborts when nobody waits for it any more.
   */
  readonly tokenProvider?: Provider | undefined
  /**
   * Uses the tokens that an earlier login left in the data folder or token store, where there is nothing else to
   * get one with. @default false
   */
  readonly storedLogin?: boolean | undefined
  /** How to log in: values of the web app's `/authorize` request. */
  readonly auth?: AuthOptions | undefined
  /** The organization that calls default to. May be left out where the login has exactly one. */
  readonly organizationId?: string | undefined
  /** The KYC application that transfers are made for. May be left out where the login has exactly one. */
  readonly kycId?: string | undefined
  /** The GraphQL endpoint. Default: the service's. */
  readonly apiUrl?: string | undefined
  /** Origin of the web app. Default: the service's. */
  readonly appUrl?: string | undefined
  /** Auth0 tenant. Default: the service's. */
  readonly authUrl?: string | undefined
  /** Whether requests say that they come from the web app's origin, since the service may look at it. @default true */
  readonly sendOrigin?: boolean | undefined
  /**
   * Folder of `.tokens.json` and the like, shared safely by several processes; `false` keeps everything in
   * memory. Default: the working directory where there are credentials or a refresh token, else memory.
   */
  readonly dataDir?: string | false | undefined
  /** Distance between requests. */
  readonly politeness?: PolitenessOptions | undefined
  /** How failed reads are repeated, and transfers that certainly were not made. */
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
  /** What to log in with. */
  readonly credentials?: Credentials | undefined
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

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"])

const isLoopback = (host: string) => LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host)

/** A sentence about an address that secrets must not be sent to; `undefined` for a good one. */
const problemWithUrl = (name: string, value: string): string | undefined => {
  if (!URL.canParse(value)) return `${name} must be an address, such as https://app.getsequence.io`
  const url = new URL(value)
  if (url.username !== "" || url.password !== "") return `${name} must not hold a user name or password`
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return undefined
  return `${name} must begin with https:// (http:// is only for this machine's own addresses)`
}

interface Range {
  readonly name: string
  readonly value: number | undefined
  readonly integer?: boolean
  readonly least?: number
}

const problemWithNumber = ({ name, value, integer = false, least = 0 }: Range): string | undefined => {
  if (value === undefined) return undefined
  const fits = integer ? Number.isSafeInteger(value) : Number.isFinite(value)
  return fits && value >= least
    ? undefined
    : `${name} must be ${integer ? "a whole number" : "a number"} from ${least} on`
}

/** Names by which a problem tells which option it is about. */
export interface OptionNames {
  readonly apiUrl: string
  readonly appUrl: string
  readonly authUrl: string
  readonly clientId: string
  readonly redirectUri: string
  readonly totp: string
  readonly credentials: string
  readonly databaseUrl: string
}

/** Names of the options where they are written in code. */
const CODE_NAMES: OptionNames = {
  apiUrl: "apiUrl",
  appUrl: "appUrl",
  authUrl: "authUrl",
  clientId: "auth.clientId",
  redirectUri: "auth.redirectUri",
  totp: "credentials.totp",
  credentials: "credentials, accessToken, refreshToken or tokenProvider",
  databaseUrl: "databaseUrl",
}

const problemWithTotp = (options: Options, name: string): string | undefined => {
  const totp = options.credentials?.totp
  if (totp === undefined) return undefined
  const parsed = parseTotp(totp)
  return parsed._tag === "Left" ? `${name}: ${parsed.left}` : undefined
}

/** Whether tokens are got and kept, rather than just handed in. */
export const needsStore = ({ credentials, refreshToken, storedLogin = false }: Options): boolean =>
  credentials !== undefined || refreshToken !== undefined || storedLogin

/** What the login's part of options means, with the defaults filled in. */
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

const problemsWithLogin = (options: Options, names: OptionNames): ReadonlyArray<string | undefined> => {
  const { credentials, accessToken, tokenProvider } = options
  if (tokenProvider !== undefined) return []
  if (!needsStore(options)) {
    return [accessToken === undefined ? `One of ${names.credentials} is needed` : undefined]
  }
  return [
    options.auth?.clientId
      ? undefined
      : `${names.clientId} is needed to log in: the client_id of the web app's /authorize request`,
    credentials !== undefined && credentials.email.trim() === "" ? "The login email is empty" : undefined,
    credentials !== undefined && Redacted.value(credentials.password) === ""
      ? "The login password is empty"
      : undefined,
    problemWithTotp(options, names.totp),
    options.auth?.redirectUri === undefined
      ? undefined
      : problemWithUrl(names.redirectUri, options.auth.redirectUri),
  ]
}

/** Every problem with options; none where they are good. Never holds the value of a secret. */
export const problemsWith = (options: Options, names: OptionNames = CODE_NAMES): ReadonlyArray<string> =>
  [
    ...problemsWithLogin(options, names),
    options.apiUrl === undefined ? undefined : problemWithUrl(names.apiUrl, options.apiUrl),
    options.appUrl === undefined ? undefined : problemWithUrl(names.appUrl, options.appUrl),
    options.authUrl === undefined ? undefined : problemWithUrl(names.authUrl, options.authUrl),
    options.databaseUrl === undefined
      ? undefined
      : problemWithDatabase(names.databaseUrl, Redacted.value(options.databaseUrl)),
    problemWithNumber({ name: "politeness.minDelay", value: options.politeness?.minDelay }),
    problemWithNumber({ name: "politeness.jitter", value: options.politeness?.jitter }),
    problemWithNumber({
      name: "politeness.maxWaiting",
      value: options.politeness?.maxWaiting,
      integer: true,
      least: 1,
    }),
    problemWithNumber({ name: "retry.times", value: options.retry?.times, integer: true }),
    problemWithNumber({ name: "retry.baseDelay", value: options.retry?.baseDelay }),
    problemWithNumber({ name: "retry.maxDelay", value: options.retry?.maxDelay }),
    problemWithNumber({ name: "timeout", value: options.timeout, least: 1 }),
    problemWithNumber({ name: "attemptTimeout", value: options.attemptTimeout, least: 1 }),
    problemWithNumber({ name: "maxAge", value: options.maxAge }),
  ].filter((problem) => problem !== undefined)
