import { rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Config, startServer } from "../src/index.js"
import * as Processes from "./processes.js"
import { clientOf, environmentFor, KEY, newFolder, twoPods } from "./support.js"

let sandbox: Sandbox
let folder: string
const servers = new Set<Processes.ServerProcess>()

beforeEach(async () => {
  sandbox = await startSandbox()
  folder = await newFolder()
})

afterEach(async () => {
  for (const server of servers) await server.end("SIGKILL")
  servers.clear()
  await sandbox.close()
  await rm(folder, { recursive: true })
})

/** Starts the server in a process of its own, and waits until it listens. */
const startProcess = async (variables: Record<string, string> = {}) => {
  const environment = { ...environmentFor(sandbox, folder), SEQUENCE_LOG_LEVEL: "info", ...variables }
  const server = await Processes.startProcess(environment)
  servers.add(server)
  return server
}

const paid = () => sandbox.ledger().payments.length

describe("kill -9", () => {
  it("leaves the answer under an Idempotency-Key as it was, byte for byte", async () => {
    const [source_id, destination_id] = await twoPods(sandbox)
    const body = { source_id, destination_id, amount_cents: 500 }
    const key = { "idempotency-key": "durable" }
    const before = await startProcess()
    const first = await before.post("/api/transfers", body, key)
    expect(first.status).toBe(200)
    await before.end("SIGKILL")
    const after = await startProcess()
    const second = await after.post("/api/transfers", body, key)
    expect([second.status, second.text]).toEqual([200, first.text])
    expect(second.headers.get("idempotent-replayed")).toBe("true")
    expect((await after.post("/api/transfers", { ...body, amount_cents: 1 }, key)).status).toBe(422)
    await after.end("SIGKILL")
    // Without the cache, the trail alone decides.
    await rm(join(folder, ".idempotency.jsonl"))
    const bare = await startProcess()
    const third = await bare.post("/api/transfers", body, key)
    expect(third.status).toBe(200)
    expect(third.body).toMatchObject({ amount_cents: 500, organization: null })
    expect((await bare.post("/api/transfers", body, key)).text).toBe(third.text)
    expect(paid()).toBe(1)
  })

  it("gives no key free to a server that starts again with its clock 25 hours ahead", async () => {
    const [source_id, destination_id] = await twoPods(sandbox)
    const body = { source_id, destination_id, amount_cents: 500 }
    const key = { "idempotency-key": "clock" }
    const { accessToken } = sandbox.issueTokens({ expiresIn: 30 * 86_400 })
    const start = (hours: number) => {
      const clock = `const now = Date.now; Date.now = () => now() + ${hours * 3_600_000}`
      const preload = `--import=data:text/javascript,${encodeURIComponent(clock)}`
      return startProcess({ SEQUENCE_ACCESS_TOKEN: accessToken, NODE_OPTIONS: preload })
    }
    for (const hours of [0, 25]) {
      const server = await start(hours)
      const reply = await server.post("/api/transfers", body, key)
      expect([reply.status, reply.body]).toMatchObject([200, { amount_cents: 500 }])
      expect(paid()).toBe(1)
      await server.end("SIGKILL")
    }
  })

  it("between sending and answering lets no second payment out under the same key", async () => {
    const [source_id, destination_id] = await twoPods(sandbox)
    const body = { source_id, destination_id, amount_cents: 500 }
    const key = { "idempotency-key": "cut" }
    sandbox.faults({ operation: "CreatePayment", hang: true, act: true })
    const before = await startProcess()
    const lost = before.post("/api/transfers", body, key)
    lost.catch(() => {})
    await expect.poll(paid).toBe(1)
    await before.end("SIGKILL")
    await expect(lost).rejects.toThrow()
    const after = await startProcess()
    const again = await after.post("/api/transfers", body, key)
    expect(again.status).toBe(409)
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(0)
    expect((await after.post("/api/transfers", { ...body, amount_cents: 1 }, key)).status).toBe(422)
    expect(paid()).toBe(1)
  })
})

/** A server in this process, for which what a dead one left is old after half a second. */
const startImpatient = async () => {
  const environment = { ...environmentFor(sandbox, folder), SEQUENCE_TIMEOUT_SECONDS: "1" }
  const configuration = await Effect.runPromise(Config.read(environment))
  const safeguards = {
    ...configuration.safeguards,
    heartbeat: 20,
    deadAfter: 150,
    attemptTimeout: 100,
    reconcileSchedule: [0, 30, 60],
    notFoundAfter: 300,
    minReadInterval: 30,
    recoveryInterval: 30,
  }
  const server = await startServer({ ...configuration, safeguards })
  return { ...clientOf(`http://127.0.0.1:${server.port}`), stop: server.stop }
}

