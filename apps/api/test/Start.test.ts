import { spawn } from "node:child_process"
import { once } from "node:events"
import { rm } from "node:fs/promises"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { ask, newFolder } from "./support.js"

const START = fileURLToPath(new URL("../bin/start.js", import.meta.url))

const begin = (folder: string, variables: Record<string, string> = {}) =>
  spawn(process.execPath, [START], {
    cwd: folder,
    env: { PATH: process.env.PATH, SEQUENCE_SERVER_PORT: "0", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  })

describe("npm start", () => {
  it("serves a sandbox on loopback, with a key that it prints, where there is no account", async () => {
    const folder = await newFolder()
    const child = begin(folder, { SEQUENCE_MAX_TRANSFER_CENTS: "5000" })
    let key = ""
    const address = await new Promise<string>((resolve, reject) => {
      child.once("exit", () => reject(new Error("it ended")))
      createInterface(child.stdout).on("line", (line) => {
        key ||= /X-API-Key: (\S+)/.exec(line)?.[1] ?? ""
        const found = /"host":"([^"]+)","port":(\d+)/.exec(line)
        if (found !== null) resolve(`${found[1]}:${found[2]}`)
      })
    })
    expect(address).toMatch(/^127\.0\.0\.1:/)
    const reply = await ask(`http://${address}/api/pods`, { headers: { "x-api-key": key } })
    expect(reply.status).toBe(200)
    expect(reply.headers.get("x-sequence-sandbox")).toBe("true")
    const exited = once(child, "exit")
    child.kill("SIGTERM")
    expect(await exited).toEqual([0, null])
    await rm(folder, { recursive: true })
  })

  it("wants the whole account where one variable of it is set", async () => {
    const folder = await newFolder()
    const child = begin(folder, { SEQUENCE_ORG_ID: "org" })
    let complaint = ""
    child.stderr.on("data", (text) => {
      complaint += text
    })
    expect(await once(child, "close")).toEqual([1, null])
    for (const name of ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD", "SEQUENCE_KYC_ID", "SEQUENCE_API_KEY"]) {
      expect(complaint).toContain(name)
    }
    await rm(folder, { recursive: true })
  })
})
