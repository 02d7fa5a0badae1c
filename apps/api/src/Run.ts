/** Runs the server in a process of its own until it is told to stop. */
import { Effect, Either } from "effect"
import type { Environment } from "tsequence/app"
import * as Config from "./Config.js"
import { startServer } from "./Program.js"

/** Runs until SIGTERM or SIGINT; ends the process with 1 where the configuration does not fit. */
export const run = async (environment: Environment): Promise<void> => {
  const read = await Effect.runPromise(Effect.either(Config.read(environment)))
  if (Either.isLeft(read)) {
    process.stderr.write(`${read.left.message}\n`)
    process.exit(1)
  }
  const server = await startServer(read.right)
  const stop = (): void => {
    void server.stop().then(() => process.exit(0))
  }
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
}

/** Says in one line why the server could not start, and ends the process. */
export const giveUp = (problem: unknown): never => {
  process.stderr.write(`tsequence-api: ${problem instanceof Error ? problem.message : "could not start"}\n`)
  process.exit(1)
}
