import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { envFileLines, exportLines, readCommand, UsageError, usage } from "../src/CommandLine.js"
import { startSandbox } from "../src/index.js"
import { at, text } from "./support.js"

// The command runs as it is built: a person has no TypeScript at hand.
const MAIN = new URL("../dist/main.js", import.meta.url).pathname

const run = (...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { timeout: 20_000 }, (problem, stdout, stderr) =>
      resolve({ code: problem?.code ?? 0, stdout, stderr }),
    )
  })

const firstOutput = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout?.once("data", (data) => resolve(String(data))))

describe("readCommand", () => {
  it("reads every option", () => {
    const line =
      "--port 0 --host 127.0.0.1 --seed x --latency 5 --organizations 2 --pods 3 --ports 1 --accounts 4 --transfers 9 " +
      "--settle-after 7 --token-life 60 --rotation-leeway 3 --no-refresh-tokens --mfa sms --combined --captcha " +
      "--passkey-enrollment --detect-browser --lock-after 4 --platform --json --write-env f"
    expect(readCommand(line.split(" "))).toEqual({
      help: false,
      format: "json",
      isPlatform: true,
      envFile: "f",
      options: {
        port: 0,
        host: "127.0.0.1",
        seed: "x",
        latency: 5,
        organizations: 2,
        pods: 3,
        ports: 1,
        accounts: 4,
        transfers: 9,
        settleAfter: 7,
        tokenLife: 60,
        rotationLeeway: 3,
        refreshTokens: false,
        login: {
          mfa: "sms",
          combined: true,
          captcha: true,
          passkeyEnrollment: true,
          detectBrowser: true,
          lockAfter: 4,
        },
      },
    })
    for (const flag of line.match(/--[a-z-]+/g) ?? []) expect(usage()).toContain(`${flag} `)
  })

  it.each([["--prot 1"], ["--port"], ["--port x"], ["--port -1"], ["--mfa push"], ["word"]])(
    "refuses %s",
    (line) => {
      expect(() => readCommand(line.split(" "))).toThrow(UsageError)
    },
  )
})

describe("variables", () => {
  it("are quoted for a shell, and plain in a file", () => {
    expect(exportLines({ A: "b & 'c' $d" })).toBe(`export A='b & '\\''c'\\'' $d'\n`)
    expect(envFileLines({ A: "b c" })).toBe("A=b c\n")
  })
})

describe("tsequence-sandbox", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("says where it is, answers, and ends with %s", async (signal) => {
    const child = spawn(process.execPath, [MAIN, "--port", "0", "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    try {
      const said: unknown = JSON.parse(await firstOutput(child))
      const env = await fetch(`${text(at(said, "url"))}/sandbox/env`)
      // The data folder is a matter of who started it, not of the sandbox.
      expect(at(said, "env")).toEqual({ ...Object(await env.json()), SEQUENCE_DATA_DIR: ".sandbox" })
      const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)))
      child.kill(signal)
      expect(await ended).toBe(0)
    } finally {
      child.kill("SIGKILL")
    }
  })

  it("writes the variables to a file that only its owner can read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sandbox-"))
    const file = join(folder, "sandbox.env")
    const child = spawn(process.execPath, [MAIN, "--port", "0", "--write-env", file], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    try {
      expect(await firstOutput(child)).toMatch(
        /^# The sandbox listens at http:\/\/127\.0\.0\.1:\d+\nexport SEQUENCE_EMAIL=/,
      )
      expect(await readFile(file, "utf8")).toMatch(/^SEQUENCE_EMAIL=ada@example\.com\n/)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    } finally {
      child.kill("SIGKILL")
      await rm(folder, { recursive: true, force: true })
    }
  })

  it("complains in one line: a bad flag with 2, a taken port with 1", async () => {
    const bad = await run("--prot", "1")
    expect([bad.code, bad.stdout]).toEqual([2, ""])
    expect(bad.stderr).toMatch(/^tsequence-sandbox: .*--prot.*\n$/)
    const busy = await startSandbox()
    try {
      const taken = await run("--port", new URL(busy.url).port)
      expect(taken.code).toBe(1)
      expect(taken.stderr).toMatch(/^tsequence-sandbox: .*address already in use.*\n$/)
    } finally {
      await busy.close()
    }
  })

  it("shows its help", async () => {
    expect(await run("--help")).toEqual({ code: 0, stdout: usage(), stderr: "" })
  })
})
