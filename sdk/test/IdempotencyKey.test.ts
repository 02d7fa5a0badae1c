/** `transfer` with an `idempotencyKey`: the sandbox's ledger says how often money moved. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  ConfigError,
  IdempotencyKeyError,
  type SequenceOptions,
  TransferOutcomeUnknownError,
  TransferRejectedError,
  type TransferRequest,
} from "../src/index.js"
import { connections, graphqlRequests, twoPods } from "./support/connect.js"

const PAY = "CreatePayment"
const KEY = { idempotencyKey: "rent-2026-01" }

let sandbox: Sandbox
let folder: string
const { connect, closeAll } = connections(() => sandbox)
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

const guarded = (options: SequenceOptions = {}) =>
  connect({ dataDir: folder, safeguards: { reconcileSchedule: [600_000] }, ...options })

const requestOf = async (amountCents = 1_000): Promise<TransferRequest> => ({
  ...(await twoPods(connect(), amountCents)),
  amountCents,
})

describe("transfer with an idempotencyKey", () => {
  it("moves the money once, and gives the same outcome again after a restart", async () => {
    const request = await requestOf()
    const first = await guarded().transfer(request, KEY)
    expect(first.replayed).toBe(false)
    await closeAll()
    const again = await guarded().transfer(request, KEY)
    expect(again).toMatchObject({
      replayed: true,
      id: first.id,
      requestId: first.requestId,
      upstreamRequestId: first.upstreamRequestId,
      amountCents: 1_000,
      source: { id: first.source.id },
      destination: { id: first.destination.id },
    })
    expect(payments()).toHaveLength(1)
  })

  it("moves the money once for calls that are made at the same time, of several clients", async () => {
    const request = await requestOf()
    const clients = [guarded(), guarded(), guarded()]
    const receipts = await Promise.all(
      [...clients, ...clients].map((client) => client.transfer(request, KEY)),
    )
    expect(new Set(receipts.map(({ id }) => id)).size).toBe(1)
    expect(receipts.filter(({ replayed }) => replayed === false)).toHaveLength(1)
    expect(payments()).toHaveLength(1)
  })

  it("takes the same transfer by name for the same one", async () => {
    const request = await requestOf()
    const client = guarded()
    await client.transfer(request, KEY)
    const { source, destination } = request
    const nameOf = (end: typeof source) => (typeof end === "object" && "name" in end ? (end.name ?? "") : "")
    const named = { source: nameOf(source), destination: nameOf(destination), amountCents: 1_000 }
    expect(await client.transfer(named, KEY)).toMatchObject({ replayed: true })
    expect(payments()).toHaveLength(1)
  })

  it("refuses another transfer under a key that was used, and moves nothing", async () => {
    const request = await requestOf()
    const client = guarded()
    const first = await client.transfer(request, KEY)
    for (const other of [{ amountCents: 999 }, { description: "other" }, { instant: true }]) {
      const error = await client.transfer({ ...request, ...other }, KEY).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(IdempotencyKeyError)
      expect(error).toMatchObject({ _tag: "IdempotencyKeyError", requestId: first.requestId })
    }
    expect(payments()).toHaveLength(1)
    await client.transfer(request, { idempotencyKey: "rent-2026-02" })
    expect(payments()).toHaveLength(2)
  })

  it("ends as the first call did when that was refused or has no known outcome", async () => {
    const request = await requestOf()
    const most = 1_000_000_000
    const client = guarded({
      safeguards: { reconcileSchedule: [600_000], maxTransferCents: most, maxDailyTransferCents: most },
    })
    const huge = { ...request, amountCents: 900_000_000 }
    const refusal = await client.transfer(huge, { idempotencyKey: "huge" }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TransferRejectedError)
    await expect(client.transfer(huge, { idempotencyKey: "huge" })).rejects.toMatchObject({
      _tag: "TransferRejectedError",
      reason: "Insufficient funds",
      requestId: refusal instanceof TransferRejectedError ? refusal.requestId : "",
    })
    expect(graphqlRequests(sandbox, PAY)).toHaveLength(1)
    sandbox.faults({ operation: PAY, cut: "after" })
    const lost = await client.transfer(request, KEY).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(TransferOutcomeUnknownError)
    await expect(client.transfer(request, KEY)).rejects.toMatchObject({
      _tag: "TransferOutcomeUnknownError",
      requestId: lost instanceof TransferOutcomeUnknownError ? lost.requestId : "",
    })
    await client.safeguards.reconcile()
    expect(await client.transfer(request, KEY)).toMatchObject({ replayed: true })
    expect(payments()).toHaveLength(1)
  })

  it("keeps the key free after a limit refused the transfer", async () => {
    const request = await requestOf()
    const limited = guarded({ safeguards: { maxDailyTransferCents: 500 } })
    await expect(limited.transfer(request, KEY)).rejects.toMatchObject({ _tag: "DailyLimitError" })
    await limited.close()
    expect(await guarded().transfer(request, KEY)).toMatchObject({ replayed: false })
    expect(payments()).toHaveLength(1)
  })

  it("needs safeguards and a key that a header can carry, and sends nothing otherwise", async () => {
    const request = await requestOf()
    await expect(connect().transfer(request, KEY)).rejects.toBeInstanceOf(ConfigError)
    for (const idempotencyKey of ["", "two words", "é", "x".repeat(256)]) {
      await expect(guarded().transfer(request, { idempotencyKey })).rejects.toBeInstanceOf(ConfigError)
    }
    expect(payments()).toEqual([])
  })

  it("moves money once for each key, whatever calls come in whatever order", async () => {
    const request = await requestOf()
    const client = guarded()
    const keys = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 6 })
    const used = new Set<string>()
    const once = fc.asyncProperty(keys, async (order) => {
      const calls = order.map((key) => client.transfer(request, { idempotencyKey: key }))
      for (const key of order) used.add(key)
      await Promise.all(calls)
      expect(payments()).toHaveLength(used.size)
    })
    await fc.assert(once, { numRuns: 6 })
  })
})
