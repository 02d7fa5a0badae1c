#!/usr/bin/env node
/** The command `tsequence-sandbox`: starts a sandbox, says where it is, and runs until it is stopped. */
import { writeFile } from "node:fs/promises"
import { type Command, envFileLines, exportLines, readCommand, UsageError, usage } from "./CommandLine.js"
import { type Sandbox, startSandbox } from "./index.js"

/** Gives the variables that programs need. Tokens of the sandbox must not overwrite those of a real account. */
const variables = (sandbox: Sandbox, { isPlatform }: Command): Record<string, string> => ({
  ...(isPlatform ? sandbox.platformEnv : sandbox.env),
  SEQUENCE_DATA_DIR: ".sandbox",
})

const describe = (sandbox: Sandbox, command: Command): string =>
  command.format === "json"
    ? `${JSON.stringify({ url: sandbox.url, env: variables(sandbox, command) })}\n`
    : `# The sandbox listens at ${sandbox.url}\n${exportLines(variables(sandbox, command))}`

const run = async (command: Command): Promise<void> => {
  const sandbox = await startSandbox(command.options)
  const stop = (): void => {
    void sandbox.close()
  }
  process.once("SIGINT", stop)
  process.once("SIGTERM", stop)
  if (command.envFile !== undefined) {
    await writeFile(command.envFile, envFileLines(variables(sandbox, command)), { mode: 0o600 })
  }
  process.stdout.write(describe(sandbox, command))
}

/** Says in one line what is wrong, without a stack. Gives the exit code. */
const complain = (problem: unknown): number => {
  const isUsage = problem instanceof UsageError || problem instanceof RangeError
  const reason = problem instanceof Error ? problem.message : "unknown problem"
  process.stderr.write(`tsequence-sandbox: ${reason}${isUsage ? " (see --help)" : ""}\n`)
  return isUsage ? 2 : 1
}

try {
  const command = readCommand(process.argv.slice(2))
  if (command.help) process.stdout.write(usage())
  else await run(command)
} catch (problem) {
  process.exit(complain(problem))
}
