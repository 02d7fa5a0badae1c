/** `npm run bot:try`: the bot in a terminal, against a sandbox with made-up money. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Logger } from "effect"
import { startSandbox } from "tsequence-sandbox"
import * as Config from "../config/Config.js"
import { parts, startBot } from "../Program.js"
import * as Rules from "./Rules.js"
import * as Terminal from "./Terminal.js"

const CONFIG = fileURLToPath(new URL("../../../../bot-config.yaml", import.meta.url))

const write = (text: string): void => void process.stdout.write(text)

const sandbox = await startSandbox()
sandbox.update({ add: "pod", name: "Gas", balanceCents: 4_250 })
const folder = await mkdtemp(join(tmpdir(), "tsequence-bot-try-"))
const key = (process.env.ANTHROPIC_API_KEY ?? "").trim()

const configuration = await Effect.runPromise(
  Config.read({
    ...sandbox.env,
    SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
    SEQUENCE_DATA_DIR: folder,
    SEQUENCE_MIN_DELAY_MS: "0",
    SEQUENCE_JITTER_MS: "0",
    BOT_DATA_DIR: folder,
    BOT_CONFIG: CONFIG,
    TELEGRAM_BOT_TOKEN: "none-is-needed",
    ANTHROPIC_API_KEY: key === "" ? "none-is-needed" : key,
    ANTHROPIC_BASE_URL: process.env.ANTHROPIC_BASE_URL,
  }),
)
const [[userId, name] = [1, "You"]] = configuration.file.telegram.users

write(`The bot, in a terminal, with a sandbox for a bank: the money is made up. You are ${name}.\n`)
write(
  key === ""
    ? "ANTHROPIC_API_KEY is not set, so a small stand-in with a few rules answers instead of Claude.\n"
    : `Claude (${configuration.file.agent.model}) answers.\n`,
)
write('Try "how much is in groceries" or "move 20 from main to gas"; Ctrl-D ends.\n')

const stop = async (): Promise<void> => {
  await bot.stop()
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
  write("\n")
  process.exit(0)
}

const bot = startBot(configuration, {
  chat: Terminal.layer({ userId, input: process.stdin, write, onEnd: () => void stop() }),
  model: key === "" ? Rules.layer : parts(configuration).model,
  logger: Logger.remove(Logger.defaultLogger),
})
process.once("SIGINT", () => void stop())
void bot.failed.then((problem) => {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
})
