import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))

const SDK = `
import { Sequence } from "tsequence"
try {
  Sequence.fromEnv()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}`

const BOT = {
  system_prompt: "You help.",
  agent: { model: "claude-test" },
  telegram: { group_id: -1_001_234, users: { 11: "Ada" } },
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "env-proxy-"))
  await writeFile(join(folder, "bot-config.yaml"), JSON.stringify(BOT))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program with what each needs to start, and a proxy that Node does not use. */
const run = (args: ReadonlyArray<string>) => {
  const env = {
    PATH: process.env.PATH,
    HTTPS_PROXY: "http://user:canary@127.0.0.1:9",
    SEQUENCE_ACCESS_TOKEN: "token",
    SEQUENCE_ORG_ID: "org",
    SEQUENCE_KYC_ID: "kyc",
    SEQUENCE_DATA_DIR: folder,
    SEQUENCE_API_KEY: "a-key-that-is-long-enough",
    SEQUENCE_SERVER_HOST: "127.0.0.1",
    SEQUENCE_SERVER_PORT: "0",
    BOT_DATA_DIR: folder,
    TELEGRAM_BOT_TOKEN: "7:abcdefghijklmnopqrstuvwxyzABCDEFGHI",
    ANTHROPIC_API_KEY: "key",
  }
  return new Promise<{ code: unknown; output: string }>((resolve) =>
    execFile(process.execPath, args, { cwd: root, env, timeout: 25_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    ),
  )
}

describe("A proxy of the environment that Node does not use", () => {
  it.concurrent.each([
    ["the SDK", ["--input-type=module", "--eval", SDK], 1],
    ["the server", ["apps/api/bin/main.js"], 1],
    ["the bot", ["apps/bot/bin/main.js"], 1],
    ["the command line", ["apps/cli/bin/tsequence.js", "pods"], 2],
    ["a login by the command line", ["apps/cli/bin/tsequence.js", "login"], 2],
  ] as const)("is refused at the start, in one line that says what to set, by %s", async (_, args, exit) => {
    const { code, output } = await run(args)
    const [line = "", ...others] = output.trim().split("\n")
    expect(line).toMatch(/HTTPS_PROXY names a proxy that is not used: set NODE_USE_ENV_PROXY=1 .* NO_PROXY/)
    expect({ code, others }).toEqual({ code: exit, others: [] })
    expect(output).not.toContain("canary")
  })
})
