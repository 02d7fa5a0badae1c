import { chmod, mkdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Transfers } from "../../src/api/Transfers.js"
import {
  AuditStorage,
  DailyLimits,
  FileAuditStorage,
  GuardedTransfers,
  Reconciler,
  Unresolved,
} from "../../src/safeguards.js"
import { graphqlRequests } from "../support/connect.js"
import { Disk } from "./Disk.js"
import { booked, ends, inFolder, start, startOver } from "./world.js"

let sandbox: Sandbox
let pods: ReturnType<typeof ends>
const processes: Array<ReturnType<typeof start>> = []
beforeEach(async () => {
  sandbox = await startSandbox()
  pods = ends(sandbox)
})
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.dispose()))
  await sandbox.close()
})

/** A process of its own, in memory unless a folder is given. */
const open = (folder: string | false = false, options: Parameters<typeof start>[2] = {}) => {
  const process = start(sandbox, folder, options)
  processes.push(process)
  return process
}

const openOver = (disk: Disk) => {
  const process = startOver(
    sandbox,
    FileAuditStorage.layer("/data", {
      fileSystem: disk.fileSystem,
      withLock: (use) => use(Effect.succeed(true)),
    }),
  )
  processes.push(process)
  return process
}

const transfer = (amountCents = 5_000, options?: GuardedTransfers.TransferOptions) =>
  Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
    guarded.transfer({ ...pods, amountCents }, options),
  )

const today = Effect.flatMap(DailyLimits.DailyLimits, (limits) => limits.today())
const entries = Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.entries)
const events = Effect.map(entries, (all) => all.map(({ event_type }) => event_type))
const attempts = Effect.flatMap(AuditStorage.AuditStorage, (storage) =>
  Effect.map(storage.read, ({ ledger }) => [...ledger.records()]),
)
const statuses = Effect.map(attempts, (all) => all.map(({ status }) => status))

const becomes = (process: ReturnType<typeof open>, expected: ReadonlyArray<string>) =>
  expect.poll(() => process.runPromise(statuses), { interval: 10 }).toEqual(expected)

const lose = (how: "before" | "after") => sandbox.faults({ operation: "CreatePayment", cut: how })

