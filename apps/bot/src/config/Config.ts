/** The bot's configuration, from the environment and the config file. Reports all problems together, and no secret. */
import { readFile } from "node:fs/promises"
import { globalAgent } from "node:https"
import { join } from "node:path"
import { Effect, type LogLevel, LogLevel as LogLevels, Redacted } from "effect"
import { type Environment, EnvProxy, EnvReader } from "tsequence/app"
import { ConfigError, Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import * as ConfigFile from "./ConfigFile.js"

/** The bot's configuration. */
export interface BotConfig {
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
  /** Warnings for the owner that do not stop the bot. */
  readonly warnings: ReadonlyArray<string>
}

const LOG_LEVELS: Readonly<Record<"debug" | "info" | "warn" | "error", LogLevel.LogLevel>> = {
  debug: LogLevels.Debug,
  info: LogLevels.Info,
  warn: LogLevels.Warning,
  error: LogLevels.Error,
}

const TELEGRAM = "https://api.telegram.org"
const ANTHROPIC = "https://api.anthropic.com"
const DAY = 86_400
const MILLISECONDS = { unit: "milliseconds", least: 0, most: DAY }
const POLITE_DELAY = 1_500

const readKey = (reader: EnvReader, name: string, meaning: string): Redacted.Redacted<string> => {
  if (!reader.isSet(name)) reader.problems.push(`${name} is not set: ${meaning}`)
  const value = reader.token(name) ?? ""
  if (value.includes("/")) reader.problems.push(`${name} holds what no such token holds: copy it again`)
  return Redacted.make(value)
}

const readLogLevel = (reader: EnvReader): LogLevel.LogLevel =>
  LOG_LEVELS[reader.oneOf("SEQUENCE_LOG_LEVEL", ["debug", "info", "warn", "error"]) ?? "info"]

/** The limits of the server and the command line; the bot has its own. */
const unreadLimits = (reader: EnvReader): ReadonlyArray<string> =>
  ["SEQUENCE_MAX_TRANSFER_CENTS", "SEQUENCE_MAX_DAILY_TRANSFER_CENTS"]
    .filter((name) => reader.isSet(name))
    .map((name) => `${name} does not limit the bot: its limits are those under safeguards in the config file`)

const serviceOf = (address: string | undefined): string =>
  address !== undefined && URL.canParse(address) ? Safeguards.serviceOf(address) : "sequence"

/** The SDK's own problems, such as a missing login. */
const problemsOfClient = (client: BotConfig["client"], environment: Environment) =>
  Effect.scoped(Effect.void.pipe(Effect.provide(Sequence.layerEnv(client, environment)))).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchAll((error) => Effect.succeed(error.problems)),
  )

/** Telegram is asked through `node:https`, which uses proxies only if the runtime was started to. */
const telegramUsesProxies = (): boolean =>
  "proxyEnv" in globalAgent.options && globalAgent.options.proxyEnv !== undefined

/** Adds a proxy that Telegram or Claude should be reached through and is not; it is said once. */
const withProxyProblems = (
  { environment, telegramApiRoot, anthropicBaseUrl }: BotConfig,
  problems: ReadonlyArray<string>,
): ReadonlyArray<string> => {
  const problem =
    EnvProxy.problemWithProxy(environment, [telegramApiRoot ?? TELEGRAM], telegramUsesProxies()) ??
    EnvProxy.problemWithProxy(environment, [anthropicBaseUrl ?? ANTHROPIC])
  const isSaid = problems.some((one) => one.includes("names a proxy that is not used"))
  return problem === undefined || isSaid ? problems : [...problems, problem]
}

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
export const read = (environment: Environment): Effect.Effect<BotConfig, ConfigError> =>
  Effect.gen(function* () {
    const reader = new EnvReader(environment)
    const dataDir = reader.text("BOT_DATA_DIR") ?? "."
    const timeout = reader.whole("SEQUENCE_TIMEOUT_SECONDS", { unit: "seconds", least: 1, most: DAY })
    const minInterval = reader.whole("SEQUENCE_MIN_DELAY_MS", MILLISECONDS)
    const address = reader.text("SEQUENCE_DATABASE_URL")
    const databaseUrl = address === undefined ? undefined : Redacted.make(address)
    const client: BotConfig["client"] = {
      databaseUrl,
      dataDir: reader.text("SEQUENCE_DATA_DIR") ?? ".",
      rateLimit: { minInterval: minInterval, jitter: reader.whole("SEQUENCE_JITTER_MS", MILLISECONDS) },
      timeout: timeout === undefined ? undefined : timeout * 1_000,
    }
    const reading = yield* readConfigFile(reader.text("BOT_CONFIG") ?? join(dataDir, "bot-config.yaml"))
    const { safeguards } = reading.config
    const service = serviceOf(reader.text("SEQUENCE_API_URL"))
    const configuration: BotConfig = {
      environment,
      telegramToken: readKey(reader, "TELEGRAM_BOT_TOKEN", "the token that @BotFather gave"),
      telegramApiRoot: reader.address("TELEGRAM_API_ROOT"),
      anthropicApiKey: readKey(reader, "ANTHROPIC_API_KEY", "the key for the Claude agent"),
      anthropicBaseUrl: reader.address("ANTHROPIC_BASE_URL"),
      dataDir,
      logLevel: readLogLevel(reader),
      client,
      safeguards: {
        dataDir,
        databaseUrl,
        style: "bot",
        service,
        maxTransferCents: safeguards.maxTransferCents,
        maxDailyTransferCents: safeguards.maxDailyTransferCents,
        confirmationTimeout: safeguards.pendingTransferTtl,
        timeout: client.timeout,
      },
      file: reading.config,
      warnings: [
        ...reading.warnings,
        ...unreadLimits(reader),
        ...(service === "sequence" && minInterval !== undefined && minInterval < POLITE_DELAY
          ? [`SEQUENCE_MIN_DELAY_MS is below ${POLITE_DELAY}: the service may take offence`]
          : []),
      ],
    }
    // Client and bot read some variables both, and say the same of them.
    const ofVariables = new Set([
      ...withProxyProblems(configuration, yield* problemsOfClient(client, environment)),
      ...reader.problems,
    ])
    const problems = [...ofVariables, ...reading.problems]
    return problems.length > 0 ? yield* Effect.fail(new ConfigError(problems)) : configuration
  })
