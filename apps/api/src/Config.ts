/** The server's settings, read from the environment. All problems are reported at once, and never a secret. */
import { Effect, type LogLevel, LogLevel as LogLevels, Redacted } from "effect"
import { type Environment, EnvReader } from "tsequence/app"
import { ConfigError, readLimits, Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import type * as Connections from "./http/Connections.js"
import type * as Telemetry from "./Telemetry.js"

/** The settings of the server. */
export interface ServerConfig {
  readonly environment: Environment
  readonly apiKey: Redacted.Redacted<string>
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Database that replicas share. Default: files in `dataDir`. */
  readonly databaseUrl: Redacted.Redacted<string> | undefined
  readonly logLevel: LogLevel.LogLevel
  readonly client: NonNullable<Parameters<typeof Sequence.layerEnv>[0]>
  readonly safeguards: Safeguards.Options
  readonly telemetry: Telemetry.Options
  /** Bounds for the connections of its clients. */
  readonly connections: Connections.Limits
  readonly isSandbox: boolean
  /** Warnings for the operator; none of them stops the server. */
  readonly warnings: ReadonlyArray<string>
}

const SHORT_KEY = 16
const POLITE_DELAY = 1_500
const LOG_LEVELS: Readonly<Record<"debug" | "info" | "warn" | "error", LogLevel.LogLevel>> = {
  debug: LogLevels.Debug,
  info: LogLevels.Info,
  warn: LogLevels.Warning,
  error: LogLevels.Error,
}

const readTelemetry = (reader: EnvReader): Telemetry.Options => {
  const endpoint = reader.address("OTEL_EXPORTER_OTLP_ENDPOINT", {
    example: "http://localhost:4318",
    allowHttp: true,
  })
  const pairs = (reader.text("OTEL_EXPORTER_OTLP_HEADERS") ?? "").split(",").flatMap((pair) => {
    const [name = "", ...value] = pair.split("=")
    return name.trim() === "" ? [] : [[name.trim(), value.join("=").trim()]]
  })
  const serviceName = reader.text("OTEL_SERVICE_NAME") ?? "tsequence-api"
  return { endpoint, serviceName, headers: Object.fromEntries(pairs) }
}

const readApiKey = (reader: EnvReader): Redacted.Redacted<string> => {
  if (!reader.isSet("SEQUENCE_API_KEY")) {
    reader.problems.push("SEQUENCE_API_KEY is not set: what the header X-API-Key must hold")
  }
  return Redacted.make(reader.token("SEQUENCE_API_KEY") ?? "")
}

const readLogLevel = (reader: EnvReader): LogLevel.LogLevel =>
  LOG_LEVELS[reader.oneOf("SEQUENCE_LOG_LEVEL", ["debug", "info", "warn", "error"]) ?? "info"]

const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000)

const DAY = 86_400
const SECONDS = { unit: "seconds", least: 0, most: DAY }
const PORTS = { least: 0, most: 65_535 }
const MILLISECONDS = { unit: "milliseconds", least: 0, most: DAY }

const warningsFor = (key: Redacted.Redacted<string>, isSandbox: boolean, minInterval: number | undefined) => [
  ...(Redacted.value(key).length < SHORT_KEY
    ? [`SEQUENCE_API_KEY is shorter than ${SHORT_KEY} characters: only a sandbox takes such a key`]
    : []),
  ...(!isSandbox && minInterval !== undefined && minInterval < POLITE_DELAY
    ? [`SEQUENCE_MIN_DELAY_MS is below ${POLITE_DELAY}: the service may take offence`]
    : []),
]

/** Thousands of guesses a second are answered, so the length of a key has to do. */
const problemsOfKey = (key: Redacted.Redacted<string>, isSandbox: boolean): ReadonlyArray<string> => {
  const { length } = Redacted.value(key)
  if (isSandbox || length === 0 || length >= SHORT_KEY) return []
  return [
    `SEQUENCE_API_KEY must have at least ${SHORT_KEY} characters, because it can move money; make one with: openssl rand -hex 24`,
  ]
}

/** The default for a whole call of the SDK. */
const TIMEOUT = 120_000

/** A connection may be silent a little longer than a call may take. */
const connectionsOf = (reader: EnvReader, timeout = TIMEOUT): Connections.Limits => ({
  keepAliveTimeout: milliseconds(
    reader.whole("SEQUENCE_SERVER_KEEP_ALIVE_SECONDS", { unit: "seconds", least: 1, most: DAY }),
  ),
  maxConnections: reader.whole("SEQUENCE_SERVER_MAX_CONNECTIONS", {
    unit: "connections",
    least: 1,
    most: 65_535,
  }),
  idleTimeout: timeout + 10_000,
})

const serviceOf = (address: string | undefined): string =>
  address !== undefined && URL.canParse(address) ? Safeguards.serviceOf(address) : "sequence"

/** The SDK's own problems, such as a missing login. */
const problemsOfClient = (client: ServerConfig["client"], environment: Environment) =>
  Effect.scoped(Effect.void.pipe(Effect.provide(Sequence.layerEnv(client, environment)))).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchAll((error) => Effect.succeed(error.problems)),
  )

/** Reads the environment; fails with every problem that it has. */
export const read = (environment: Environment): Effect.Effect<ServerConfig, ConfigError> =>
  Effect.gen(function* () {
    const reader = new EnvReader(environment)
    const apiKey = readApiKey(reader)
    const minInterval = reader.whole("SEQUENCE_MIN_DELAY_MS", MILLISECONDS)
    const timeout = milliseconds(reader.whole("SEQUENCE_TIMEOUT_SECONDS", { ...SECONDS, least: 1 }))
    const address = reader.text("SEQUENCE_DATABASE_URL")
    const databaseUrl = address === undefined ? undefined : Redacted.make(address)
    const client: ServerConfig["client"] = {
      databaseUrl,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      rateLimit: { minInterval: minInterval, jitter: reader.whole("SEQUENCE_JITTER_MS", MILLISECONDS) },
      maxAge: milliseconds(reader.whole("SEQUENCE_MAX_AGE_SECONDS", SECONDS)),
      timeout,
    }
    const service = serviceOf(reader.text("SEQUENCE_API_URL"))
    const safeguards: Safeguards.Options = {
      dataDir: client.dataDir,
      databaseUrl,
      ...readLimits(reader),
      service,
      timeout,
    }
    const configuration: ServerConfig = {
      environment,
      apiKey,
      host: reader.text("SEQUENCE_SERVER_HOST") ?? "0.0.0.0",
      port: reader.whole("SEQUENCE_SERVER_PORT", PORTS) ?? 8720,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      databaseUrl,
      logLevel: readLogLevel(reader),
      client,
      safeguards,
      telemetry: readTelemetry(reader),
      connections: connectionsOf(reader, timeout),
      isSandbox: service === "sandbox",
      warnings: warningsFor(apiKey, service === "sandbox", minInterval),
    }
    // Both read some variables, and say the same of them.
    const problems = [
      ...new Set([...(yield* problemsOfClient(client, environment)), ...reader.problems]),
      ...problemsOfKey(apiKey, service === "sandbox"),
    ]
    return problems.length > 0 ? yield* Effect.fail(new ConfigError(problems)) : configuration
  })