describe("transfer", () => {
  it("is on record before and after, and counts", () =>
    inFolder(async (folder) => {
      const process = open(folder)
      const receipt = await process.runPromise(transfer())
      const limit = await process.runPromise(today)
      await process.dispose()
      const text = await readFile(join(folder, ".audit.jsonl"), "utf8")
      const [requested, completed, ...rest] = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      expect(receipt.id).toBe(sandbox.ledger().payments[0]?.id)
      expect(requested).toMatchObject({
        event_type: "transfer_requested",
        request_id: receipt.requestId,
        amount_cents: 5_000,
        source: pods.source.id,
        limit_key: "__global__",
        seq: 1,
      })
      expect(completed).toMatchObject({ event_type: "transfer_completed", transfer_id: receipt.id, seq: 2 })
      expect(rest).toEqual([])
      expect(limit).toMatchObject({ spentCents: 5_000, reservedCents: 0, remainingCents: 2_495_000 })
      expect((await stat(join(folder, ".audit.jsonl"))).mode & 0o777).toBe(0o600)
      const entry = { transfer_id: receipt.id, amount_cents: 5_000 }
      expect(JSON.parse(await readFile(join(folder, ".daily_limits.json"), "utf8"))).toMatchObject({
        [limit.day]: { __global__: [entry] },
      })
    }))

  it("is refused above the limit for one, and that is on record", async () => {
    const process = open()
    const error = await process.runPromise(Effect.flip(transfer(1_500_000)))
    expect(error).toMatchObject({
      _tag: "TransferLimitError",
      message: "$15,000.00 is over the limit of $10,000.00 for one transfer",
    })
    expect(await process.runPromise(events)).toEqual(["transfer_rejected"])
    expect(sandbox.requests()).toEqual([])
  })

  it("is refused above what is left of the day, by key", async () => {
    const process = open(false, { maxDailyTransferCents: 10_000 })
    await process.runPromise(transfer(8_000))
    const error = await process.runPromise(Effect.flip(transfer(5_000)))
    expect(error).toMatchObject({
      _tag: "DailyLimitError",
      message: "$50.00 is over the $20.00 left of the daily limit of $100.00",
    })
    await process.runPromise(transfer(5_000, { limitKey: "42" }))
    expect(booked(sandbox, pods.source.id)).toHaveLength(2)
  })

  it("that the service refuses gives the amount back, in the service's words", async () => {
    sandbox.faults({ operation: "CreatePayment", refuse: "Insufficient funds" })
    const process = open()
    const error = await process.runPromise(Effect.flip(transfer()))
    expect(error).toMatchObject({
      _tag: "TransferRejectedError",
      message: "Transfer failed: Insufficient funds",
    })
    expect(await process.runPromise(today)).toMatchObject({ spentCents: 0, reservedCents: 0 })
    expect(await process.runPromise(events)).toEqual(["transfer_requested", "transfer_failed"])
  })

  it("without an answer is unknown, keeps its amount, holds an identical one back, and is found", async () => {
    lose("after")
    // Nothing can be read for a while.
    sandbox.faults({ operation: "ActivityLogV2Transfers", status: 400, times: "always", after: 1 })
    const process = open()
    const error = await process.runPromise(Effect.flip(transfer()))
    expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError" })
    expect(error.message).toContain(`request_id ${error.requestId}`)
    expect(await process.runPromise(today)).toMatchObject({ reservedCents: 5_000 })
    const held = await process.runPromise(Effect.flip(transfer()))
    expect(held).toMatchObject({ _tag: "TransferHeldError", heldBy: error.requestId })
    await process.runPromise(transfer(5_001))
    sandbox.clearFaults()
    await becomes(process, ["accepted", "unfit", "accepted"])
    const [found] = await process.runPromise(attempts)
    expect(found?.transferId).toBe(booked(sandbox, pods.source.id)[0]?.id)
    await process.runPromise(transfer())
    expect(await process.runPromise(today)).toMatchObject({ spentCents: 15_001, reservedCents: 0 })
  })

  it("that never arrived is ruled out, counts all the same, and may be made again", async () => {
    lose("before")
    const process = open()
    await process.runPromise(Effect.flip(transfer()))
    await becomes(process, ["not_found"])
    expect(await process.runPromise(today)).toMatchObject({ spentCents: 0, reservedCents: 5_000 })
    await process.runPromise(transfer())
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
  })

  it("that was ruled out and appears after all is accepted, once", async () => {
    lose("before")
    const process = open()
    await process.runPromise(Effect.flip(transfer()))
    await becomes(process, ["not_found"])
    const { kycId } = (await process.runPromise(attempts))[0]?.intent.transfer ?? { kycId: "" }
    const late = {
      ...pods,
      amountCents: 5_000,
      description: "",
      instant: false,
      kycId,
      organizationId: undefined,
    }
    await process.runPromise(Effect.flatMap(Transfers, (transfers) => transfers.send(late)))
    await process.runPromise(Effect.flatMap(Reconciler.Reconciler, ({ reconcileNow: lookNow }) => lookNow))
    await becomes(process, ["accepted"])
    expect(await process.runPromise(today)).toMatchObject({ spentCents: 5_000, reservedCents: 0 })
  })

  it("of which there are two in the activity is left to a person, who resolves it", async () => {
    lose("before")
    sandbox.faults({ operation: "ActivityLogV2Transfers", status: 400, times: "always", after: 1 })
    const process = open()
    const error = await process.runPromise(Effect.flip(transfer()))
    const { kycId } = (await process.runPromise(attempts))[0]?.intent.transfer ?? { kycId: "" }
    const other = {
      ...pods,
      amountCents: 5_000,
      description: "",
      instant: false,
      kycId,
      organizationId: undefined,
    }
    const ids = await process.runPromise(
      Effect.flatMap(Transfers, (transfers) => Effect.all([transfers.send(other), transfers.send(other)])),
    )
    sandbox.clearFaults()
    await becomes(process, ["ambiguous"])
    expect(await process.runPromise(Effect.flip(transfer()))).toMatchObject({ _tag: "TransferHeldError" })
    const resolved = await process.runPromise(
      Effect.flatMap(Unresolved.Unresolved, (unresolved) =>
        unresolved.resolve(error.requestId ?? "", { outcome: "not_sent" }, "asked the bank"),
      ),
    )
    expect(resolved.status).toBe("not_sent")
    expect((await process.runPromise(entries)).at(-1)).toMatchObject({
      event_type: "transfer_reconciled",
      outcome: "by_hand",
      status: "not_sent",
      note: "asked the bank",
    })
    expect(await process.runPromise(today)).toMatchObject({ spentCents: 0, reservedCents: 0 })
    expect(ids).toHaveLength(2)
  })

  it("that waits does not go out once an identical one is unknown", async () => {
    lose("after")
    sandbox.faults({ operation: "ActivityLogV2Transfers", status: 400, times: "always", after: 1 })
    const process = open()
    const results = await Promise.all(
      Array.from({ length: 5 }, () => process.runPromise(Effect.either(transfer()))),
    )
    const tags = results.map((result) => (result._tag === "Left" ? result.left._tag : "made"))
    expect(tags.filter((tag) => tag === "TransferOutcomeUnknownError")).toHaveLength(1)
    expect(tags.filter((tag) => tag === "TransferHeldError")).toHaveLength(4)
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
    expect(await process.runPromise(today)).toMatchObject({ reservedCents: 5_000 })
    sandbox.clearFaults()
  })

  it("is accepted without an id, which follows", async () => {
    sandbox.faults([
      { operation: "CreatePayment", okLost: true },
      { operation: "ActivityLogV2Transfers", status: 400, after: 1, times: 3 },
    ])
    const process = open(false, { reconcileSchedule: [200, 400] })
    const receipt = await process.runPromise(transfer())
    expect(receipt).toMatchObject({ id: null, amountCents: 5_000 })
    const [payment] = booked(sandbox, pods.source.id)
    await expect
      .poll(async () => (await process.runPromise(attempts))[0]?.transferId, { interval: 10 })
      .toBe(payment?.id)
    expect((await process.runPromise(events)).at(-1)).toBe("transfer_reconciled")
  })

  it("that is called off while it waits is taken back, and that is on record", async () => {
    sandbox.faults({ operation: "CreatePayment", delay: 200 })
    const process = open()
    const first = process.runFork(transfer(1))
    await expect
      .poll(() => sandbox.requests().some(({ operation }) => operation === "CreatePayment"))
      .toBe(true)
    const second = process.runFork(transfer(2))
    await becomes(process, ["open", "open"])
    await Effect.runPromise(Fiber.interrupt(second))
    await becomes(process, ["open", "not_sent"])
    await Effect.runPromise(Fiber.join(first))
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
  })

  it("that is called off after it was sent runs to its end, and that is on record", async () => {
    sandbox.faults({ operation: "CreatePayment", delay: 100 })
    const process = open()
    const flag = { sent: false }
    const fiber = process.runFork(transfer(5_000, { flag }))
    await expect.poll(() => flag.sent, { interval: 5 }).toBe(true)
    await Effect.runPromise(Fiber.interrupt(fiber))
    await becomes(process, ["accepted"])
    expect(await process.runPromise(events)).toEqual(["transfer_requested", "transfer_completed"])
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
  })

  it("that was booked and answered 429 is found by a look, and not sent again", async () => {
    sandbox.faults({ operation: "CreatePayment", status: 429, retryAfter: 0, act: true })
    const process = open(false, { timeout: 20_000 })
    const receipt = await process.runPromise(transfer())
    expect(booked(sandbox, pods.source.id)).toMatchObject([{ id: receipt.id }])
    expect(graphqlRequests(sandbox, "CreatePayment")).toHaveLength(1)
    expect(await process.runPromise(events)).toEqual(["transfer_requested", "transfer_completed"])
  })

  it("that was answered 429 and is not in the activity is sent again", async () => {
    sandbox.faults({ operation: "CreatePayment", status: 429, retryAfter: 0 })
    const process = open(false, { timeout: 20_000 })
    const receipt = await process.runPromise(transfer())
    expect(booked(sandbox, pods.source.id)).toMatchObject([{ id: receipt.id }])
    expect(graphqlRequests(sandbox, "CreatePayment")).toHaveLength(2)
    expect(await process.runPromise(statuses)).toEqual(["accepted"])
  })

  it.each([
    ["accepted", true],
    ["not_found", false],
  ])(
    "that is called off while it waits after a 429 is not sent again, and found to be %s",
    async (status, act) => {
      sandbox.faults({ operation: "CreatePayment", status: 429, retryAfter: 2, act })
      const process = open()
      const fiber = process.runFork(transfer())
      const answers = () => graphqlRequests(sandbox, "CreatePayment").map((request) => request.status)
      await expect.poll(answers, { interval: 5 }).toEqual([429])
      await Effect.runPromise(Fiber.interrupt(fiber))
      await becomes(process, [status])
      expect(answers()).toEqual([429])
      expect(booked(sandbox, pods.source.id)).toHaveLength(act ? 1 : 0)
    },
  )

  it("under one idempotency key is made once, however many ask at once", async () => {
    const process = open()
    const idempotency = { key: "order-4711", body: "{}" }
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        process.runPromise(Effect.either(transfer(1_000 + i, { idempotency }))),
      ),
    )
    expect(results.filter(({ _tag }) => _tag === "Right")).toHaveLength(1)
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
    const found = await process.runPromise(
      Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) => guarded.byKey("order-4711")),
    )
    expect(found).toMatchObject({ status: "accepted", transferId: booked(sandbox, pods.source.id)[0]?.id })
    expect(JSON.stringify(await process.runPromise(entries))).not.toContain("order-4711")
  })

  it("is refused where it cannot be recorded, and nothing is sent", () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, "data"))
      await chmod(join(folder, "data"), 0o500)
      const disk = new Disk()
      disk.isReadOnly = true
      const process = openOver(disk)
      const error = await process.runPromise(Effect.flip(transfer()))
      expect(error).toMatchObject({ _tag: "StorageError" })
      expect(error.message).toMatch(/^Transfers are refused: .*EROFS/)
      disk.isReadOnly = false
      disk.space = 200
      expect(await process.runPromise(Effect.flip(transfer()))).toMatchObject({ _tag: "StorageError" })
      expect(booked(sandbox, pods.source.id)).toEqual([])
    }))

  it("succeeds where the outcome cannot be recorded, which follows", async () => {
    const disk = new Disk()
    const process = openOver(disk)
    sandbox.faults({ operation: "CreatePayment", delay: 100 })
    const flag = {
      get sent() {
        return disk.space === 0
      },
      set sent(sent: boolean) {
        if (sent) disk.space = 0
      },
    }
    const receipt = await process.runPromise(transfer(5_000, { flag }))
    expect(receipt.id).toBe(booked(sandbox, pods.source.id)[0]?.id)
    expect(await process.runPromise(statuses)).toEqual(["open"])
    const ready = Effect.flatMap(DailyLimits.DailyLimits, (limits) => limits.ready)
    expect(await process.runPromise(Effect.flip(ready))).toMatchObject({ _tag: "StorageError" })
    disk.space = Number.POSITIVE_INFINITY
    await becomes(process, ["accepted"])
    await process.runPromise(ready)
  })

  it("is refused in a folder whose trail belongs to another service", () =>
    inFolder(async (folder) => {
      await open(folder).runPromise(transfer())
      const error = await open(folder, { service: "sequence" }).runPromise(Effect.flip(transfer(1)))
      expect(error).toMatchObject({ _tag: "StorageError" })
      expect(error.message).toContain("another service")
    }))
})
