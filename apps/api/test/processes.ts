/** Servers as processes of their own, as they run in production. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Api, clientOf } from "./support.js"

const MAIN = fileURLToPath(new URL("../bin/main.js", import.meta.url))

/** None outlives the tests, not even one that never came to listen. */
const children = new Set<ChildProcess>()
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

/** A server that runs in a process of its own. */
export interface ServerProcess extends Pick<Api, "get" | "post"> {
  readonly url: string
  /** The lines that it wrote so far. */
  readonly output: ReadonlyArray<string>
  /** Sends a signal, and waits until it has ended; gives its exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Starts a server, and waits until it listens. Rejects with what it wrote where it ends before. */
export const startProcess = async (environment: Readonly<Record<string, string>>): Promise<ServerProcess> => {
  const env = { PATH: process.env.PATH, SEQUENCE_LOG_LEVEL: "info", ...environment }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] })
  children.add(child)
  const output: Array<string> = []
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", () => reject(new Error(output.join("\n"))))
    createInterface(child.stderr).on("line", (line) => output.push(line))
    createInterface(child.stdout).on("line", (line) => {
      output.push(line)
      const { message, annotations }: { message?: unknown; annotations?: { port?: number } } =
        JSON.parse(line)
      if (message === "Listening" && annotations?.port !== undefined) resolve(annotations.port)
    })
  })
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = once(child, "exit")
    child.kill(signal)
    await exited
    return child.exitCode
  }
  const url = `http://127.0.0.1:${port}`
  return { ...clientOf(url), url, output, end }
}
