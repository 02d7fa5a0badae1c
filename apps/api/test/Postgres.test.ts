/** Three servers, as processes of their own, over one database: what is promised for files holds here. */
import { rm } from "node:fs/promises"
import { Effect } from "effect"
import { Sequence } from "tsequence"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import {
  CANARY,
  describeWithPostgres,
  type Postgres,
  startPostgres,
} from "../../../sdk/test/support/postgres.js"
import { Config, startServer } from "../src/index.js"
import { type ServerProcess, startProcess } from "./processes.js"
import { clientOf, environmentFor, newFolder, type Reply, twoPods } from "./support.js"

/** Kills of whole servers are for the campaign; the ordinary run kills the same steps in `sdk/test/postgres/crash.test.ts`. */
const ROUNDS = Number(process.env.CAMPAIGN_TRIALS ?? 0)
const AMOUNT = 1_000

/** For whom a dead server's transfers are old after a moment. */
const IMPATIENT = {
  heartbeat: 50,
  deadAfter: 500,
  attemptTimeout: 100,
  reconcileSchedule: [0, 100, 200],
  notFoundAfter: 500,
  minReadInterval: 100,
  recoveryInterval: 100,
}

interface Ready {
  readonly unresolved?: ReadonlyArray<{ readonly status: string }>
}

