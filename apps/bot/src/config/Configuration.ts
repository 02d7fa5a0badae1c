/** What the bot is told by the environment and its config file; every problem is said at once, no secret is. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, type LogLevel, LogLevel as LogLevels, Redacted } from "effect"
import { ConfigError, type Environment, Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import * as ConfigFile from "./ConfigFile.js"

/** Everything that the bot needs to know. */
export interface Configuration {
  readonly environment: Environment
  readonly telegramToken: Redacted.Redacted<string>
  readonly telegramApiRoot: string | undefined
  readonly anthropicApiKey: Redacted.Redacted<string>
  readonly anthropicBaseUrl: string | undefined
  readonly dataDir: string
  readonly logLevel: LogLevel.LogLevel
  readonly client: NonNullable<Parameters<typeof Sequence.layerEnv>[0]>
  readonly safeguards: Safeguards.Options
  readonly file: ConfigFile.ConfigFile
  /** What its owner should know, without stopping the bot. */
  readonly warnings: ReadonlyArray<string>
}

const LOG_LEVELS: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: LogLevels.Debug,
  info: LogLevels.Info,
  warn: LogLevels.Warning,
  error: LogLevels.Error,
}

const DAY = 86_400
const POLITE_DELAY = 1_500
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

const isAddress = (value: string): boolean => {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname))
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

  secret(name: string, meaning: string): Redacted.Redacted<string> {
    const value = this.text(name) ?? ""
    if (value === "") this.problems.push(`${name} is not set: ${meaning}`)
    else if (!/^[!-~]+$/.test(value) || value.includes("/")) {
      this.problems.push(`${name} holds what no such token holds: copy it again, without spaces`)
    }
    return Redacted.make(value)
  }

  address(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined || isAddress(value)) return value
    this.problems.push(`${name} must be an address that begins with https:// (http:// only on this machine)`)
    return undefined
  }

  whole(name: string, unit: string, least: number): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= DAY) return number
    this.problems.push(`${name} must be a whole number of ${unit} from ${least} to ${DAY}`)
    return undefined
  }

  logLevel(): LogLevel.LogLevel {
    const level = LOG_LEVELS[(this.text("SEQUENCE_LOG_LEVEL") ?? "info").toLowerCase()]
    if (level === undefined) this.problems.push("SEQUENCE_LOG_LEVEL must be debug, info, warn or error")
    return level ?? LogLevels.Info
  }
}

const serviceOf = (address: string | undefined): string =>
  address !== undefined && URL.canParse(address) ? Safeguards.serviceOf(address) : "sequence"

/** The SDK's own problems, such as a missing login. */
const problemsOfClient = (client: Configuration["client"], environment: Environment) =>
  Effect.scoped(Effect.void.pipe(Effect.provide(Sequence.layerEnv(client, environment)))).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchAll((error) => Effect.succeed(error.problems)),
  )

/** Reads the config file; one that is missing is a problem like any other. */
const readConfigFile = (path: string): Effect.Effect<ConfigFile.Reading> =>
  Effect.promise(() => readFile(path, "utf8").catch(() => undefined)).pipe(
    Effect.map((text) => {
      const { config, problems, warnings } = ConfigFile.read(text ?? "{}")
      const missing = [
        `There is no config file that can be read at ${path}: copy bot-config.yaml there, or name another with BOT_CONFIG`,
      ]
      const named = problems.map((problem) => `${problem} (in ${path})`)
      return { config, problems: text === undefined ? missing : named, warnings }
    }),
  )

/** Reads the environment and the config file; fails with every problem that they have. */
export const read = (environment: Environment): Effect.Effect<Configuration, ConfigError> =>
  Effect.gen(function* () {
    const reader = new Reader(environment)
    const dataDir = reader.text("BOT_DATA_DIR") ?? "."
    const timeout = reader.whole("SEQUENCE_TIMEOUT_SECONDS", "seconds", 1)
    const minDelay = reader.whole("SEQUENCE_MIN_DELAY_MS", "milliseconds", 0)
    const address = reader.text("SEQUENCE_DATABASE_URL")
    const databaseUrl = address === undefined ? undefined : Redacted.make(address)
    const client: Configuration["client"] = {
      databaseUrl,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      politeness: { minDelay, jitter: reader.whole("SEQUENCE_JITTER_MS", "milliseconds", 0) },
      timeout: timeout === undefined ? undefined : timeout * 1_000,
    }
    const reading = yield* readConfigFile(reader.text("BOT_CONFIG") ?? join(dataDir, "bot-config.yaml"))
    const { safeguards } = reading.config
    const service = serviceOf(reader.text("SEQUENCE_API_URL"))
    const configuration: Configuration = {
      environment,
      telegramToken: reader.secret("TELEGRAM_BOT_TOKEN", "the token that @BotFather gave"),
      telegramApiRoot: reader.address("TELEGRAM_API_ROOT"),
      anthropicApiKey: reader.secret("ANTHROPIC_API_KEY", "the key for the Claude agent"),
      anthropicBaseUrl: reader.address("ANTHROPIC_BASE_URL"),
      dataDir,
      logLevel: reader.logLevel(),
      client,
      safeguards: {
        dataDir,
        databaseUrl,
        style: "bot",
        service,
        maxTransferCents: safeguards.maxTransferCents,
        maxDailyTransferCents: safeguards.maxDailyTransferCents,
        stagedFor: safeguards.pendingTransferTtl,
        timeout: client.timeout,
      },
      file: reading.config,
      warnings: [
        ...reading.warnings,
        ...(service === "sequence" && minDelay !== undefined && minDelay < POLITE_DELAY
          ? [`SEQUENCE_MIN_DELAY_MS is below ${POLITE_DELAY}: the service may take offence`]
          : []),
      ],
    }
    const problems = [
      ...(yield* problemsOfClient(client, environment)),
      ...reader.problems,
      ...reading.problems,
    ]
    return problems.length > 0 ? yield* Effect.fail(new ConfigError(problems)) : configuration
  })
