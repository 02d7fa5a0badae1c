/** The environment variables that PySequence's users know, read into options. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { TOKENS } from "./auth/TokenFile.js"
import type { Environment } from "./config/EnvReader.js"
import { ConfigError } from "./Errors.js"
import { type OptionNames, type Options, problemsWith } from "./Options.js"

export type { Environment } from "./config/EnvReader.js"

const NAMES: OptionNames = {
  apiUrl: "SEQUENCE_API_URL",
  appUrl: "SEQUENCE_APP_URL",
  authUrl: "SEQUENCE_AUTH_URL",
  clientId: "SEQUENCE_AUTH0_CLIENT_ID",
  redirectUri: "SEQUENCE_AUTH0_REDIRECT_URI",
  totp: "SEQUENCE_TOTP",
  credentials:
    "SEQUENCE_EMAIL with SEQUENCE_PASSWORD and SEQUENCE_TOTP, SEQUENCE_REFRESH_TOKEN, or SEQUENCE_ACCESS_TOKEN",
  databaseUrl: "SEQUENCE_DATABASE_URL",
}

const WHAT_IT_IS: Readonly<Record<string, string>> = {
  SEQUENCE_EMAIL: "the login email",
  SEQUENCE_PASSWORD: "the login password",
  SEQUENCE_TOTP: "the secret that one-time codes are made from",
  SEQUENCE_ORG_ID: "the organization that calls default to",
  SEQUENCE_KYC_ID: "the KYC application that transfers are made for",
  SEQUENCE_AUTH0_CLIENT_ID: "the client_id of the web app's /authorize request",
}

const hasToken = (get: (name: string) => string | undefined): boolean =>
  get("SEQUENCE_ACCESS_TOKEN") !== undefined || get("SEQUENCE_REFRESH_TOKEN") !== undefined

const LOGIN = ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD", "SEQUENCE_TOTP", "SEQUENCE_AUTH0_CLIENT_ID"]

/** The ways out for a reader who has set nothing to log in with. */
const nothingToLogInWith = (absent: ReadonlyArray<string>): string =>
  `There is nothing to log in with. Run \`tsequence login\` (package tsequence-cli), set SEQUENCE_ACCESS_TOKEN, or set ${absent.join(", ")}. To try things without an account, use the sandbox (\`npx tsequence-sandbox\`)`

const missing = (get: (name: string) => string | undefined, loginNeeded: boolean): ReadonlyArray<string> => {
  const absent = (names: ReadonlyArray<string>) => names.filter((name) => get(name) === undefined)
  const tell = (name: string) => `${name} is not set: ${WHAT_IT_IS[name]}`
  const login = loginNeeded ? absent(LOGIN) : []
  return [
    ...(loginNeeded && !namesLogin(get) ? [nothingToLogInWith(login)] : login.map(tell)),
    ...absent(["SEQUENCE_ORG_ID", "SEQUENCE_KYC_ID"]).map(tell),
  ]
}

const parseResponseType = (value: string | undefined): Either.Either<"token" | "code" | undefined, string> =>
  value === undefined || value === "token" || value === "code"
    ? Either.right(value)
    : Either.left("SEQUENCE_AUTH0_RESPONSE_TYPE must be token or code")

const secret = (value: string | undefined) => (value === undefined ? undefined : Redacted.make(value))

const credentialsFrom = (get: (name: string) => string | undefined): Options["credentials"] => {
  const [email, password] = [get("SEQUENCE_EMAIL"), get("SEQUENCE_PASSWORD")]
  if (email === undefined || password === undefined) return undefined
  return { email, password: Redacted.make(password), totp: secret(get("SEQUENCE_TOTP")) }
}

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== ""

const readCents = (environment: Environment, name: string): Either.Either<number | undefined, string> => {
  const value = environment[name]
  if (!isSet(value)) return Either.right(undefined)
  const cents = /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN
  return Number.isSafeInteger(cents)
    ? Either.right(cents)
    : Either.left(`${name} must be a whole number of cents, such as 1000000 for $10,000`)
}

/** Limits of the safeguards, in cents; `undefined` where the environment does not say. */
export interface EnvironmentLimits {
  readonly maxTransferCents: number | undefined
  readonly maxDailyTransferCents: number | undefined
}