describeWithPostgres("three servers on one database", () => {
  let postgres: Postgres
  let sandbox: Sandbox
  let folder: string
  let address: string
  const servers: Array<ServerProcess> = []

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())
  beforeEach(async () => {
    sandbox = await startSandbox()
    folder = await newFolder()
    address = (await postgres.newDatabase())()
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await server.end("SIGKILL")
      expect(server.output.join("\n")).not.toContain(CANARY)
    }
    await sandbox.close()
    await rm(folder, { recursive: true })
  })

  const environment = (variables: Record<string, string> = {}): Record<string, string> => ({
    ...environmentFor(sandbox, folder),
    SEQUENCE_DATABASE_URL: address,
    SEQUENCE_LOG_LEVEL: "info",
    SEQUENCE_MAX_DAILY_TRANSFER_CENTS: String(10 * AMOUNT),
    ...variables,
  })

  const start = async (count: number, variables?: Record<string, string>) => {
    const started = await Promise.all(
      Array.from({ length: count }, () => startProcess(environment(variables))),
    )
    servers.push(...started)
    return started
  }

  const paid = () => sandbox.ledger().payments.length

  /** Sends a transfer; `undefined` where its server died meanwhile. */
  const send = async (server: ServerProcess | undefined, body: object, headers?: Record<string, string>) => {
    const reply = await server
      ?.post("/api/transfers", { amount_cents: AMOUNT, ...body }, headers)
      .catch(() => undefined)
    expect(reply?.text ?? "").not.toContain(CANARY)
    return reply
  }

  const tally = (replies: ReadonlyArray<Reply | undefined>) => {
    const counts: Record<string, number> = {}
    for (const reply of replies) {
      const name = `${reply?.status ?? "none"} ${reply?.headers.get("x-error-tag") ?? ""}`.trim()
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  /** Reads limits and trail as an operator would. */
  const inspect = async () => {
    const sequence = Sequence.fromEnv({ safeguards: true, logger: false }, environment())
    try {
      const { safeguards } = sequence
      const verification = await safeguards.verifyAudit()
      const completed = await safeguards.getAuditEntries({ event: "transfer_completed" })
      return { verification, completed, limit: await safeguards.getDailyLimit() }
    } finally {
      await sequence.close()
    }
  }

  it("let exactly ten of 300 transfers of a tenth of the limit through, and answer each key once", async () => {
    const three = await start(3)
    const [source_id, destination_id] = await twoPods(sandbox)
    const key = { "idempotency-key": "one of three" }
    const all = () => Promise.all(three.map((server) => send(server, { source_id, destination_id }, key)))
    for (const reply of await all()) expect([200, 409]).toContain(reply?.status)
    const responses = await all()
    expect(tally(responses)).toEqual({ "200": 3 })
    expect(new Set(responses.map((reply) => reply?.text)).size).toBe(1)
    const other = await send(three[1], { source_id, destination_id, amount_cents: 1 }, key)
    expect([other?.status, paid()]).toEqual([422, 1])
    expect(await postgres.sql(address, "select count(*) from tsequence.answers")).toBe("1")

    const replies = await Promise.all(
      Array.from({ length: 300 }, (_, i) => send(three[i % 3], { source_id, destination_id })),
    )
    expect(tally(replies)).toEqual({ "200": 9, "400 DailyLimitError": 291 })
    expect(paid()).toBe(10)
    const { verification, completed, limit } = await inspect()
    expect(verification.problems).toEqual([])
    expect(completed).toHaveLength(10)
    expect(limit).toMatchObject({ spentCents: 10 * AMOUNT, reservedCents: 0, remainingCents: 0 })
  }, 120_000)

  it("renew a token once for all, and keep their distance together, as the service sees it", async () => {
    const three = await start(3, {
      SEQUENCE_MIN_DELAY_MS: "150",
      SEQUENCE_ACCESS_TOKEN: "",
      // Used a second time, it would end every token that came from it.
      SEQUENCE_REFRESH_TOKEN: sandbox.issueTokens().refreshToken,
    })
    const paths = ["/api/pods", "/api/activity?first=1", "/api/activity/summary", "/api/accounts"]
    const askAll = async () => {
      const replies = await Promise.all(three.flatMap(({ get }) => paths.map((path) => get(path))))
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    }
    await askAll()
    sandbox.expireTokens()
    await askAll()
    const seen = sandbox.requests()
    expect(seen.filter(({ path }) => path.startsWith("/oauth/token"))).toHaveLength(2)
    expect(seen.filter(({ path }) => path.startsWith("/authorize"))).toEqual([])
    const asked = seen.filter(({ operation }) => operation !== undefined)
    expect(asked.length).toBeGreaterThan(12)
    for (const [i, { startedAt }] of asked.entries()) {
      const before = asked[i - 1]
      // A server may have read the answer before the sandbox, at work in this process, hears that it has gone out.
      if (before !== undefined) expect(startedAt - (before.endedAt ?? startedAt)).toBeGreaterThanOrEqual(140)
    }
  }, 120_000)

  describe("while the database is away", () => {
    /** Reads go on; a transfer is refused in time, and says why. */
    const refuses = async (server: ServerProcess | undefined, why: RegExp) => {
      const [source_id, destination_id] = await twoPods(sandbox)
      const begun = performance.now()
      const reply = await send(server, { source_id, destination_id })
      expect(performance.now() - begun).toBeLessThan(20_000)
      expect([reply?.status, reply?.headers.get("x-error-tag")]).toEqual([503, "StorageError"])
      expect(reply?.text).toMatch(why)
      expect(Number(reply?.headers.get("retry-after"))).toBeGreaterThan(0)
      expect((await server?.get("/api/pods"))?.status).toBe(200)
      expect((await server?.get("/api/ready"))?.status).toBe(503)
    }

    const works = async (server: ServerProcess | undefined) => {
      const [source_id, destination_id] = await twoPods(sandbox)
      const before = paid()
      const status = async () => (await send(server, { source_id, destination_id }))?.status
      await expect.poll(status, { timeout: 20_000 }).toBe(200)
      expect(paid()).toBe(before + 1)
    }

    it("reads go on and transfers are refused, be it gone, read-only or standing still", async () => {
      const [server] = await start(1)
      await works(server)

      await postgres.crash()
      await refuses(server, /Transfers are refused: Could not (read|write) the database/)
      // One that starts meanwhile can do as much.
      const [late] = await start(1)
      await refuses(late, /Transfers are refused: Could not (read|write) the database/)
      await postgres.start()
      await works(server)
      await works(late)

      const set = async (value: string) => {
        await postgres.sql(address, `alter system set default_transaction_read_only = ${value}`)
        await postgres.sql(address, "select pg_reload_conf()")
        await expect.poll(() => postgres.sql(address, "show default_transaction_read_only")).toBe(value)
      }
      await set("on")
      await refuses(server, /read-only/)
      await set("off")
      await works(server)

      postgres.freeze()
      await refuses(server, /did not answer in time|too many wait/)
      postgres.thaw()
      await works(server)

      const { completed, verification } = await inspect()
      expect([completed.length, paid(), verification.problems]).toEqual([5, 5, []])
    }, 120_000)

    it("a payment that is on its way is answered as the service says, and recorded later", async () => {
      const [server] = await start(1)
      const [source_id, destination_id] = await twoPods(sandbox)
      sandbox.faults({ operation: "CreatePayment", delay: 1_000, act: true })
      const reply = send(server, { source_id, destination_id }, { "idempotency-key": "lost" })
      await expect.poll(() => sandbox.waitingFaults().length).toBe(0)
      await postgres.crash()
      expect((await reply)?.status).toBe(200)
      await postgres.start()
      await expect.poll(async () => (await server?.get("/api/ready"))?.status, { timeout: 20_000 }).toBe(200)
      const { completed, verification } = await inspect()
      expect([completed.length, paid(), verification.problems]).toEqual([1, 1, []])
    }, 60_000)
  })

  /** Runs an impatient server until it knows all that can be known, then inspects the database. */
  const settle = async () => {
    const configuration = await Effect.runPromise(Config.read(environment({ SEQUENCE_LOG_LEVEL: "error" })))
    const safeguards = { ...configuration.safeguards, ...IMPATIENT }
    const server = await startServer({ ...configuration, safeguards })
    const { get } = clientOf(`http://127.0.0.1:${server.port}`)
    try {
      const isSettled = async () => {
        const ready: Ready = JSON.parse((await get("/api/ready")).text)
        return ready.unresolved?.every(({ status }) => status === "not_found")
      }
      await expect.poll(isSettled, { timeout: 60_000, interval: 100 }).toBe(true)
    } finally {
      await server.stop()
    }
    return inspect()
  }

  it.runIf(ROUNDS > 0)(
    "lose no payment and make none twice, whichever is killed, and with a database that crashes under load",
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        address = (await postgres.newDatabase())()
        const before = paid()
        const three = await start(3, { SEQUENCE_TIMEOUT_SECONDS: "12" })
        const [source_id, destination_id] = await twoPods(sandbox)
        const sent = Promise.all(
          Array.from({ length: 45 }, (_, i) =>
            send(three[i % 3], { source_id, destination_id, amount_cents: 100 + i }),
          ),
        )
        const paidMore = (count: number) =>
          expect.poll(() => paid() - before, { timeout: 30_000 }).toBeGreaterThan(count)
        await paidMore(round % 4)
        await three[0]?.end("SIGKILL")
        await paidMore(4 + (round % 7))
        await postgres.crash()
        await postgres.start()
        await three[1]?.end("SIGKILL")
        const replies = await sent
        for (const server of three) await server.end("SIGKILL")
        const accepted = replies.filter((reply) => reply?.status === 200).length
        const { verification, limit } = await settle()
        const payments = sandbox.ledger().payments.slice(before)
        expect(verification.problems).toEqual([])
        expect(payments.length).toBeGreaterThanOrEqual(accepted)
        expect(new Set(payments.map(({ amountCents }) => amountCents)).size).toBe(payments.length)
        expect(limit.spentCents).toBe(payments.reduce((sum, { amountCents }) => sum + amountCents, 0))
        if (ROUNDS > 1) {
          console.log(
            `round ${round + 1} of ${ROUNDS}: ${payments.length} payments, answered`,
            tally(replies),
          )
        }
      }
    },
    180_000 * ROUNDS,
  )
})
