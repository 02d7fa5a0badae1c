/** Puts the server together: client, safeguards, routes, and a port. */
import { Effect, Layer, Logger, LogLevel, ManagedRuntime } from "effect"
import { AccessTokens, MAX_AMOUNT_CENTS, Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import type { ServerConfig } from "./Config.js"
import * as Key from "./http/Key.js"
import * as Metrics from "./http/Metrics.js"
import * as Server from "./http/Server.js"
import * as ResponseCache from "./idempotency/ResponseCache.js"
import { readRoutes } from "./routes/ReadRoutes.js"
import { ownRoutes } from "./routes/SystemRoutes.js"
import { transferRoute } from "./routes/TransferRoute.js"
import * as Telemetry from "./Telemetry.js"

const MAX_ACTIVE = 1_000

/** Milliseconds that requests under way get when the server stops, and that everything may take. */
const PATIENCE = 5_000
const LAST = 8_000

/** A server that runs. */
export interface RunningServer {
  readonly port: number
  /** Stops within eight seconds: what can be finished is, what was sent is recorded. */
  readonly stop: () => Promise<void>
}

const headersOf = ({ isSandbox }: ServerConfig): Readonly<Record<string, string>> => ({
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  ...(isSandbox && { "x-sequence-sandbox": "true" }),
})

/** Given answers stand where everything else that replicas share does. */
const answersOf = ({ dataDir, databaseUrl }: ServerConfig) =>
  databaseUrl === undefined ? ResponseCache.layer(dataDir) : ResponseCache.layerDatabase(databaseUrl)

/** No limit is above what the service takes at once, so that more is refused by the limit. */
const limited = (options: Safeguards.Options): Safeguards.Options => {
  const { maxTransferCents: limit } = options
  return limit === undefined ? options : { ...options, maxTransferCents: Math.min(limit, MAX_AMOUNT_CENTS) }
}

const layerOf = (configuration: ServerConfig) => {
  const { client, environment, safeguards, logLevel, telemetry } = configuration
  return Layer.merge(Safeguards.layer(limited(safeguards)), answersOf(configuration)).pipe(
    Layer.provideMerge(Sequence.layerEnv(client, environment)),
    Layer.provideMerge(
      Layer.mergeAll(Logger.json, Logger.minimumLogLevel(logLevel), Telemetry.layer(telemetry)),
    ),
  )
}

/** Logs in before anybody asks. A service that is down costs a log line, not the process. */
const logIn = Effect.flatMap(AccessTokens.AccessTokens, (tokens) => tokens.get).pipe(
  Effect.zipRight(Effect.logInfo("Logged in")),
  Effect.catchAll((error) =>
    Effect.logError(
      `Not logged in (${error._tag}): ${error.message} Requests are answered 502 until it works.`,
    ),
  ),
)

/** Starts a server. */
export const startServer = async (configuration: ServerConfig): Promise<RunningServer> => {
  const runtime = ManagedRuntime.make(layerOf(configuration))
  const metrics = Metrics.make()
  const { host } = configuration
  const listening = await Server.start(runtime, {
    ...configuration.connections,
    routes: [...ownRoutes(metrics), ...readRoutes, transferRoute(metrics)],
    isKey: Key.checker(configuration.apiKey),
    metrics,
    maxActive: MAX_ACTIVE,
    isTraced: configuration.telemetry.endpoint !== undefined,
    isLogged: LogLevel.lessThanEqual(configuration.logLevel, LogLevel.Info),
    headers: headersOf(configuration),
    host,
    port: configuration.port,
  })
  const { port } = listening
  await runtime.runPromise(
    Effect.forEach(configuration.warnings, (warning) => Effect.logWarning(warning)).pipe(
      Effect.zipRight(Effect.annotateLogs(Effect.logInfo("Listening"), { host, port })),
    ),
  )
  const login = runtime.runFork(logIn)

  const stopAll = async (): Promise<void> => {
    await listening.stop(PATIENCE)
    login.unsafeInterruptAsFork(login.id())
    await runtime.dispose()
  }
  const stop = async (): Promise<void> => {
    const { promise, timer } = atLast(LAST)
    await Promise.race([stopAll(), promise])
    clearTimeout(timer)
  }
  return { port, stop }
}

const atLast = (milliseconds: number) => {
  let timer: NodeJS.Timeout | undefined
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  return { promise, timer }
}
