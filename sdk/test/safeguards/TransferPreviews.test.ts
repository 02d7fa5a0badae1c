import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ConfigError, isSequenceError, type SequenceOptions, type TransferRequest } from "../../src/index.js"
import { GuardedTransfers } from "../../src/safeguards/GuardedTransfers.js"
import { TransferPreviews } from "../../src/safeguards/TransferPreviews.js"
import { connections, graphqlRequests } from "../support/connect.js"
import { start } from "./world.js"

const PAY = "CreatePayment"

let sandbox: Sandbox
let folder: string
const { connect, closeAll } = connections(() => sandbox)
const auditLog = () => {
  const file = join(folder, ".audit.jsonl")
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}
const sent = () => graphqlRequests(sandbox, PAY).length

beforeEach(async () => {
  sandbox = await startSandbox({ seed: 7, transfers: 5 })
  folder = mkdtempSync(join(tmpdir(), "tsequence-"))
})

afterEach(async () => {
  await closeAll()
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

const guarded = (safeguards: Exclude<SequenceOptions["safeguards"], boolean | undefined> = {}) =>
  connect({ dataDir: folder, safeguards: { reconcileSchedule: [600_000], ...safeguards } })

const tagOf = (error: unknown) => (isSequenceError(error) ? error._tag : error)
const REQUEST: TransferRequest = { source: "Main", destination: "Groceries", amountCents: 1_000 }

const names = FastCheck.constantFrom("Main", "main", "Groceries", "Rent", "nowhere", "a", "")
const amounts = FastCheck.constantFrom(0, 1, 1.5, 400, 500, 1_000, 90_000_000)
const histories = FastCheck.array(
  FastCheck.tuple(
    amounts,
    FastCheck.constantFrom<"answered" | "before" | "after">("answered", "before", "after"),
  ),
  {
    maxLength: 3,
  },
)
const limits = FastCheck.record({
  maxTransferCents: FastCheck.constantFrom(499, 1_000, 2_000_000_000),
  maxDailyTransferCents: FastCheck.constantFrom(0, 1_000, 1_400, 2_000_000_000),
})
const requests = FastCheck.oneof(
  { weight: 2, arbitrary: FastCheck.record({ source: names, destination: names, amountCents: amounts }) },
  {
    weight: 3,
    arbitrary: FastCheck.record({
      source: FastCheck.constant("Main"),
      destination: FastCheck.constant("Groceries"),
      amountCents: amounts,
    }),
  },
)

describe("TransferPreviews.preview", () => {
  it("agrees with the transfer that follows, and leaves the audit log as it was", { timeout: 120_000 }, () =>
    FastCheck.assert(
      FastCheck.asyncProperty(limits, histories, requests, async (safeguards, history, request) => {
        rmSync(folder, { recursive: true, force: true })
        const client = guarded(safeguards)
        for (const [amountCents, answer] of history) {
          if (answer !== "answered") sandbox.faults({ operation: PAY, cut: answer })
          await client.transfer({ ...REQUEST, amountCents }).catch(() => undefined)
          sandbox.clearFaults()
        }
        const before = [auditLog(), sent()]
        const preview = await client.safeguards.preview(request)
        expect([auditLog(), sent()]).toEqual(before)

        const error: unknown = await client.transfer(request).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        const [first] = preview.blockers
        const isRefusedByClient = first?.refusedBy === "client"
        expect(sent()).toBe(isRefusedByClient ? before[1] : Number(before[1]) + 1)
        expect(tagOf(error)).toBe(first?.error._tag)
        await closeAll()
      }),
      { numRuns: 40 },
    ),
  )

  it("shows both ends, their balances, the limits, and identical transfers", async () => {
    const client = guarded({ maxTransferCents: 2_000, maxDailyTransferCents: 5_000 })
    const { requestId } = await client.transfer(REQUEST)
    const pods = await client.getPods()
    const main = pods.find(({ name }) => name === "Main")
    const groceries = pods.find(({ name }) => name === "Groceries")
    const preview = await client.safeguards.preview({ ...REQUEST, source: "MAIN" })
    expect(preview).toMatchObject({
      source: { id: main?.id, type: "POD", name: "Main", balanceCents: main?.balanceCents },
      destination: {
        id: groceries?.id,
        type: "POD",
        name: "Groceries",
        balanceCents: groceries?.balanceCents,
      },
      amountCents: 1_000,
      limit: { limitCents: 5_000, spentCents: 1_000, remainingCents: 4_000, maxTransferCents: 2_000 },
      blockers: [],
    })
    expect(preview.identical.map(({ intent, status }) => [intent.requestId, status])).toEqual([
      [requestId, "accepted"],
    ])
  })

  it("lists everything that would block a transfer, in the order in which it is checked", async () => {
    const client = guarded({ maxTransferCents: 500, maxDailyTransferCents: 500 })
    const { blockers } = await client.safeguards.preview({ ...REQUEST, amountCents: 90_000_000 })
    expect(blockers.map(({ error, refusedBy }) => [error._tag, refusedBy])).toEqual([
      ["TransferLimitError", "client"],
      ["DailyLimitError", "client"],
      ["TransferRejectedError", "service"],
    ])
    expect(blockers.map(({ message }) => message)).toEqual([
      "$900,000.00 is over the limit of $5.00 for one transfer.",
      "$900,000.00 is over the $5.00 left of the daily limit of $5.00.",
      expect.stringMatching(/^"Main" holds \$.*, which is less than \$900,000\.00\.$/),
    ])
  })

  it("says that the balance of an end is unknown, and does not call that a blocker", async () => {
    const client = guarded()
    const { source } = await client.safeguards.preview(REQUEST)
    sandbox.update({ change: source?.id ?? "", hide: "balance" })
    const preview = await client.safeguards.preview(REQUEST)
    expect(preview).toMatchObject({ source: { name: "Main", balanceCents: null }, blockers: [] })
  })

  it("names an id that the login does not show, which the service would refuse", async () => {
    const client = guarded()
    const request = { ...REQUEST, source: { id: "gone", type: "POD" } } as const
    const { source, blockers } = await client.safeguards.preview(request)
    expect(source).toEqual({ id: "gone", type: "POD", name: null, balanceCents: null })
    expect(blockers).toMatchObject([
      { refusedBy: "service", message: "The login has no pod with the id gone." },
    ])
    await expect(client.transfer(request)).rejects.toMatchObject({ _tag: "TransferRejectedError" })
  })

  it("names a damaged audit log, as the transfer does", async () => {
    const client = guarded()
    await client.transfer(REQUEST)
    await client.transfer(REQUEST)
    writeFileSync(join(folder, ".audit.jsonl"), (auditLog() ?? "").replace("1000", "9000"))
    const { blockers } = await client.safeguards.preview(REQUEST)
    const error: unknown = await client.transfer(REQUEST).catch((thrown: unknown) => thrown)
    expect(blockers.map((one) => one.error)).toMatchObject([
      { _tag: "StorageError", message: error instanceof Error ? error.message : "" },
    ])
  })

  it("names a data folder that belongs to another service, as the transfer does", async () => {
    const options = { lock: { poll: 2 } }
    const first = start(sandbox, folder, { ...options, service: "sequence" })
    const second = start(sandbox, folder, options)
    const transfer = Effect.flatMap(GuardedTransfers, (guard) => guard.transfer(REQUEST))
    const preview = Effect.flatMap(TransferPreviews, (one) => one.preview(REQUEST))
    await first.runPromise(transfer)
    const { blockers } = await second.runPromise(preview)
    const error = await second.runPromise(Effect.flip(transfer))
    expect(blockers.map((one) => one.error)).toMatchObject([{ _tag: "StorageError", message: error.message }])
    await Promise.all([first.dispose(), second.dispose()])
  })

  it("passes its ends on to the transfer, with their names for the audit log", async () => {
    const client = guarded()
    const { source, destination } = await client.safeguards.preview(REQUEST)
    if (source === null || destination === null) throw new Error("nothing was resolved")
    await client.transfer({ source, destination, amountCents: 1_000 })
    expect(await client.safeguards.getAuditEntries({ event: "transfer_requested" })).toMatchObject([
      { source_id: source.id, source_name: "Main", destination_name: "Groceries" },
    ])
  })

  it("rejects if the request has an unknown key, or if the client has no safeguards", async () => {
    const misspelled = Object.assign({ ...REQUEST }, { instent: true })
    await expect(guarded().safeguards.preview(misspelled)).rejects.toBeInstanceOf(ConfigError)
    await expect(connect().safeguards.preview(REQUEST)).rejects.toBeInstanceOf(ConfigError)
  })
})

describe("GuardedTransfers.getTransfer", () => {
  it("reads a transfer by its request_id", async () => {
    const client = guarded()
    const { requestId = "", id } = await client.transfer(REQUEST)
    expect(await client.safeguards.getTransfer(requestId)).toMatchObject({
      status: "accepted",
      transferId: id,
      intent: { requestId, transfer: { amountCents: 1_000 } },
    })
  })

  it("rejects with NotFoundError if the audit log has no such transfer", async () => {
    await expect(guarded().safeguards.getTransfer("none")).rejects.toMatchObject({
      _tag: "NotFoundError",
      kind: "transfer",
      key: "none",
    })
  })

  it("finds a transfer that was settled so long ago that the ledger has dropped it", async () => {
    let offset = 0
    await sandbox.close()
    const startedAt = Date.parse("2026-07-01T16:00:00Z")
    sandbox = await startSandbox({ seed: 7, transfers: 5, now: () => startedAt + offset })
    const first = guarded()
    const { requestId = "", id } = await first.transfer(REQUEST)
    await first.close()
    offset = 10 * 86_400_000
    const later = guarded()
    await later.transfer({ ...REQUEST, amountCents: 500 })
    expect(await later.safeguards.getTransfer(requestId)).toMatchObject({
      status: "accepted",
      transferId: id,
    })
  })
})
