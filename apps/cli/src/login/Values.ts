/** The values of a login: environment variables, and a person's answers for those that are missing. */
import { Redacted } from "effect"
import { ConfigError } from "tsequence"
import { EnvProxy } from "tsequence/app"
import { DEFAULT_ADDRESSES, type Options } from "tsequence/effect"
import * as Session from "../Session.js"

type Environment = NodeJS.ProcessEnv

/** Options of a client, of which those are known that a login needs. */
export type LoginOptions = Options & { readonly dataDir: string; readonly auth: NonNullable<Options["auth"]> }

/** Reads one variable of a login: a password as it is, anything else without the white space around it. */
const get = (environment: Environment, name: string): string | undefined =>
  Session.readVariables(environment, (reader) =>
    name === "SEQUENCE_PASSWORD" ? reader.password(name) : reader.text(name),
  )

/** Reads what the environment says, without anything to log in with. */
export const read = (environment: Environment): LoginOptions => ({
  ...Session.readVariables(environment, (reader) => ({
    apiUrl: reader.address("SEQUENCE_API_URL"),
    appUrl: reader.address("SEQUENCE_APP_URL"),
    authUrl: reader.address("SEQUENCE_AUTH_URL"),
    dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
    auth: {
      clientId: reader.word("SEQUENCE_AUTH0_CLIENT_ID"),
      redirectUri: reader.address("SEQUENCE_AUTH0_REDIRECT_URI"),
      audience: reader.word("SEQUENCE_AUTH0_AUDIENCE"),
      scope: reader.text("SEQUENCE_AUTH0_SCOPE"),
      responseType: reader.oneOf("SEQUENCE_AUTH0_RESPONSE_TYPE", ["token", "code"]),
    },
  })),
  rateLimit: Session.rateLimit(environment),
})

/** Refuses a proxy that is not used, before a password goes past it. */
export const checkProxy = (environment: Environment): void => {
  const { authUrl = DEFAULT_ADDRESSES.authUrl, apiUrl = DEFAULT_ADDRESSES.apiUrl } = read(environment)
  const problem = EnvProxy.problemWithProxy(environment, [authUrl, apiUrl])
  if (problem !== undefined) throw new ConfigError([problem])
}

interface Question {
  readonly name: string
  readonly text: string
  readonly isSecret?: boolean
  readonly isOptional?: boolean
}

const CLIENT_ID: Question = {
  name: "SEQUENCE_AUTH0_CLIENT_ID",
  text: "Client id of the web app's /authorize request (tsequence login --browser finds it): ",
}

const PERSON: ReadonlyArray<Question> = [
  { name: "SEQUENCE_EMAIL", text: "Email: " },
  { name: "SEQUENCE_PASSWORD", text: "Password: ", isSecret: true },
  {
    name: "SEQUENCE_TOTP",
    text: "One-time code, or its secret (empty: none is asked for): ",
    isSecret: true,
    isOptional: true,
  },
]

const nobody = (missing: ReadonlyArray<Question>) =>
  new ConfigError(
    missing.map(
      ({ name }) => `${name} is not set, and nobody can be asked for it here: set it, or use a terminal`,
    ),
  )

/** Reads variables, and asks for those that are missing. */
const gather = async (
  { ask, interrupts }: Session.Service,
  environment: Environment,
  questions: ReadonlyArray<Question>,
): Promise<(name: string) => string | undefined> => {
  const answers = new Map<string, string>()
  const missing = questions.filter(({ name }) => get(environment, name) === undefined)
  for (const [index, { name, text, isSecret = false, isOptional = false }] of missing.entries()) {
    const answer = (await ask(text, { isSecret }))?.trim()
    interrupts.signal.throwIfAborted()
    if (answer === undefined) {
      const needed = missing.slice(index).filter((one) => one.isOptional !== true)
      if (needed.length === 0) break
      throw nobody(needed)
    }
    if (answer === "" && !isOptional) throw new ConfigError([`${name} is needed: nothing was given.`])
    if (answer !== "") answers.set(name, answer)
  }
  return (name) => get(environment, name) ?? answers.get(name)
}

const withClientId = (options: LoginOptions, clientId: string | undefined): LoginOptions => ({
  ...options,
  auth: { ...options.auth, clientId },
})

/** Collects the values for a login with a password. */
export const forPassword = async (
  session: Session.Service,
  environment: Environment,
): Promise<LoginOptions> => {
  const options = read(environment)
  const value = await gather(session, environment, [CLIENT_ID, ...PERSON])
  const totp = value("SEQUENCE_TOTP")
  return {
    ...withClientId(options, value("SEQUENCE_AUTH0_CLIENT_ID")),
    credentials: {
      email: value("SEQUENCE_EMAIL") ?? "",
      password: Redacted.make(value("SEQUENCE_PASSWORD") ?? ""),
      totp: totp === undefined ? undefined : Redacted.make(totp),
    },
  }
}

/** Collects the values for a login in the person's own browser. */
export const forPaste = async (session: Session.Service, environment: Environment): Promise<LoginOptions> => {
  const value = await gather(session, environment, [CLIENT_ID])
  return withClientId(read(environment), value("SEQUENCE_AUTH0_CLIENT_ID"))
}
