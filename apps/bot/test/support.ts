/**
 * The bot between a sandbox and stand-ins for Telegram and Claude: in a process of its own where it is killed or started
 * again, else in the test's process, where it starts in no time.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Logger } from "effect"
import { type Sandbox, type SandboxOptions, startSandbox } from "tsequence-sandbox"
import * as Config from "../src/config/Config.js"
import { type Parts, parts, startBot } from "../src/Program.js"
import { API_KEY, Claude } from "./standins/claude.js"
import { type Seen, Telegram, TOKEN } from "./standins/telegram.js"

export const ADA = 11
export const BEN = 12
export const STRANGER = 666
export const GROUP = -1_001_234

const MAIN = fileURLToPath(new URL("../bin/main.js", import.meta.url))

const config = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  system_prompt: "You help.",
  agent: { model: "claude-test" },
  telegram: { group_id: GROUP, users: { [ADA]: "Ada", [BEN]: "Ben" }, rate_limit_messages: 1_000 },
  ...more,
})

/** A bot that runs. */
interface Running {
  /** The log of the bot, and in a process all other output. */
  readonly output: () => string
  readonly end: (signal: "SIGKILL" | "SIGTERM") => Promise<void>
}

/** A process of the bot. */
export interface Process extends Running {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
}

export const launch = (environment: Record<string, string>): Process => {
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  child.stdout.on("data", (chunk) => {
    output += String(chunk)
  })
  child.stderr.on("data", (chunk) => {
    output += String(chunk)
  })
  const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)))
  const end: Running["end"] = async (signal) => {
    child.kill(signal)
    await exit
  }
  return { child, output: () => output, exit, end }
}

/** Starts the bot in this process. */
const startHere = async (environment: Record<string, string>): Promise<Running> => {
  const lines: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.map(Logger.jsonLogger, (line) => void lines.push(line)),
  )
  const configuration = await Effect.runPromise(Config.read(environment))
  const bot = startBot(configuration, { ...parts(configuration), logger })
  void bot.failed.then((problem) => lines.push(problem))
  return { output: () => lines.join("\n"), end: bot.stop }
}

/** The parts of a bot test. */
interface World<Bot extends Running> {
  readonly sandbox: Sandbox
  readonly telegram: Telegram
  readonly claude: Claude
  readonly folder: string
  readonly environment: Record<string, string>
  readonly bot: () => Bot
  /** Kills the bot and starts it again. */
  readonly restart: (signal?: "SIGKILL" | "SIGTERM", meanwhile?: () => void) => Promise<void>
  /** Writes to the bot, and waits for what it says next in that chat. */
  readonly ask: (text: string, user?: number, chat?: number, topic?: number) => Promise<Seen>
  /** Lets the model stage a transfer for a user, and waits for its buttons. */
  readonly stage: (
    input?: Record<string, unknown>,
    user?: number,
    chat?: number,
    topic?: number,
  ) => Promise<Seen>
  /** Waits until a message of the bot says something. */
  readonly says: (message: Seen, text: string, chat?: number) => Promise<Seen>
  readonly trail: () => Promise<ReadonlyArray<Record<string, unknown>>>
  readonly pods: { readonly main: string; readonly gas: string }
}

export const dataOf = (message: Seen, label: "Confirm" | "Cancel"): string => {
  const button = message.buttons.find(({ text }) => text.includes(label))
  if (button === undefined) throw new Error(`no ${label} under: ${message.text}`)
  return button.data
}

const TRANSFER = { source_name: "Main", destination_name: "Gas", amount_dollars: 20, note: "fuel" }

export const environmentFor = (
  folder: string,
  urls: { readonly telegram: string; readonly claude: string },
  sandbox: Sandbox,
): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  ...sandbox.env,
  SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
  SEQUENCE_DATA_DIR: join(folder, "sdk"),
  SEQUENCE_MIN_DELAY_MS: "0",
  SEQUENCE_JITTER_MS: "0",
  BOT_DATA_DIR: folder,
  TELEGRAM_BOT_TOKEN: TOKEN,
  ANTHROPIC_API_KEY: API_KEY,
  TELEGRAM_API_ROOT: urls.telegram,
  ANTHROPIC_BASE_URL: urls.claude,
})

