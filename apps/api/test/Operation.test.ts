import { once } from "node:events"
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { Effect, Either } from "effect"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { Config, startServer } from "../src/index.js"
import { ask, environmentFor, KEY, newFolder, twoPods, withApi } from "./support.js"

/** Asks a sandbox something; all that are started alike have the same ids. */
const withSandbox = async <A>(question: (sandbox: Sandbox) => A): Promise<A> => {
  const sandbox = await startSandbox()
  try {
    return question(sandbox)
  } finally {
    await sandbox.close()
  }
}

const read = (environment: Record<string, string>) =>
  Effect.runPromise(Effect.either(Config.read(environment)))

describe("Configuration", () => {
  it("lists every problem at once, without the value of a secret", () =>
    withApi(async ({ environment }) => {
      const bad = {
        SEQUENCE_API_KEY: "canary with spaces",
        SEQUENCE_EMAIL: "",
        SEQUENCE_ACCESS_TOKEN: "",
        SEQUENCE_KYC_ID: " ",
        SEQUENCE_SERVER_PORT: "65536",
        SEQUENCE_MAX_TRANSFER_CENTS: "1e3",
        SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "-1",
        SEQUENCE_LOG_LEVEL: "loud",
        SEQUENCE_TIMEOUT_SECONDS: "0",
        SEQUENCE_SERVER_KEEP_ALIVE_SECONDS: "0",
        SEQUENCE_SERVER_MAX_CONNECTIONS: "0",
      }
      const result = await read({ ...environment, ...bad })
      const problems = Either.isLeft(result) ? result.left.problems : []
      for (const name of Object.keys(bad)) {
        if (name === "SEQUENCE_ACCESS_TOKEN") continue
        expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1)
      }
      expect(problems.join()).not.toContain("canary")
    }))

  it("refuses a key that can be guessed, except against a sandbox", () =>
    withApi(async ({ environment }) => {
      const { SEQUENCE_API_URL: _, ...real } = environment
      const problemsWith = async (key: string, variables: Record<string, string>) => {
        const result = await read({ ...variables, SEQUENCE_API_KEY: key })
        return Either.isLeft(result) ? result.left.problems : []
      }
      const problem = expect.stringMatching(/^SEQUENCE_API_KEY must have at least 16 characters/)
      expect(await problemsWith("a".repeat(15), real)).toEqual([problem])
      expect(await problemsWith("a".repeat(16), real)).toEqual([])
      expect(await problemsWith("a", environment)).toEqual([])
    }))

  it("lets a server that only reads start", () =>
    withApi(async ({ environment }) => {
      const result = await read({ ...environment, SEQUENCE_MAX_TRANSFER_CENTS: "0" })
      expect(Either.isRight(result)).toBe(true)
    }))
})

describe("a connection that waits for its next request", () => {
  it("stays longer than common proxies keep theirs, or as long as its owner says", async () => {
    const keepAlive = async (variables: Record<string, string>) => {
      let told: string | null = null
      await withApi(
        async ({ get }) => {
          told = (await get("/api/health")).headers.get("keep-alive")
        },
        { variables },
      )
      return told
    }
    expect(await keepAlive({})).toBe("timeout=125")
    expect(await keepAlive({ SEQUENCE_SERVER_KEEP_ALIVE_SECONDS: "65" })).toBe("timeout=65")
  })
})

describe("more connections than its owner allows", () => {
  it("are closed", () =>
    withApi(
      async ({ server }) => {
        const first = connect(server.port, "127.0.0.1")
        await once(first, "connect")
        const second = connect(server.port, "127.0.0.1")
        second.on("error", () => {})
        await once(second, "close")
        expect(first.destroyed).toBe(false)
        first.destroy()
      },
      { variables: { SEQUENCE_SERVER_MAX_CONNECTIONS: "1" } },
    ))
})

