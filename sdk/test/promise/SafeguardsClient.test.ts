import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  ConfigError,
  DailyLimitError,
  Sequence,
  type SequenceOptions,
  StorageError,
  TransferOutcomeUnknownError,
  type TransferRequest,
} from "../../src/index.js"
import { connections, graphqlRequests, twoPods } from "../support/connect.js"

const PAY = "CreatePayment"

let sandbox: Sandbox
let folder: string
const { connect, closeAll } = connections(() => sandbox)
const trailFile = () => join(folder, ".audit.jsonl")
const payments = () => sandbox.ledger().payments

beforeEach(async () => {
  sandbox = await startSandbox({ seed: 7, transfers: 5 })
  folder = mkdtempSync(join(tmpdir(), "tsequence-"))
})

afterEach(async () => {
  await closeAll()
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A client with safeguards, and a transfer of $10 that it can make. */
const guarded = async (options: SequenceOptions = {}) => {
  const client = connect({ dataDir: folder, safeguards: true, ...options })
  const request: TransferRequest = { ...(await twoPods(client, 1_000)), amountCents: 1_000 }
  return { client, request }
}

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" }).format(sandbox.now())

describe("a folder that was taken over from PySequence", () => {
  it.skipIf(process.platform === "win32")(
    "is readable by its owner alone from its first use on",
    async () => {
      const files = [".audit.jsonl", ".daily_limits.json"].map((name) => join(folder, name))
      const [trail = "", limits = ""] = files
      writeFileSync(trail, '{"timestamp": "2026-01-31T15:00:00+00:00", "event_type": "transfer_failed"}\n')
      writeFileSync(limits, "{}")
      for (const file of files) chmodSync(file, 0o644)
      const { client } = await guarded()
      await client.safeguards.getAuditEntries()
      await client.safeguards.getDailyLimit()
      for (const file of files) expect(statSync(file).mode & 0o777, file).toBe(0o600)
    },
  )

  it("in the evening counts what stands under both days, and gives no room twice", async () => {
    // 21:30 in New York is the next day by the clock of PySequence's image.
    await sandbox.close()
    sandbox = await startSandbox({ seed: 7, transfers: 5, now: () => Date.parse("2026-07-02T01:30:00Z") })
    const entry = (amount_cents: number, timestamp: string) => ({ transfer_id: "t", amount_cents, timestamp })
    const limits = {
      // In the morning by New York's clock, and this evening.
      "2026-07-01": { __global__: [entry(10_000, "2026-07-01T14:00:00+00:00")] },
      "2026-07-02": { __global__: [entry(20_000, "2026-07-02T01:00:00+00:00")] },
    }
    writeFileSync(join(folder, ".daily_limits.json"), JSON.stringify(limits))
    const { client, request } = await guarded({ safeguards: { maxDailyTransferCents: 31_500 } })
    await client.transfer(request)
    expect(await client.safeguards.getDailyLimit()).toMatchObject({
      day: "2026-07-01",
      spentCents: 31_000,
      remainingCents: 500,
    })
    await expect(client.transfer({ ...request, amountCents: 501 })).rejects.toThrow(DailyLimitError)
    await client.transfer({ ...request, amountCents: 500 })
    expect(payments()).toHaveLength(2)
  })
})

describe("a client with safeguards", () => {
  it("names a data folder that there can be none of, at once, and can be closed", async () => {
    writeFileSync(join(folder, "file"), "")
    // Node's own way to make folders never ends in the first two, on Linux.
    for (const dataDir of [
      "/proc/nope",
      "/proc/nope/deeper",
      join(folder, "file"),
      join(folder, "file/data"),
    ]) {
      const startedAt = performance.now()
      const { client, request } = await guarded({ dataDir })
      const error: unknown = await client.transfer(request).catch((failure) => failure)
      expect(error).toBeInstanceOf(StorageError)
      expect(String(error)).toContain(dataDir)
      expect(String(error)).toContain("SEQUENCE_DATA_DIR")
      await client.close()
      expect(performance.now() - startedAt).toBeLessThan(10_000)
    }
    expect(payments()).toEqual([])
  })

  it("puts a transfer on record, and counts it", async () => {
    const { client, request } = await guarded()
    const receipt = await client.transfer(request)
    expect(receipt.requestId).toBeTypeOf("string")
    const entries = await client.safeguards.getAuditEntries({ requestId: receipt.requestId })
    expect(entries.map(({ event_type, transfer_id }) => [event_type, transfer_id])).toEqual([
      ["transfer_requested", undefined],
      ["transfer_completed", receipt.id],
    ])
    expect(await client.safeguards.getDailyLimit()).toMatchObject({
      day: today(),
      spentCents: 1_000,
      reservedCents: 0,
      remainingCents: 2_499_000,
    })
    expect(statSync(trailFile()).mode & 0o777).toBe(0o600)
    expect(await client.safeguards.verifyAudit()).toEqual({ lines: 2, problems: [] })
  })

  it("refuses what is over a limit, and sends nothing", async () => {
    const { client, request } = await guarded({
      safeguards: { maxTransferCents: 1_000, maxDailyTransferCents: 1_500 },
    })
    await expect(client.transfer({ ...request, amountCents: 1_001 })).rejects.toMatchObject({
      _tag: "TransferLimitError",
      message: "$10.01 is over the limit of $10.00 for one transfer",
    })
    await client.transfer(request)
    await expect(client.transfer({ ...request, amountCents: 501 })).rejects.toMatchObject({
      _tag: "DailyLimitError",
      message: "$5.01 is over the $5.00 left of the daily limit of $15.00",
    })
    expect(payments()).toHaveLength(1)
    expect(await client.safeguards.getAuditEntries({ event: "transfer_rejected" })).toHaveLength(2)
  })

  it("keeps the names of both ends in every line about a transfer, beside the ids", async () => {
    const { client } = await guarded({ safeguards: { maxTransferCents: 1_000 } })
    const pay = (amountCents: number) =>
      client.transfer({ source: "main", destination: "Groceries", amountCents })
    await pay(100)
    await expect(pay(1_001)).rejects.toMatchObject({ _tag: "TransferLimitError" })
    const entries = await client.safeguards.getAuditEntries()
    const names = entries.map(({ event_type, source_name, destination_name }) => [
      event_type,
      source_name,
      destination_name,
    ])
    expect(names).toEqual([
      ["transfer_requested", "Main", "Groceries"],
      ["transfer_completed", "Main", "Groceries"],
      ["transfer_rejected", "main", "Groceries"],
    ])
    expect(entries[0]).toMatchObject({ source: entries[0]?.source_id, source_id: expect.stringMatching(/./) })
  })

  it("shares its limit with every client on the folder", async () => {
    const { client, request } = await guarded({ safeguards: { maxDailyTransferCents: 5_000 } })
    const other = await guarded({ safeguards: { maxDailyTransferCents: 5_000 } })
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? client : other.client).transfer(request)),
    )
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(5)
    expect(payments()).toHaveLength(5)
  })

  it("counts what a trail and a limit file of PySequence hold", async () => {
    const timestamp = new Date(sandbox.now()).toISOString().replace("Z", "000+00:00")
    const made = { transfer_id: "t-1", amount_cents: 4_000, timestamp }
    const { transfer_id, amount_cents } = made
    const entry = { timestamp, event_type: "transfer_completed", transfer_id, amount_cents }
    writeFileSync(trailFile(), `${JSON.stringify(entry)}\n`)
    writeFileSync(join(folder, ".daily_limits.json"), JSON.stringify({ [today()]: [made] }))
    const { client, request } = await guarded({ safeguards: { maxDailyTransferCents: 5_000 } })
    expect(await client.safeguards.getDailyLimit()).toMatchObject({ spentCents: 4_000 })
    await client.transfer(request)
    await expect(client.transfer(request)).rejects.toMatchObject({ _tag: "DailyLimitError" })
    await client.close()
    const limits: unknown = JSON.parse(readFileSync(join(folder, ".daily_limits.json"), "utf8"))
    expect(limits).toMatchObject({ [today()]: { __global__: [made, { amount_cents: 1_000 }] } })
  })

  it("finds a transfer whose answer was lost, and holds an identical one back until then", async () => {
    const { client, request } = await guarded({ safeguards: { reconcileSchedule: [600_000] } })
    sandbox.faults({ operation: PAY, cut: "after" })
    const lost = await client.transfer(request).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(TransferOutcomeUnknownError)
    const [unresolved] = await client.safeguards.getUnresolved()
    expect(lost).toMatchObject({ requestId: unresolved?.intent.requestId })
    await expect(client.transfer(request)).rejects.toMatchObject({
      _tag: "TransferHeldError",
      heldBy: unresolved?.intent.requestId,
    })
    expect(payments()).toHaveLength(1)
    await client.safeguards.reconcile()
    expect(await client.safeguards.getUnresolved()).toEqual([])
    const [reconciled] = await client.safeguards.getAuditEntries({ event: "transfer_reconciled" })
    expect(reconciled).toMatchObject({ outcome: "accepted", transfer_id: payments()[0]?.id })
    await client.transfer(request)
    expect(payments()).toHaveLength(2)
  })

  it("lets a person resolve a transfer, with a reason", async () => {
    const { client, request } = await guarded({ safeguards: { reconcileSchedule: [600_000] } })
    sandbox.faults({ operation: PAY, cut: "before" })
    await client.transfer(request).catch(() => undefined)
    const [unresolved] = await client.safeguards.getUnresolved()
    const requestId = unresolved?.intent.requestId ?? ""
    await client.safeguards.resolve(requestId, { outcome: "not_sent" }, "the bank was asked")
    expect(await client.safeguards.getDailyLimit()).toMatchObject({ spentCents: 0, reservedCents: 0 })
    expect(await client.safeguards.getAuditEntries({ event: "transfer_reconciled" })).toMatchObject([
      { request_id: requestId, note: "the bank was asked" },
    ])
    await expect(
      client.safeguards.resolve(requestId, { outcome: "not_sent" }, "again"),
    ).rejects.toMatchObject({ _tag: "TransferRejectedError" })
  })

  it("names the first bad line, and moves nothing until it was accepted", async () => {
    const { client, request } = await guarded()
    await client.transfer(request)
    await client.transfer(request)
    const lines = readFileSync(trailFile(), "utf8").split("\n")
    writeFileSync(
      trailFile(),
      lines.map((line, i) => (i === 1 ? line.replace("1000", "9000") : line)).join("\n"),
    )
    const { problems } = await client.safeguards.verifyAudit()
    expect(problems[0]).toMatchObject({ line: 2, kind: "changed" })
    await expect(client.transfer(request)).rejects.toMatchObject({ _tag: "StorageError" })
    expect(payments()).toHaveLength(2)
    await client.safeguards.acceptAudit("it was me")
    await client.transfer(request)
    expect(payments()).toHaveLength(3)
  })

  it("executes queries and no mutation", async () => {
    const { client } = await guarded()
    const mutation = "mutation Pay { createPayment(input: {}) { ok { id } } }"
    const executed = client.execute(mutation)
    await expect(executed).rejects.toBeInstanceOf(ConfigError)
    await expect(executed).rejects.toThrow("transfer()")
    expect(sandbox.requests().filter(({ operation }) => operation === "Pay")).toEqual([])
    await expect(client.execute("query Who { me { __typename } }")).resolves.toMatchObject({ me: {} })
  })

  it("records a transfer that its caller gave up after it was sent", async () => {
    const { client, request } = await guarded()
    const controller = new AbortController()
    sandbox.faults({ operation: PAY, delay: 300 })
    const call = client.transfer(request, { signal: controller.signal }).catch((error: unknown) => error)
    await expect.poll(() => graphqlRequests(sandbox, PAY).length).toBe(1)
    controller.abort()
    const error = await call
    expect(error).toBeInstanceOf(TransferOutcomeUnknownError)
    const requestId = error instanceof TransferOutcomeUnknownError ? error.requestId : undefined
    await client.close()
    const trail = readFileSync(trailFile(), "utf8").trim().split("\n")
    expect(JSON.parse(trail.at(-1) ?? "")).toMatchObject({
      request_id: requestId,
      event_type: "transfer_completed",
    })
  })
})

