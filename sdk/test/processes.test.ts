import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { graphqlRequests } from "./support/connect.js"

const reader = fileURLToPath(new URL("children/reader.mjs", import.meta.url))

/** The time that the sandbox takes to answer, in milliseconds. */
const LATENCY = 30

/** Runs the reader as a process of its own; gives its exit status and what it wrote to standard error. */
const run = (callers: number, env: Record<string, string>) =>
  new Promise<readonly [number | null, string]>((resolve, reject) => {
    const child = spawn(process.execPath, [reader, String(callers)], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    })
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("error", reject)
    child.on("close", (status) => resolve([status, errors]))
  })

describe("processes that share a data folder", () => {
  it("keep their distance from each other's requests, one at a time, and end without being told to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tsequence-processes-"))
    const sandbox = await startSandbox({ latency: LATENCY })
    try {
      const env = {
        ...sandbox.env,
        SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
        SEQUENCE_DATA_DIR: folder,
      }
      const ended = await Promise.all([1, 2, 3, 4].map(() => run(20, env)))
      expect(ended).toEqual(Array.from({ length: 4 }, () => [0, ""]))
      const requests = graphqlRequests(sandbox)
      const gaps = requests
        .slice(1)
        .map(({ startedAt }, i) => startedAt - (requests[i]?.startedAt ?? Number.NaN))
      expect(requests).toHaveLength(80)
      // From one request to the next: the time until the answer, and the distance after it. (When an answer left
      // is noted late on a busy machine; timers may be a millisecond early.)
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(LATENCY + 40 - 2)
    } finally {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