describe("kill -9 between sending and answering", () => {
  it.each([
    ["booked", true, 200, 1],
    ["not booked", false, 400, 0],
  ])(
    "answers 409 until it is known, then what became of it: %s",
    async (_name, act, status, booked) => {
      const [source_id, destination_id] = await twoPods(sandbox)
      const body = { source_id, destination_id, amount_cents: 500 }
      const key = { "idempotency-key": "taken over" }
      sandbox.faults({ operation: "CreatePayment", hang: true, act })
      const before = await startProcess({ SEQUENCE_TIMEOUT_SECONDS: "2" })
      // What is left for the transfer is the payment alone: a login may take a busy machine longer than that.
      await before.get("/api/pods")
      const lost = before.post("/api/transfers", body, key)
      lost.catch(() => {})
      await expect.poll(() => sandbox.waitingFaults().length).toBe(0)
      await before.end("SIGKILL")
      await expect(lost).rejects.toThrow()
      const after = await startImpatient()
      const seen = new Set<number>()
      const settled = async () => {
        const reply = await after.post("/api/transfers", body, key)
        seen.add(reply.status)
        expect([409, 502, status]).toContain(reply.status)
        if (reply.status === 409) expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0)
        return reply.status
      }
      await expect.poll(settled, { timeout: 25_000, interval: 40 }).toBe(status)
      expect(seen).toContain(409)
      const [once, again] = [
        await after.post("/api/transfers", body, key),
        await after.post("/api/transfers", body, key),
      ]
      expect([again.status, again.text]).toEqual([status, once.text])
      if (act) {
        expect(once.headers.get("idempotent-replayed")).toBe("true")
        expect(once.body).toMatchObject({ amount_cents: 500, organization: null })
      } else {
        const detail = "Transfer failed: not found at Sequence; send it again under a new key"
        expect(once.body).toMatchObject({ detail, error: { tag: "TransferRejectedError" } })
      }
      expect((await after.post("/api/transfers", { ...body, amount_cents: 1 }, key)).status).toBe(422)
      expect(paid()).toBe(booked)
      await after.stop()
    },
    30_000,
  )
})

describe("SIGTERM", () => {
  it("lets a transfer that was sent end, and is over within ten seconds", async () => {
    const [source_id, destination_id] = await twoPods(sandbox)
    sandbox.faults({ operation: "CreatePayment", delay: 500 })
    const api = await startProcess()
    const reply = api.post("/api/transfers", { source_id, destination_id, amount_cents: 500 })
    await expect.poll(() => sandbox.waitingFaults().length).toBe(0)
    const startedAt = performance.now()
    expect(await api.end("SIGTERM")).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect((await reply).status).toBe(200)
    expect(paid()).toBe(1)
  })
})

describe("the log", () => {
  it("is JSON with request ids, tells of the login, and holds no secret", async () => {
    const api = await startProcess({ SEQUENCE_ACCESS_TOKEN: "" })
    const reply = await api.get("/api/pods")
    await expect.poll(() => api.output.some((line) => line.includes("Logged in"))).toBe(true)
    await api.end("SIGTERM")
    const text = api.output.join("\n")
    expect(text).toContain(reply.headers.get("x-request-id"))
    for (const secret of [KEY, sandbox.env.SEQUENCE_PASSWORD, sandbox.env.SEQUENCE_TOTP]) {
      expect(secret).toBeTruthy()
      expect(text).not.toContain(secret)
    }
  })
})

describe("the start", () => {
  it("lists every problem at once and ends with 1", async () => {
    const variables = {
      SEQUENCE_API_KEY: "",
      SEQUENCE_SERVER_PORT: "x",
      SEQUENCE_EMAIL: "",
      SEQUENCE_ORG_ID: "",
    }
    const problem: unknown = await startProcess({ ...variables, SEQUENCE_ACCESS_TOKEN: "" }).catch(
      (error: unknown) => error,
    )
    const { message } = problem instanceof Error ? problem : new Error("it started")
    for (const name of Object.keys(variables)) expect(message).toContain(name)
  })

  it("survives a service that is down, and answers 502 until it is back", async () => {
    const api = await startProcess({
      SEQUENCE_API_URL: "http://127.0.0.1:9/graphql",
      SEQUENCE_TIMEOUT_SECONDS: "2",
    })
    expect((await api.get("/api/health")).status).toBe(200)
    expect((await api.get("/api/pods")).status).toBe(502)
  })
})