describe("limits from the environment", () => {
  const environment = () => ({ ...sandbox.env, SEQUENCE_DATA_DIR: folder })

  it("are taken, where code does not say otherwise", async () => {
    const limited = {
      ...environment(),
      SEQUENCE_MAX_TRANSFER_CENTS: "700",
      SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "900",
    }
    const client = Sequence.fromEnv({ safeguards: { maxTransferCents: 800 } }, limited)
    try {
      expect(await client.safeguards.getDailyLimit()).toMatchObject({ limitCents: 900 })
      const request = { source: "Main", destination: "Groceries", amountCents: 801 }
      await expect(client.transfer(request)).rejects.toMatchObject({ limitCents: 800 })
    } finally {
      await client.close()
    }
  })

  it("are named with everything else that is wrong", () => {
    const wrong = { ...environment(), SEQUENCE_ORG_ID: "", SEQUENCE_MAX_TRANSFER_CENTS: "10.00" }
    expect(() => Sequence.fromEnv({ safeguards: true }, wrong)).toThrow(
      /SEQUENCE_ORG_ID[\s\S]*SEQUENCE_MAX_TRANSFER_CENTS must be a whole number of cents/,
    )
  })

  it("are refused for a client without safeguards, which would not hold them, unless it says so", async () => {
    const limited = { ...environment(), SEQUENCE_MAX_TRANSFER_CENTS: "1_000\n" }
    expect(() => Sequence.fromEnv({}, limited)).toThrow(
      "SEQUENCE_MAX_TRANSFER_CENTS is set, and the client has no safeguards",
    )
    const client = Sequence.fromEnv({ safeguards: false }, limited)
    await expect(client.safeguards.verifyAudit()).rejects.toBeInstanceOf(ConfigError)
    await client.close()
    const blank = {
      ...environment(),
      SEQUENCE_MAX_TRANSFER_CENTS: " ",
      SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "",
    }
    await Sequence.fromEnv({}, blank).close()
  })

  it.each([undefined, false, true])("are refused if malformed, with safeguards %s", (safeguards) => {
    const wrong = { ...environment(), SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "10.00" }
    expect(() => Sequence.fromEnv({ safeguards }, wrong)).toThrow(
      "SEQUENCE_MAX_DAILY_TRANSFER_CENTS must be a whole number of cents",
    )
  })

  it("must fit, as every option", () => {
    const safeguards = { maxTransferCents: -1, heartbeat: 0 }
    const make = () => new Sequence({ accessToken: "t", safeguards, timeZone: "Mars/Olympus" })
    expect(make).toThrow(/3 problems[\s\S]*maxTransferCents[\s\S]*heartbeat[\s\S]*timeZone/)
  })
})