const worldOf = async <Bot extends Running>(
  sandbox: Sandbox,
  folder: string,
  start: (environment: Record<string, string>) => Bot | Promise<Bot>,
): Promise<World<Bot> & { readonly stop: () => Promise<void> }> => {
  const telegram = await Telegram.start()
  const claude = await Claude.start()
  const [main = "", gas = ""] = sandbox.update([
    { add: "pod", name: "Main", balanceCents: 1_000_000 },
    { add: "pod", name: "Gas", balanceCents: 0 },
  ])
  const urls = { telegram: telegram.url, claude: claude.url }
  const environment = environmentFor(folder, urls, sandbox)
  let bot = await start(environment)
  // A bot that ends unasked would leave every test waiting.
  const polling = async () => {
    const before = telegram.calls.length
    const isPolling = () => telegram.calls.slice(before).some(({ method }) => method === "getUpdates")
    await telegram.until(isPolling, "the bot's first question")
  }
  await polling()
  const next = (chat: number, count: number) =>
    telegram.until(() => telegram.seen(chat)[count], `message ${count + 1} in ${chat}`)
  return {
    sandbox,
    telegram,
    claude,
    folder,
    environment,
    pods: { main, gas },
    bot: () => bot,
    restart: async (signal = "SIGTERM", meanwhile = () => {}) => {
      await bot.end(signal)
      meanwhile()
      bot = await start(environment)
      await polling()
    },
    ask: (text, user = ADA, chat = user, topic) => {
      const count = telegram.seen(chat).length
      telegram.write(text, { user, chat, topic })
      return next(chat, count)
    },
    stage: async (input = {}, user = ADA, chat = user, topic) => {
      claude.script(
        { calls: [["request_transfer", { ...TRANSFER, ...input }]] },
        { text: "It waits for you." },
      )
      const count = telegram.seen(chat).length
      telegram.write("move 20 from main to gas", { user, chat, topic })
      return next(chat, count + 1)
    },
    says: (message, text) =>
      telegram.until(() => (message.text.includes(text) ? message : undefined), `"${text}"`),
    trail: async () =>
      (await readFile(join(folder, ".audit.jsonl"), "utf8"))
        .trim()
        .split("\n")
        .map((line): Record<string, unknown> => JSON.parse(line)),
    stop: async () => {
      await bot.end("SIGKILL")
      await telegram.close()
      await claude.close()
    },
  }
}

interface Options {
  readonly file?: Record<string, unknown>
  readonly sandbox?: SandboxOptions
}

const withWorld = async <Bot extends Running>(
  start: (environment: Record<string, string>) => Bot | Promise<Bot>,
  body: (world: World<Bot>) => Promise<void>,
  { file = {}, sandbox: options = {} }: Options,
): Promise<void> => {
  const sandbox = await startSandbox({ pods: 0, transfers: 20, ...options })
  const folder = await mkdtemp(join(tmpdir(), "tsequence-bot-"))
  await writeFile(join(folder, "bot-config.yaml"), JSON.stringify(config(file)))
  const world = await worldOf(sandbox, folder, start)
  try {
    await body(world)
  } catch (error) {
    if (error instanceof Error) error.message += `\nThe bot said: ${world.bot().output()}`
    throw error
  } finally {
    await world.stop()
    await sandbox.close()
    await rm(folder, { recursive: true })
  }
}

/** Runs a body with a bot in this process, a sandbox and stand-ins of its own. */
export const withBot = (
  body: (world: Omit<World<Running>, "restart">) => Promise<void>,
  options: Options = {},
): Promise<void> => withWorld(startHere, body, options)

/** Runs a body with a bot in a process of its own, which can be killed and started again. */
export const withBotProcess = (
  body: (world: World<Process>) => Promise<void>,
  options: Options = {},
): Promise<void> => withWorld(launch, body, options)

/** The parts of an agent test, with the bot in the test's own process, which starts fast. */
interface Inside {
  readonly sandbox: Sandbox
  readonly telegram: Telegram
  readonly claude: Claude
  /** Stops the bot and starts another. */
  readonly restart: () => Promise<void>
  /** Writes to the bot as Ada, and waits for what it says next. */
  readonly ask: (text: string) => Promise<Seen>
  /** All lines of the log, joined. */
  readonly log: () => string
}

/** Runs a body with a bot in this process, a sandbox and stand-ins of its own. */
export const withBotInside = async (
  body: (inside: Inside) => Promise<void>,
  {
    file = {},
    sandbox: options = {},
    model,
  }: {
    readonly file?: Record<string, unknown>
    readonly sandbox?: SandboxOptions
    /** The model that answers instead of the stand-in for Claude. */
    readonly model?: Parts["model"]
  } = {},
): Promise<void> => {
  const sandbox = await startSandbox({ pods: 2, transfers: 0, ...options })
  const folder = await mkdtemp(join(tmpdir(), "tsequence-bot-"))
  await writeFile(join(folder, "bot-config.yaml"), JSON.stringify(config(file)))
  const [telegram, claude] = await Promise.all([Telegram.start(), Claude.start()])
  const lines: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ message }) => void lines.push(String(message))),
  )
  const urls = { telegram: telegram.url, claude: claude.url }
  const configuration = await Effect.runPromise(Config.read(environmentFor(folder, urls, sandbox)))
  const start = () => startBot(configuration, { ...parts(configuration), ...(model && { model }), logger })
  let bot = start()
  try {
    await body({
      sandbox,
      telegram,
      claude,
      restart: async () => {
        await bot.stop()
        bot = start()
      },
      ask: (text) => {
        const count = telegram.seen(ADA).length
        telegram.write(text, { user: ADA })
        return telegram.until(() => telegram.seen(ADA)[count], `message ${count + 1}`)
      },
      log: () => lines.join("\n"),
    })
  } catch (error) {
    if (error instanceof Error) error.message += `\nThe bot said: ${lines.join("\n")}`
    throw error
  } finally {
    await bot.stop()
    await Promise.all([telegram.close(), claude.close(), sandbox.close()])
    await rm(folder, { recursive: true })
  }
}