describe("a full queue", () => {
  it("answers 503 with Retry-After, and health all the same", () =>
    withApi(
      async (api) => {
        api.sandbox.faults({ path: "/api/graphql", delay: 400, times: 1_000 })
        const asked = Array.from({ length: 160 }, (_, index) => api.get(`/api/transfers/none-${index}`))
        await Promise.race(asked)
        expect((await ask(`${api.url}/api/health`)).status).toBe(200)
        const refused = await Promise.race(
          asked.map(async (one) => {
            const reply = await one
            return reply.status === 503 ? reply : new Promise<never>(() => {})
          }),
        )
        expect(refused.headers.get("x-error-tag")).toBe("QueueFullError")
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
        await api.server.stop()
        await Promise.allSettled(asked)
      },
      { variables: { SEQUENCE_MIN_DELAY_MS: "200" } },
    ))
})

describe("a KYC application that the login does not have", () => {
  it("is not ready with the organization's id, and refuses transfers in the service's words", async () => {
    const { SEQUENCE_ORG_ID = "" } = await withSandbox(({ env }) => env)
    await withApi(
      async (api) => {
        const [source_id, destination_id] = await twoPods(api.sandbox)
        const ready = await api.get("/api/ready")
        expect([ready.status, ready.text]).toEqual([503, expect.stringContaining("SEQUENCE_KYC_ID")])
        const reply = await api.post("/api/transfers", { source_id, destination_id, amount_cents: 1 })
        expect([reply.status, reply.headers.get("x-error-tag")]).toEqual([400, "TransferRejectedError"])
        expect(reply.text).toContain("KYC application not found")
        expect(await readFile(`${api.folder}/.audit.jsonl`, "utf8")).toContain("KYC application not found")
        expect(api.sandbox.ledger().payments).toEqual([])
      },
      { variables: { SEQUENCE_KYC_ID: SEQUENCE_ORG_ID } },
    )
  })

  it("is ready with an id that is not listed, asks once, and warns", () =>
    withApi(
      async ({ sandbox, get }) => {
        for (const _ of [1, 2]) {
          const ready = await get("/api/ready")
          expect(ready.status).toBe(200)
          expect(ready.body).toMatchObject({ warnings: [expect.stringContaining("SEQUENCE_KYC_ID")] })
        }
        const reads = sandbox.requests().filter(({ operation }) => operation === "SelectSourceAndDestination")
        expect(reads).toHaveLength(1)
      },
      { variables: { SEQUENCE_KYC_ID: "kyc-other" } },
    ))
})

describe("a folder that cannot be used", () => {
  it("refuses transfers with 503 and is not ready, and sends nothing", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      await mkdir(`${api.folder}/.audit.jsonl`)
      const reply = await api.post("/api/transfers", { source_id, destination_id, amount_cents: 1 })
      expect([reply.status, reply.headers.get("x-error-tag")]).toEqual([503, "StorageError"])
      expect(reply.text).toContain("Transfers are refused")
      expect((await api.get("/api/ready")).status).toBe(503)
      expect(api.sandbox.ledger().payments).toEqual([])
      await rm(`${api.folder}/.audit.jsonl`, { recursive: true })
    }))

  it("costs nothing where only kept answers are torn", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      await writeFile(`${api.folder}/.idempotency.jsonl`, '{"request_id": "to')
      const body = { source_id, destination_id, amount_cents: 1 }
      const first = await api.post("/api/transfers", body, { "idempotency-key": "k" })
      const second = await api.post("/api/transfers", body, { "idempotency-key": "k", "x-api-key": KEY })
      expect([second.status, second.text]).toEqual([200, first.text])
    }))

  it("clears away at start what is older than two days, and what is torn with it", async () => {
    const file = "/.idempotency.jsonl"
    const line = (request_id: string, at: number) =>
      `${JSON.stringify({ request_id, at, status: 200, headers: {}, body: "{}" })}\n`
    const sandbox = await startSandbox()
    const folder = await newFolder()
    const [recent, old] = [line("recent", Date.now() - 3_600_000), line("old", Date.now() - 49 * 3_600_000)]
    await writeFile(folder + file, `${old}${recent}{"request_id": "torn`)
    const configuration = await Effect.runPromise(Config.read(environmentFor(sandbox, folder)))
    const server = await startServer(configuration)
    expect(await readFile(folder + file, "utf8")).toBe(recent)
    expect((await stat(folder + file)).mode & 0o777).toBe(0o600)
    await server.stop()
    await sandbox.close()
    await rm(folder, { recursive: true })
  })
})
