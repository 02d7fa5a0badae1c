/** Runs the bot in a process of its own until it is told to stop. */
import { Effect, Either } from "effect"
import type { Environment } from "tsequence/app"
import * as Config from "./config/Config.js"
import { startBot } from "./Program.js"

const giveUp = (problem: string): never => {
  process.stderr.write(`tsequence-bot: ${problem}\n`)
  process.exit(1)
}

/** Runs until SIGTERM or SIGINT; ends the process with 1 where the configuration or the token does not fit. */
export const run = async (environment: Environment): Promise<void> => {
  const read = await Effect.runPromise(Effect.either(Config.read(environment)))
  if (Either.isLeft(read)) return giveUp(read.left.message)
  const bot = startBot(read.right)
  const stop = (): void => {
    void bot.stop().then(() => process.exit(0))
  }
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
  void bot.failed.then(giveUp)
}
