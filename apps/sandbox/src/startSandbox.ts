/** Composes a sandbox of its parts: it wires, and decides nothing. */
import { isIPv6 } from "node:net"
import type { Application } from "./auth/Authorize.js"
import { Guard } from "./auth/Guard.js"
import { Tokens } from "./auth/Tokens.js"
import { Transactions } from "./auth/Transactions.js"
import { applyEdit, decodeEdits } from "./data/Edits.js"
import type { OrganizationRecord, UserRecord } from "./data/Model.js"
import { seed } from "./data/Seed.js"
import { World } from "./data/World.js"
import { decodeFaults } from "./faults/DecodeFault.js"
import { Faults } from "./faults/Faults.js"
import { type GraphQLApi, makeGraphQLApi } from "./graphql/GraphQLApi.js"
import { connection } from "./graphql/TransferViews.js"
import { answerControl } from "./http/ControlApi.js"
import { RequestLog } from "./http/RequestLog.js"
import { listen, type ServerParts } from "./http/Server.js"
import { type Clock, makeClock } from "./internal/Clock.js"
import { makeRandom, type Random } from "./internal/Random.js"
import { Ledger } from "./money/Ledger.js"
import { type Opening, takeSnapshot } from "./money/LedgerSnapshot.js"
import { Payments } from "./money/Payments.js"
import { readSettings, type SandboxOptions, type Settings } from "./Options.js"
import { PLATFORM_PATH } from "./platform/Paths.js"
import { PlatformApi } from "./platform/PlatformApi.js"
import { answerRoute, type RouteParts } from "./Routes.js"
import type { Sandbox } from "./Sandbox.js"

interface Core {
  readonly settings: Settings
  readonly clock: Clock
  readonly world: World
  readonly ledger: Ledger
  readonly payments: Payments
  readonly user: UserRecord
  readonly home: OrganizationRecord
  readonly opening: Opening
  readonly tokens: Tokens
  readonly faults: Faults
  readonly log: RequestLog
  readonly guard: Guard
  readonly application: Application
  readonly platform: PlatformApi
}

const AUDIENCE = "https://api.sequence-sandbox.example"

/** Makes everything but the server; `url` is known only once that listens. */
const makeCore = (settings: Settings, url: () => string): Core => {
  const clock = makeClock(settings.now)
  const world = new World(makeRandom(settings.seed, "world"))
  const ledger = new Ledger()
  const payments = new Payments(world, ledger, settings.settleAfter)
  const user = seed(world, ledger, payments, settings, clock.now())
  const [home] = world.organizationsOf(user)
  if (home === undefined) throw new RangeError("the user needs an organization")
  const { tokenLife, rotationLeeway, login } = settings
  return {
    platform: new PlatformApi({ settings, clock, world, ledger, payments, home }),
    settings,
    clock,
    world,
    ledger,
    payments,
    user,
    home,
    opening: { balances: ledger.balances(), lines: ledger.journal.length },
    tokens: new Tokens(world, clock, { tokenLife, rotationLeeway, issuer: url }),
    faults: new Faults(),
    log: new RequestLog(),
    guard: new Guard(clock, login),
    application: makeApplication(makeRandom(settings.seed, "application"), url),
  }
}

const makeApplication = (random: Random, url: () => string): Application => ({
  clientId: random.uuid().replaceAll("-", ""),
  audience: AUDIENCE,
  get redirectUris() {
    return [`${url()}/`, url()]
  },
})

const makeEnvironment = ({ user, home, application }: Core, url: string): Record<string, string> => ({
  SEQUENCE_EMAIL: user.email,
  SEQUENCE_PASSWORD: user.password,
  SEQUENCE_TOTP: user.totpSecret,
  SEQUENCE_ORG_ID: home.id,
  SEQUENCE_KYC_ID: home.kyc.id,
  SEQUENCE_AUTH0_CLIENT_ID: application.clientId,
  SEQUENCE_AUTH0_REDIRECT_URI: `${url}/`,
  SEQUENCE_AUTH0_AUDIENCE: application.audience,
  SEQUENCE_API_URL: `${url}/api/graphql`,
  SEQUENCE_APP_URL: url,
  SEQUENCE_AUTH_URL: url,
})

