/** `tsequence login`: gets a token, checks that the service takes it, keeps it, and says what belongs into the environment. */
import { resolve } from "node:path"
import { Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import { AuthenticationError } from "tsequence"
import { Login, Organizations, Sequence, TokenStore } from "tsequence/effect"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"
import * as Methods from "./Methods.js"
import * as Run from "./Run.js"
import { checkProxy, type LoginOptions } from "./Values.js"

const options = {
  ...common,
  browser: Options.boolean("browser").pipe(
    Options.withDescription("Log in in a window that opens: for captchas, passkeys and first-timers"),
  ),
  browserPath: Options.text("browser-path").pipe(
    Options.withDescription("Program file of the browser; else Chrome, Edge or Chromium is looked for"),
    Options.optional,
  ),
  paste: Options.boolean("paste").pipe(
    Options.withDescription("Print the address, and take what the login ended in"),
  ),
}

type Given = Command.Command.ParseConfig<typeof options>

const logIn = (
  session: Session.Service,
  given: Given,
  environment: NodeJS.ProcessEnv,
): Promise<Methods.LoggedIn> => {
  checkProxy(environment)
  if (given.browser) return Methods.byBrowser(session, environment, Option.getOrUndefined(given.browserPath))
  if (given.paste) return Methods.byPaste(session, environment)
  return Methods.byPassword(session, environment)
}

type Found = ReadonlyArray<Organizations.Organization>

/** Reads what the token gives access to; `undefined` where the service cannot be asked now. */
const look = async (
  session: Session.Service,
  { options: { credentials: _, ...rest }, got }: Methods.LoggedIn,
): Promise<Found | undefined> => {
  const client =
    got === undefined ? { ...rest, storedLogin: true } : { ...rest, accessToken: got.accessToken }
  const all = Effect.flatMap(Organizations.Organizations, (organizations) => organizations.all())
  try {
    return await Run.run(session, Effect.provide(all, Sequence.layer(client)))
  } catch (thrown) {
    if (thrown instanceof AuthenticationError || Exit.isAbort(thrown)) throw thrown
    session.screen.note(`The token could not be tried: ${Text.plain(Exit.judge(thrown).message)}`)
    return undefined
  }
}

/** Keeps the token, and tells when it ends. */
const keep = async (session: Session.Service, { options, got }: Methods.LoggedIn): Promise<Date> => {
  const { dataDir } = options
  await Run.withStore(session, dataDir, Login.saveTokens(options, got))
  const load = Effect.flatMap(TokenStore.TokenStore, (store) => store.load)
  const tokens = await Run.withStore(session, dataDir, load)
  return new Date(tokens?.expiresAt ?? 0)
}

type Values = ReadonlyArray<readonly [name: string, value: string | undefined]>

const authorizeValues = ({ auth }: LoginOptions): Values => [
  ["SEQUENCE_AUTH0_CLIENT_ID", auth.clientId],
  ["SEQUENCE_AUTH0_REDIRECT_URI", auth.redirectUri],
  ["SEQUENCE_AUTH0_AUDIENCE", auth.audience],
  ["SEQUENCE_AUTH0_SCOPE", auth.scope],
  ["SEQUENCE_AUTH0_RESPONSE_TYPE", auth.responseType],
]

const only = <A>(values: ReadonlyArray<A>): A | undefined => (values.length === 1 ? values[0] : undefined)

const ids = (found: Found): Values => {
  const organization = only(found)
  return [
    ["SEQUENCE_ORG_ID", organization?.organizationId],
    ["SEQUENCE_KYC_ID", organization === undefined ? undefined : only(organization.kycIds)],
  ]
}

/** As shells and env files both read it. */
const assignment = (name: string, value: string): string =>
  `${name}=${/^[\w@%+:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`

const tellChoices = ({ screen }: Session.Service, found: Found): void => {
  if (only(found) !== undefined && found.every(({ kycIds }) => kycIds.length === 1)) return
  screen.note("Choose SEQUENCE_ORG_ID and SEQUENCE_KYC_ID yourself, among:")
  for (const { organizationId, kycIds, pods } of found) {
    const names = pods.map(({ name }) => Text.plain(name)).slice(0, 3)
    screen.note(
      `  ${Text.plain(organizationId)} with ${kycIds.map(Text.plain).join(", ") || "no KYC"} (${names.join(", ")})`,
    )
  }
}

const tell = async (
  session: Session.Service,
  given: Given,
  { options }: Methods.LoggedIn,
  result: { readonly expiresAt: Date; readonly found: Found | undefined },
): Promise<void> => {
  const { screen } = session
  const { found = [], expiresAt } = result
  const values = [...authorizeValues(options), ...ids(found)].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Text.plain(value)] as const],
  )
  if (given.json) {
    const organizations = found.map(({ organizationId, kycIds }) => ({ organizationId, kycIds }))
    const environment = Object.fromEntries(values)
    const isTried = result.found !== undefined
    return screen.line(Text.json({ expiresAt, isTried, environment, organizations }))
  }
  screen.note(
    screen.style.green(`Logged in. The token lasts until ${Text.time(expiresAt)}; it is in`) +
      ` ${resolve(options.dataDir, ".tokens.json")}`,
  )
  if (result.found !== undefined) tellChoices(session, found)
  screen.note("For the environment:")
  for (const [name, value] of values) await screen.line(assignment(name, value))
}

const SEEDS = ["SEQUENCE_ACCESS_TOKEN", "SEQUENCE_REFRESH_TOKEN"]

const warnOfSeeds = ({ screen }: Session.Service, environment: NodeJS.ProcessEnv): void => {
  for (const name of SEEDS.filter((one) => (environment[one] ?? "") !== "")) {
    screen.note(screen.style.yellow(`${name} is set, and may be used instead of this login: unset it.`))
  }
}

/** Warns if the environment names an account: a browser login does not tell whose token it got. */
const warnOfAccount = ({ screen }: Session.Service, environment: NodeJS.ProcessEnv): void => {
  if ((environment.SEQUENCE_EMAIL ?? "") === "") return
  screen.note(
    screen.style.yellow(
      "SEQUENCE_EMAIL is set: programs take this login for that account's. Be sure that it is.",
    ),
  )
}

const introduce = ({ screen }: Session.Service, environment: NodeJS.ProcessEnv): void =>
  screen.note(`Its user is ${environment.SEQUENCE_EMAIL} with the password ${environment.SEQUENCE_PASSWORD}`)

export const login = Command.make("login", options, (given) =>
  Session.perform(given, async (session) => {
    if (given.browser && given.paste) throw new Exit.UsageError("Give one of --browser and --paste.")
    const byPerson = given.browser || given.paste
    const body = async (environment: NodeJS.ProcessEnv): Promise<Exit.Code> => {
      if (given.sandbox && byPerson) introduce(session, environment)
      const loggedIn = await logIn(session, given, environment)
      const found = await look(session, loggedIn)
      const expiresAt = await keep(session, loggedIn)
      await tell(session, given, loggedIn, { expiresAt, found })
      if (!given.sandbox) warnOfSeeds(session, environment)
      if (!given.sandbox && byPerson) warnOfAccount(session, environment)
      return Exit.CODES.done
    }
    // A person has no means to make the sandbox's one-time codes.
    const sandbox = byPerson ? { login: { mfa: "none" as const } } : {}
    return Session.withEnvironment(session, given.sandbox, body, sandbox)
  }),
).pipe(Command.withDescription("Log in, keep the token, and print the values for the environment"))
