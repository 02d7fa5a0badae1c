/** The environment variables that PySequence's users know, read into options. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { TOKENS } from "../auth/TokenFileCodec.js"
import { problemWithDatabaseUrl, sentences } from "../config/checks.js"
import { problemWithProxy } from "../config/EnvProxy.js"
import { type Environment, EnvReader } from "../config/EnvReader.js"
import { ConfigError } from "../Errors.js"
import { BASE_URL } from "../platform/PlatformHttp.js"
import { DEFAULTS, type OptionNames, type Options, problemsWithLogin, problemsWithValues } from "./Options.js"

export type { Environment } from "../config/EnvReader.js"

const NAMES: OptionNames = {
  clientId: "SEQUENCE_AUTH0_CLIENT_ID",
  totp: "SEQUENCE_TOTP",
  apiKey: "SEQUENCE_PLATFORM_API_KEY",
  credentials:
    "SEQUENCE_PLATFORM_API_KEY, SEQUENCE_EMAIL with SEQUENCE_PASSWORD and SEQUENCE_TOTP, SEQUENCE_REFRESH_TOKEN, or SEQUENCE_ACCESS_TOKEN",
}

/** The variables of a login with the password: one that is missing is most likely forgotten. */
const NEEDED: Readonly<Record<string, string>> = {
  SEQUENCE_EMAIL: "the login email",
  SEQUENCE_PASSWORD: "the login password",
  SEQUENCE_TOTP: "the secret that one-time codes are made from",
  SEQUENCE_AUTH0_CLIENT_ID: "the client_id of the web app's /authorize request",
  SEQUENCE_ORG_ID: "the organization that calls default to",
  SEQUENCE_KYC_ID: "the KYC application that transfers are made for",
}

const isOverridden = (name: string, { auth, organizationId, kycId }: Options): boolean =>
  (name === "SEQUENCE_AUTH0_CLIENT_ID" && auth?.clientId !== undefined) ||
  (name === "SEQUENCE_ORG_ID" && organizationId !== undefined) ||
  (name === "SEQUENCE_KYC_ID" && kycId !== undefined)

const LOGIN = ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD", "SEQUENCE_TOTP", "SEQUENCE_AUTH0_CLIENT_ID"]

/** The ways out for a reader who has set nothing to log in with. */
const nothingToLogInWith = (absent: ReadonlyArray<string>): string =>
  `There is nothing to log in with. Run \`tsequence login\` (package tsequence-cli), set SEQUENCE_ACCESS_TOKEN, or set ${absent.join(", ")}. To try things without an account, use the sandbox (\`npx tsequence-sandbox\`)`

const missing = (reader: EnvReader, overrides: Options): ReadonlyArray<string> => {
  const absent = Object.keys(NEEDED).filter((name) => !reader.isSet(name) && !isOverridden(name, overrides))
  const tell = (name: string) => `${name} is not set: ${NEEDED[name]}`
  if (namesLogin(reader)) return absent.map(tell)
  const ofLogin = absent.filter((name) => LOGIN.includes(name))
  return [nothingToLogInWith(ofLogin), ...absent.filter((name) => !LOGIN.includes(name)).map(tell)]
}

const secret = (value: string | undefined) => (value === undefined ? undefined : Redacted.make(value))

const readCredentials = (reader: EnvReader): Options["credentials"] => {
  const email = reader.word("SEQUENCE_EMAIL")
  const password = reader.password("SEQUENCE_PASSWORD")
  const totp = secret(reader.text("SEQUENCE_TOTP"))
  return email === undefined || password === undefined
    ? undefined
    : { email, password: Redacted.make(password), totp }
}

const readDatabaseUrl = (reader: EnvReader): Options["databaseUrl"] => {
  const name = "SEQUENCE_DATABASE_URL"
  const url = reader.text(name)
  const problem = url === undefined ? undefined : problemWithDatabaseUrl(name, url)
  if (problem === undefined) return secret(url)
  reader.problems.push(problem)
  return undefined
}

/** Reads the values of the web app's `/authorize` request. */
const readAuth = (reader: EnvReader): NonNullable<Options["auth"]> => ({
  clientId: reader.word("SEQUENCE_AUTH0_CLIENT_ID"),
  redirectUri: reader.address("SEQUENCE_AUTH0_REDIRECT_URI"),
  audience: reader.word("SEQUENCE_AUTH0_AUDIENCE"),
  scope: reader.text("SEQUENCE_AUTH0_SCOPE"),
  responseType: reader.oneOf("SEQUENCE_AUTH0_RESPONSE_TYPE", ["token", "code"]),
})

const readPlatform = (reader: EnvReader): Options["platform"] => {
  const baseUrl = reader.address("SEQUENCE_PLATFORM_API_URL")
  return baseUrl === undefined ? undefined : { baseUrl }
}

/** Limits of the safeguards, in cents; `undefined` for one that the environment does not set. */
export interface EnvironmentLimits {
  readonly maxTransferCents: number | undefined
  readonly maxDailyTransferCents: number | undefined
}

const CENTS = { unit: "cents", least: 0, most: Number.MAX_SAFE_INTEGER, example: "1000000 for $10,000" }

