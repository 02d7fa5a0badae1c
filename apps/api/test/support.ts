/** A server over a sandbox, and a client of it that is as plain as can be. */
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { type Sandbox, type SandboxOptions, startSandbox } from "tsequence-sandbox"
import { Config, type RunningServer, startServer } from "../src/index.js"

export const KEY = "a-key-that-is-long-enough"

/** A response, as a test sees it. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** A server that tests can ask. */
export interface Api {
  readonly sandbox: Sandbox
  readonly server: RunningServer
  readonly url: string
  readonly folder: string
  readonly environment: Record<string, string>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Reply>
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Reply>
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends one request. */
export const ask = async (url: string, init: RequestInit = {}): Promise<Reply> => {
  const answer = await fetch(url, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) }
}

export const environmentFor = (sandbox: Sandbox, folder: string): Record<string, string> => ({
  ...sandbox.env,
  // Spares the login, which may have to wait for a fresh one-time code.
  SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
  SEQUENCE_DATA_DIR: folder,
  SEQUENCE_API_KEY: KEY,
  SEQUENCE_SERVER_HOST: "127.0.0.1",
  SEQUENCE_SERVER_PORT: "0",
  SEQUENCE_MIN_DELAY_MS: "0",
  SEQUENCE_JITTER_MS: "0",
  SEQUENCE_LOG_LEVEL: "error",
})

export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "tsequence-api-"))

export const clientOf = (url: string): Pick<Api, "get" | "post"> => ({
  get: (path, headers) => ask(`${url}${path}`, { headers: { "x-api-key": KEY, ...headers } }),
  post: (path, body, headers) =>
    ask(`${url}${path}`, {
      method: "POST",
      headers: { "x-api-key": KEY, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
})

/** Runs a body with a server and a sandbox of its own. */
export const withApi = async (
  run: (api: Api) => Promise<void>,
  {
    variables = {},
    sandbox: options = {},
  }: { variables?: Record<string, string>; sandbox?: SandboxOptions } = {},
): Promise<void> => {
  const sandbox = await startSandbox(options)
  const folder = await newFolder()
  const environment = { ...environmentFor(sandbox, folder), ...variables }
  const server = await startServer(await Effect.runPromise(Config.read(environment)))
  const url = `http://127.0.0.1:${server.port}`
  try {
    await run({ sandbox, server, url, folder, environment, ...clientOf(url) })
  } finally {
    await server.stop()
    await sandbox.close()
    await rm(folder, { recursive: true })
  }
}

/** Two pods of the sandbox, the first with money in it. */
export const twoPods = async (sandbox: Sandbox): Promise<readonly [string, string]> => {
  const suffix = randomUUID().slice(0, 8)
  const [source, destination] = sandbox.update([
    { add: "pod", name: `From ${suffix}`, balanceCents: 10_000_000 },
    { add: "pod", name: `To ${suffix}`, balanceCents: 0 },
  ])
  if (source === undefined || destination === undefined) throw new Error("the sandbox made no pods")
  return [source, destination]
}