const makePlatformEnvironment = ({ platform }: Core, url: string): Record<string, string> => ({
  SEQUENCE_PLATFORM_API_KEY: platform.createKey({ name: "environment" }).key,
  SEQUENCE_PLATFORM_API_URL: `${url}${PLATFORM_PATH}`,
})

const makeRouteParts = (core: Core, graphql: GraphQLApi, url: () => string): RouteParts => ({
  settings: core.settings.login,
  refreshTokens: core.settings.refreshTokens,
  transactions: new Transactions(core.clock),
  guard: core.guard,
  users: core.world.users,
  clock: core.clock,
  application: core.application,
  tokens: core.tokens,
  graphql,
  platform: core.platform,
  url,
})

const makeServerParts = (core: Core, url: () => string, sandbox: () => Sandbox): ServerParts => {
  const { tokens, clock, faults, log, settings, platform } = core
  const graphql = makeGraphQLApi({ ...core, pageOf: connection }, (authorization) =>
    tokens.authenticate(authorization),
  )
  const routes = makeRouteParts(core, graphql, url)
  return {
    faults,
    log,
    latency: settings.latency,
    now: clock.now,
    tokenId: (authorization) => platform.keyIdOf(authorization) ?? tokens.idOf(authorization),
    operationName: ({ method, path, body }) =>
      path === "/api/graphql" ? graphql.operationName(body) : platform.operationName(method, path),
    expireTokens: () => tokens.expireAll(),
    route: (request, plan) => answerRoute(request, plan, routes),
    control: (request) => answerControl(request, sandbox()),
  }
}

/** Throws what a decoder found wrong, where it found something. */
const decoded = <Value>(value: readonly Value[] | string): readonly Value[] => {
  if (typeof value === "string") throw new RangeError(value)
  return value
}

const makeSandbox = (core: Core, url: string, close: () => Promise<void>): Sandbox => {
  const { clock, tokens, faults, log, guard, payments, user, application, platform } = core
  const grant = {
    user,
    clientId: application.clientId,
    scope: "openid profile email offline_access",
    audience: AUDIENCE,
  }
  return {
    url,
    env: makeEnvironment(core, url),
    platformEnv: makePlatformEnvironment(core, url),
    platform: {
      createKey: (options) => platform.createKey(options),
      revokeKey: (id) => platform.revokeKey(id),
      idOf: (id) => platform.idOf(id),
    },
    now: clock.now,
    advance: clock.advance,
    issueTokens: ({ expiresIn } = {}) => {
      const issued = tokens.issue(grant, true, expiresIn)
      return { ...issued, refreshToken: issued.refreshToken ?? "" }
    },
    expireTokens: () => tokens.expireAll(),
    revokeTokens: () => tokens.revokeAll(),
    ledger: () => {
      const now = clock.now()
      payments.settle(now)
      return takeSnapshot(core, core.opening, user.id, now)
    },
    faults: (spec) => faults.add(decoded(decodeFaults(spec))),
    clearFaults: () => faults.clear(),
    waitingFaults: () => faults.waiting(),
    requests: () => log.all(),
    clearRequests: () => log.clear(),
    update: (edit) => {
      payments.settle(clock.now())
      return decoded(decodeEdits(edit)).map((one) => applyEdit(one, core))
    },
    unblock: () => guard.unblockAll(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const originOf = (host: string, port: number): string => {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/** Makes a function that runs once, however often it is called. */
const once = (run: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  return () => {
    running ??= run()
    return running
  }
}

/**
 * Starts a sandbox: GraphQL, login pages and web app of a service that exists only in this process. Fails with a
 * `RangeError` for options that make no sense, and with Node's own error where the port is taken.
 *
 * @example
 * const sandbox = await startSandbox({ seed: 7, settleAfter: 0 })
 * const sequence = Sequence.fromEnv({}, sandbox.env)
 * await sandbox.close()
 */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const settings = readSettings(options)
  let url = ""
  let made: Sandbox | undefined
  const core = makeCore(settings, () => url)
  const own = (): Sandbox => {
    if (made === undefined) throw new Error("the sandbox is not ready yet")
    return made
  }
  const { port, close } = await listen(
    makeServerParts(core, () => url, own),
    settings.port,
    settings.host,
  )
  url = originOf(settings.host, port)
  made = makeSandbox(core, url, once(close))
  return made
}
