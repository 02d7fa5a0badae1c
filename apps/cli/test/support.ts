/**
 * The command against a sandbox over HTTP: in a process of its own, as a person or a script starts it, or in the
 * test's process, which takes a fraction of the time. `Run.test.ts` shows that both give the same.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { EventEmitter } from "node:events"
import { mkdtemp, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { type Sandbox, type SandboxOptions, startSandbox } from "tsequence-sandbox"
import { expect } from "vitest"
import { run } from "../src/Run.js"

const MAIN = fileURLToPath(new URL("../bin/tsequence.js", import.meta.url))

/** The result of a command. */
export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** A command on its way. */
interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly output: () => string
  readonly errors: () => string
  /** Waits until it has written something, on either output. */
  readonly says: (text: string) => Promise<void>
}

const watch = (child: ChildProcess): Running => {
  let [output, errors] = ["", ""]
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk
  })
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk
  })
  child.stdin?.on("error", () => {})
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => resolve({ code, output, errors })),
  )
  return {
    child,
    ended,
    output: () => output,
    errors: () => errors,
    says: async (text) => {
      await expect.poll(() => output + errors).toContain(text)
    },
  }
}

/** An output that keeps what is written to it. */
const collect = () => {
  let text = ""
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}

/** Runs a command in this process, with an empty input and without a terminal. */
const runHere = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<Ended> => {
  const [output, errors] = [collect(), collect()]
  const signals = new EventEmitter()
  const code = await run({
    args,
    env,
    stdin: Readable.from([]),
    stdout: output.stream,
    stderr: errors.stream,
    on: (name, listener) => signals.on(name, listener),
    exit: (reached) => {
      throw new Error(`it ended the process, with ${reached}`)
    },
  })
  return { code, output: output.text(), errors: errors.text() }
}

/** A folder, a sandbox, and commands that run with both. */
export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly environment: Record<string, string>
  /** Starts it as a process. */
  readonly start: (args: ReadonlyArray<string>, environment?: Record<string, string>) => Running
  /** Runs it in this process. */
  readonly run: (args: ReadonlyArray<string>, environment?: Record<string, string>) => Promise<Ended>
  /** Runs it as a process. */
  readonly runProcess: World["run"]
  /** Runs it with its output in a file. */
  readonly into: (file: string, args: ReadonlyArray<string>) => Promise<Ended>
  /** Runs it in a terminal of this many columns. Both outputs come as one. */
  readonly terminal: (
    args: ReadonlyArray<string>,
    columns?: number,
    environment?: Record<string, string>,
  ) => Running
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export const makeWorld = async (options: SandboxOptions = {}): Promise<World> => {
  const sandbox = await startSandbox(options)
  const folder = await mkdtemp(join(tmpdir(), "tsequence-cli-"))
  const environment = {
    PATH: process.env.PATH ?? "",
    ...sandbox.env,
    SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
    SEQUENCE_DATA_DIR: folder,
    SEQUENCE_MIN_DELAY_MS: "0",
    SEQUENCE_JITTER_MS: "0",
  }
  const start: World["start"] = (args, more = {}) =>
    watch(
      spawn(process.execPath, [MAIN, ...args], {
        env: { ...environment, ...more },
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    )
  return {
    sandbox,
    folder,
    environment,
    start,
    run: (args, more) => runHere(args, { ...environment, ...more }),
    runProcess: (args, more) => start(args, more).ended,
    into: async (file, args) => {
      await using output = await open(file, "w")
      const child = spawn(process.execPath, [MAIN, ...args], {
        env: environment,
        cwd: folder,
        stdio: ["ignore", output.fd, "pipe"],
      })
      return watch(child).ended
    },
    terminal: (args, columns = 120, more = {}) => {
      const command = [process.execPath, MAIN, ...args].map(quote).join(" ")
      // util-linux's script gives the command a terminal of its own.
      const inside = `stty cols ${columns} rows 40; exec ${command}`
      return watch(
        spawn("script", ["--quiet", "--return", "--command", inside, "/dev/null"], {
          env: { ...environment, TERM: "xterm", SHELL: "/bin/sh", ...more },
          cwd: folder,
          stdio: ["pipe", "pipe", "pipe"],
        }),
      )
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
