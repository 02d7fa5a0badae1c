/** What the server is told by the environment; every problem is said at once, no secret is said at all. */
import { Effect, type LogLevel, LogLevel as LogLevels, Redacted } from "effect"
import { ConfigError, type Environment, Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import type * as Telemetry from "./Telemetry.js"

/** Everything that the server needs to know. */
export interface Configuration {
  readonly environment: Environment
  readonly apiKey: Redacted.Redacted<string>
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Where everything is kept that replicas share; files in `dataDir` where there is none. */
  readonly databaseUrl: Redacted.Redacted<string> | undefined
  readonly logLevel: LogLevel.LogLevel
  readonly client: NonNullable<Parameters<typeof Sequence.layerEnv>[0]>
  readonly safeguards: Safeguards.Options
  readonly telemetry: Telemetry.Options
  readonly isSandbox: boolean
  /** What its owner should know, without stopping the server. */
  readonly warnings: ReadonlyArray<string>
}

const SHORT_KEY = 16
const POLITE_DELAY = 1_500
const LOG_LEVELS: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: LogLevels.Debug,
  info: LogLevels.Info,
  warn: LogLevels.Warning,
  error: LogLevels.Error,
}

/** Reads variables one by one and gathers what is wrong with them. */
class Reader {
  readonly problems: Array<string> = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim()
    return value === "" ? undefined : value
  }

  whole(name: string, unit: string, [least, most]: readonly [number, number]): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    this.problems.push(
      `${name} must be a whole number${unit === "" ? "" : ` of ${unit}`} from ${least} to ${most}`,
    )
    return undefined
  }

  telemetry(): Telemetry.Options {
    const endpoint = this.text("OTEL_EXPORTER_OTLP_ENDPOINT")
    if (
      endpoint !== undefined &&
      !/^https?:$/.test((URL.canParse(endpoint) ? new URL(endpoint) : undefined)?.protocol ?? "")
    ) {
      this.problems.push("OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://localhost:4318")
    }
    const pairs = (this.text("OTEL_EXPORTER_OTLP_HEADERS") ?? "").split(",").flatMap((pair) => {
      const [name = "", ...value] = pair.split("=")
      return name.trim() === "" ? [] : [[name.trim(), value.join("=").trim()]]
    })
    const serviceName = this.text("OTEL_SERVICE_NAME") ?? "tsequence-api"
    return { endpoint, serviceName, headers: Object.fromEntries(pairs) }
  }

  apiKey(): Redacted.Redacted<string> {
    const key = this.#environment.SEQUENCE_API_KEY ?? ""
    if (key === "") this.problems.push("SEQUENCE_API_KEY is not set: what the header X-API-Key must hold")
    else if (!/^[!-~]+$/.test(key)) {
      this.problems.push(
        "SEQUENCE_API_KEY must be letters, digits and signs of ASCII without spaces: no header could carry it",
      )
    }
    return Redacted.make(key)
  }

  logLevel(): LogLevel.LogLevel {
    const level = LOG_LEVELS[(this.text("SEQUENCE_LOG_LEVEL") ?? "info").toLowerCase()]
    if (level === undefined) this.problems.push("SEQUENCE_LOG_LEVEL must be debug, info, warn or error")
    return level ?? LogLevels.Info
  }
}

const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000)

const CENTS = [0, Number.MAX_SAFE_INTEGER] as const
const DAY = 86_400
const PORTS = [0, 65_535] as const

const warningsFor = (key: Redacted.Redacted<string>, isSandbox: boolean, minDelay: number | undefined) => [
  ...(Redacted.value(key).length < SHORT_KEY
    ? [`SEQUENCE_API_KEY is shorter than ${SHORT_KEY} characters: whoever guesses it can move money`]
    : []),
  ...(!isSandbox && minDelay !== undefined && minDelay < POLITE_DELAY
    ? [`SEQUENCE_MIN_DELAY_MS is below ${POLITE_DELAY}: the service may take offence`]
    : []),
]

const serviceOf = (address: string | undefined): string =>
  address !== undefined && URL.canParse(address) ? Safeguards.serviceOf(address) : "sequence"

/** The SDK's own problems, such as a missing login. */
const problemsOfClient = (client: Configuration["client"], environment: Environment) =>
  Effect.scoped(Effect.void.pipe(Effect.provide(Sequence.layerEnv(client, environment)))).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchAll((error) => Effect.succeed(error.problems)),
  )

/** Reads the environment; fails with every problem that it has. */
export const read = (environment: Environment): Effect.Effect<Configuration, ConfigError> =>
  Effect.gen(function* () {
    const reader = new Reader(environment)
    const apiKey = reader.apiKey()
    const minDelay = reader.whole("SEQUENCE_MIN_DELAY_MS", "milliseconds", [0, DAY])
    const timeout = milliseconds(reader.whole("SEQUENCE_TIMEOUT_SECONDS", "seconds", [1, DAY]))
    const address = reader.text("SEQUENCE_DATABASE_URL")
    const databaseUrl = address === undefined ? undefined : Redacted.make(address)
    const client: Configuration["client"] = {
      databaseUrl,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      politeness: { minDelay, jitter: reader.whole("SEQUENCE_JITTER_MS", "milliseconds", [0, DAY]) },
      maxAge: milliseconds(reader.whole("SEQUENCE_MAX_AGE_SECONDS", "seconds", [0, DAY])),
      timeout,
    }
    const service = serviceOf(reader.text("SEQUENCE_API_URL"))
    const safeguards: Safeguards.Options = {
      dataDir: client.dataDir,
      databaseUrl,
      maxTransferCents: reader.whole("SEQUENCE_MAX_TRANSFER_CENTS", "cents", CENTS),
      maxDailyTransferCents: reader.whole("SEQUENCE_MAX_DAILY_TRANSFER_CENTS", "cents", CENTS),
      service,
      timeout,
    }
    const configuration: Configuration = {
      environment,
      apiKey,
      host: reader.text("SEQUENCE_SERVER_HOST") ?? "0.0.0.0",
      port: reader.whole("SEQUENCE_SERVER_PORT", "", PORTS) ?? 8720,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      databaseUrl,
      logLevel: reader.logLevel(),
      client,
      safeguards,
      telemetry: reader.telemetry(),
      isSandbox: service === "sandbox",
      warnings: warningsFor(apiKey, service === "sandbox", minDelay),
    }
    const problems = [...(yield* problemsOfClient(client, environment)), ...reader.problems]
    return problems.length > 0 ? yield* Effect.fail(new ConfigError(problems)) : configuration
  })
