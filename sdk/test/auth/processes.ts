/** Runs programs of the tests in processes of their own. */
import { spawn } from "node:child_process"
import * as Effect from "effect/Effect"

/** Runs a program to its end, however that comes, and gives what it printed. */
export const run = (program: string, ...args: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.promise(async () => {
    const started = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    let output = ""
    started.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    await new Promise((resolve) => started.once("close", resolve))
    return output
  })