/** Reads the limits of the safeguards (`SEQUENCE_MAX_TRANSFER_CENTS`, `SEQUENCE_MAX_DAILY_TRANSFER_CENTS`). */
export const readLimits = (reader: EnvReader): EnvironmentLimits => ({
  maxTransferCents: reader.whole("SEQUENCE_MAX_TRANSFER_CENTS", CENTS),
  maxDailyTransferCents: reader.whole("SEQUENCE_MAX_DAILY_TRANSFER_CENTS", CENTS),
})

/** Names the limits that are set, for a client that would ignore them. */
export const limitsSet = (environment: Environment): ReadonlyArray<string> => {
  const { maxTransferCents, maxDailyTransferCents } = readLimits(new EnvReader(environment))
  return [
    ...(maxTransferCents === undefined ? [] : ["SEQUENCE_MAX_TRANSFER_CENTS"]),
    ...(maxDailyTransferCents === undefined ? [] : ["SEQUENCE_MAX_DAILY_TRANSFER_CENTS"]),
  ]
}

// One that is set without the others is a mistake, not the wish to go without.
const namesLogin = (reader: EnvReader): boolean =>
  ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD", "SEQUENCE_TOTP"].some((name) => reader.isSet(name))

/** Tells if an earlier login left its tokens in the data folder. */
const holdsLogin = (dataDir: string | false | undefined): boolean =>
  dataDir !== false && existsSync(join(dataDir ?? ".", TOKENS))

const hasWayIn = (reader: EnvReader, overrides: Options): boolean =>
  reader.isSet("SEQUENCE_PLATFORM_API_KEY") ||
  overrides.apiKey !== undefined ||
  reader.isSet("SEQUENCE_ACCESS_TOKEN") ||
  reader.isSet("SEQUENCE_REFRESH_TOKEN") ||
  overrides.tokenProvider !== undefined ||
  overrides.accessToken !== undefined ||
  overrides.refreshToken !== undefined ||
  overrides.credentials !== undefined
/** Options of reading an environment. */
export interface ReadOptions {
  /** True if requests go through the caller's own `fetch`, which handles proxies itself. @default false */
  readonly hasOwnFetch?: boolean | undefined
}

/** The addresses that a client sends requests to. */
const addressesOf = (options: Options) =>
  options.apiKey === undefined ? loginAddresses(options) : [options.platform?.baseUrl ?? BASE_URL]

const loginAddresses = ({ apiUrl, authUrl, credentials, refreshToken, storedLogin }: Options) => [
  apiUrl ?? DEFAULTS.apiUrl,
  ...(credentials !== undefined || refreshToken !== undefined || storedLogin === true
    ? [authUrl ?? DEFAULTS.authUrl]
    : []),
]

/**
 * Reads the `SEQUENCE_…` variables. Blank ones count as not set. If they name nothing to log in with, the tokens
 * that an earlier login left in the data folder are used. Organization and KYC id are needed beside email and
 * password only: a client that starts from a token finds them if the login has one of each.
 *
 * @param overrides - options that win over the environment's; a `tokenProvider` among them makes the login's
 *   variables unnecessary
 * @returns the options, or one `ConfigError` that lists every variable that is missing or malformed
 */
export const read = (
  environment: Environment,
  overrides: Options = {},
  { hasOwnFetch = false }: ReadOptions = {},
): Either.Either<Options, ConfigError> => {
  const reader = new EnvReader(environment)
  const dataDir = reader.text("SEQUENCE_DATA_DIR")
  const isLoginNeeded = !hasWayIn(reader, overrides)
  const storedLogin = isLoginNeeded && !namesLogin(reader) && holdsLogin(overrides.dataDir ?? dataDir)
  const absent = isLoginNeeded && !storedLogin ? missing(reader, overrides) : []
  const options: Options = {
    credentials: readCredentials(reader),
    apiKey: secret(reader.token("SEQUENCE_PLATFORM_API_KEY")),
    platform: readPlatform(reader),
    storedLogin,
    accessToken: secret(reader.token("SEQUENCE_ACCESS_TOKEN")),
    refreshToken: secret(reader.token("SEQUENCE_REFRESH_TOKEN")),
    auth: readAuth(reader),
    organizationId: reader.word("SEQUENCE_ORG_ID"),
    kycId: reader.word("SEQUENCE_KYC_ID"),
    apiUrl: reader.address("SEQUENCE_API_URL"),
    appUrl: reader.address("SEQUENCE_APP_URL"),
    authUrl: reader.address("SEQUENCE_AUTH_URL"),
    dataDir,
    databaseUrl: readDatabaseUrl(reader),
    ...Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)),
  }
  // A malformed limit is a mistake even for a client that has no safeguards.
  readLimits(reader)
  const soFar = [...absent, ...reader.problems]
  const problems = [
    ...soFar,
    ...sentences([hasOwnFetch ? undefined : problemWithProxy(environment, addressesOf(options))]),
    // Follows from what has been said already, if anything has.
    ...(soFar.length > 0 ? [] : problemsWithLogin(options, NAMES)),
    ...problemsWithValues(options, NAMES),
  ]
  return problems.length === 0 ? Either.right(options) : Either.left(new ConfigError(problems))
}
