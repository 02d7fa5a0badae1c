import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll } from "vitest"

const dist = fileURLToPath(new URL("../dist/", import.meta.url))

let sandbox: Sandbox
let dataDir: string

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 7 })
  dataDir = await mkdtemp(join(tmpdir(), "tsequence-examples-"))
})

afterAll(async () => {
  await sandbox.close()
  await rm(dataDir, { recursive: true, force: true })
})

const start = (
  program: string,
  args: ReadonlyArray<string> = [],
  env: Record<string, string> = {},
): ChildProcess =>
  spawn(process.execPath, [join(dist, `${program}.js`), ...args], {
    env: {
      ...process.env,
      ...sandbox.env,
      SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
      SEQUENCE_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  })

interface Finished {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

const finish = (child: ChildProcess): Promise<Finished> =>
  new Promise((resolve, reject) => {
    let output = ""
    let errors = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("error", reject)
    child.on("close", (exitCode) => resolve({ exitCode, output, errors }))
  })

const _run = (program: string, ...args: ReadonlyArray<string>) => finish(start(program, args))