/** Reads the limits of the safeguards. */
export const readLimits = (environment: Environment): Either.Either<EnvironmentLimits, ConfigError> => {
  const transfer = readCents(environment, "SEQUENCE_MAX_TRANSFER_CENTS")
  const day = readCents(environment, "SEQUENCE_MAX_DAILY_TRANSFER_CENTS")
  const problems = [transfer, day].flatMap((read) => (Either.isLeft(read) ? [read.left] : []))
  return problems.length > 0
    ? Either.left(new ConfigError(problems))
    : Either.right({
        maxTransferCents: Either.getOrUndefined(transfer),
        maxDailyTransferCents: Either.getOrUndefined(day),
      })
}

// One that is set without the others is a mistake, not the wish to go without.
const namesLogin = (get: (name: string) => string | undefined): boolean =>
  ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD", "SEQUENCE_TOTP"].some((name) => get(name) !== undefined)

/** Whether an earlier login left its tokens in the data folder. */
const holdsLogin = (dataDir: string | false | undefined): boolean =>
  dataDir !== false && existsSync(join(dataDir ?? ".", TOKENS))

/**
 * Reads the `SEQUENCE_…` variables. Empty ones count as not set. Where they name nothing to log in with,
 * the tokens that an earlier login left in the data folder are used.
 *
 * @param overrides - options that win over the environment's; a `tokenProvider` among them makes the login's
 *   variables unnecessary
 * @returns the options, or one `ConfigError` that lists every variable that is missing or malformed
 */
export const read = (
  environment: Environment,
  overrides: Options = {},
): Either.Either<Options, ConfigError> => {
  const get = (name: string): string | undefined => {
    const value = environment[name]
    return isSet(value) ? value : undefined
  }
  const dataDir = overrides.dataDir ?? get("SEQUENCE_DATA_DIR")
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  const isLoginNeeded =
    !hasToken(get) &&
    overrides.tokenProvider === undefined &&
    overrides.accessToken === undefined &&
    overrides.refreshToken === undefined &&
    overrides.credentials === undefined
  const storedLogin = isLoginNeeded && !namesLogin(get) && holdsLogin(dataDir)
  const loginNeeded = isLoginNeeded && !storedLogin
  const responseType = parseResponseType(get("SEQUENCE_AUTH0_RESPONSE_TYPE"))
  const options: Options = {
    credentials: credentialsFrom(get),
    storedLogin,
    accessToken: secret(get("SEQUENCE_ACCESS_TOKEN")),
    refreshToken: secret(get("SEQUENCE_REFRESH_TOKEN")),
    auth: {
      clientId: get("SEQUENCE_AUTH0_CLIENT_ID"),
      redirectUri: get("SEQUENCE_AUTH0_REDIRECT_URI"),
      audience: get("SEQUENCE_AUTH0_AUDIENCE"),
      scope: get("SEQUENCE_AUTH0_SCOPE"),
      responseType: Either.getOrUndefined(responseType),
    },
    organizationId: get("SEQUENCE_ORG_ID"),
    kycId: get("SEQUENCE_KYC_ID"),
    apiUrl: get("SEQUENCE_API_URL"),
    appUrl: get("SEQUENCE_APP_URL"),
    authUrl: get("SEQUENCE_AUTH_URL"),
    dataDir: get("SEQUENCE_DATA_DIR"),
    databaseUrl: secret(get("SEQUENCE_DATABASE_URL")?.trim()),
    ...given,
  }
  const absent = missing((name) => (overridden(name, overrides) ? "" : get(name)), loginNeeded)
  const problems = [
    ...absent,
    ...(Either.isLeft(responseType) ? [responseType.left] : []),
    // What a missing login leads to has been said above.
    ...problemsWith(options, NAMES).filter(
      (problem) => !(loginNeeded && absent.length > 0 && /^One of|is needed to log in/.test(problem)),
    ),
  ]
  return problems.length === 0 ? Either.right(options) : Either.left(new ConfigError(problems))
}

const overridden = (name: string, overrides: Options): boolean =>
  (name === "SEQUENCE_ORG_ID" && overrides.organizationId !== undefined) ||
  (name === "SEQUENCE_KYC_ID" && overrides.kycId !== undefined) ||
  (name === "SEQUENCE_AUTH0_CLIENT_ID" && overrides.auth?.clientId !== undefined)
