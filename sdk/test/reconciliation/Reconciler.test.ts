import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import {
  type AuditEntryDraft,
  encodeLine,
  type Intent,
  intentDraft,
  parseLine,
} from "../../src/audit/AuditEntry.js"
import { toTimestamp } from "../../src/audit/Days.js"
import { withDefaults } from "../../src/audit/SafeguardOptions.js"
import { TransferLedger } from "../../src/audit/TransferLedger.js"
import { duplicateKeyOf } from "../../src/audit/TransferRecord.js"
import type { ActivityEntry } from "../../src/reconciliation/matchTransfer.js"
import { type CompleteRead, reconcileEntries } from "../../src/reconciliation/ReconcileEntries.js"
import { AuditStorage, GuardedTransfers } from "../../src/safeguards.js"
import { intent, outcome } from "../safeguards/fixtures.js"
import { booked, ends, inFolder, start } from "../safeguards/world.js"

const SENT = Date.parse("2026-07-01T16:00:00Z")
const MINUTE = 60_000

const ledgerOf = (...drafts: ReadonlyArray<AuditEntryDraft>) => {
  const ledger = new TransferLedger("America/New_York")
  for (const draft of drafts) {
    const entry = parseLine(encodeLine(draft, SENT, { seq: 1, prev: "", covers: undefined }))
    if (entry !== undefined) ledger.add(entry)
  }
  return ledger
}

const lost = (one: Intent): ReadonlyArray<AuditEntryDraft> => [
  intentDraft(one, "ids"),
  outcome(one.requestId, "transfer_unknown", { sent_at: toTimestamp(SENT) }),
]

const seen = (id: string, one: Intent, changes: Partial<ActivityEntry> = {}): ActivityEntry => ({
  id,
  identity: duplicateKeyOf(one.transfer),
  createdAt: SENT + 1_000,
  status: "PENDING",
  isMadeByRule: false,
  ...changes,
})

const look = (
  one: Intent,
  entries: ReadonlyArray<ActivityEntry>,
  changes: Partial<CompleteRead> = {},
): CompleteRead => ({
  requestId: one.requestId,
  seen: entries,
  serviceTime: SENT + 11 * MINUTE,
  isSecondRead: true,
  ...changes,
})

const settings = withDefaults({})

const linesOf = (ledger: TransferLedger, ...looks: ReadonlyArray<CompleteRead>) =>
  reconcileEntries(looks, ledger, settings).map(({ draft }) => [
    draft.request_id,
    draft.outcome,
    draft.transfer_id,
  ])

describe("what a read of the activity allows", () => {
  const one = intent()
  const ledger = ledgerOf(...lost(one))

  it("accepts the only entry since it was sent", () => {
    expect(linesOf(ledger, look(one, [seen("t", one)], { serviceTime: SENT, isSecondRead: false }))).toEqual([
      [one.requestId, "accepted", "t"],
    ])
  })

  it("takes entries for ours that are stamped up to five seconds early, and no earlier", () => {
    const at = (createdAt: number) => linesOf(ledger, look(one, [seen("t", one, { createdAt })]))
    expect(at(SENT - 5_000)).toEqual([[one.requestId, "accepted", "t"]])
    expect(at(SENT - 5_001)).toEqual([[one.requestId, "ambiguous", undefined]])
    expect(at(SENT - 2 * MINUTE)).toEqual([[one.requestId, "ambiguous", undefined]])
    expect(at(SENT - 2 * MINUTE - 1)).toEqual([[one.requestId, "not_found", undefined]])
  })

  it("rules out only after ten minutes of the service's time and a second read", () => {
    expect(linesOf(ledger, look(one, []))).toEqual([[one.requestId, "not_found", undefined]])
    expect(linesOf(ledger, look(one, [], { isSecondRead: false }))).toEqual([])
    expect(linesOf(ledger, look(one, [], { serviceTime: SENT + 10 * MINUTE - 1 }))).toEqual([])
  })

  it("passes over what a rule made, what others have, and what differs", () => {
    const claimed = ledgerOf(...lost(one), outcome("other", "transfer_completed", { transfer_id: "theirs" }))
    const other = intent({ amountCents: 1 })
    const entries = [seen("rule", one, { isMadeByRule: true }), seen("theirs", one), seen("other", other)]
    expect(linesOf(claimed, look(one, entries))).toEqual([[one.requestId, "not_found", undefined]])
  })

  it("leaves more entries than transfers to a person", () => {
    expect(linesOf(ledger, look(one, [seen("a", one), seen("b", one)]))).toEqual([
      [one.requestId, "ambiguous", undefined],
    ])
    const undated = [seen("a", one, { createdAt: undefined })]
    expect(linesOf(ledger, look(one, undated))).toEqual([[one.requestId, "ambiguous", undefined]])
  })

  it("gives each of several identical transfers one entry", () => {
    const [a, b] = [intent(), intent()]
    const both = ledgerOf(
      intentDraft(a, "ids"),
      intentDraft(b, "ids"),
      ...[a, b].map((x) => lost(x)[1] ?? outcome("", "transfer_unknown")),
    )
    const two = [seen("x", a), seen("y", a)]
    expect(linesOf(both, look(a, two), look(b, two))).toEqual([
      [a.requestId, "accepted", "x"],
      [b.requestId, "accepted", "y"],
    ])
    expect(linesOf(both, look(a, [seen("x", a)]), look(b, [seen("x", a)]))).toEqual([
      [a.requestId, "accepted", "x"],
      [b.requestId, "not_found", undefined],
    ])
  })

  it("waits while an identical transfer is under way", () => {
    const [a, b] = [intent(), intent()]
    const busy = ledgerOf(
      intentDraft(a, "ids"),
      intentDraft(b, "ids"),
      lost(a)[1] ?? outcome("", "transfer_unknown"),
    )
    expect(linesOf(busy, look(a, [seen("x", a)]))).toEqual([])
  })

  it("finds the id of one that was accepted without, and one that had been ruled out", () => {
    const accepted = ledgerOf(intentDraft(one, "ids"), outcome(one.requestId, "transfer_completed"))
    const ruledOut = ledgerOf(
      ...lost(one),
      outcome(one.requestId, "transfer_reconciled", { outcome: "not_found" }),
    )
    for (const known of [accepted, ruledOut]) {
      expect(linesOf(known, look(one, [seen("t", one)]))).toEqual([[one.requestId, "accepted", "t"]])
      expect(linesOf(known, look(one, []))).toEqual([])
    }
  })
})

describe("a process that was declared dead", () => {
  it("sends nothing that it still has, and goes on under another name", () =>
    inFolder(async (folder) => {
      const sandbox = await startSandbox()
      const pods = ends(sandbox)
      const process = start(sandbox, folder, { heartbeat: 60_000 })
      const transfer = (amountCents: number) =>
        Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
          guarded.transfer({ ...pods, amountCents }),
        )
      sandbox.faults({ operation: "CreatePayment", delay: 300 })
      const first = process.runPromise(transfer(1))
      await expect
        .poll(() => sandbox.requests().some(({ operation }) => operation === "CreatePayment"))
        .toBe(true)
      const second = process.runPromise(Effect.flip(transfer(2)))
      const read = Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.read)
      const open = async () => [...(await process.runPromise(read)).ledger.records()].length
      await expect.poll(open, { interval: 5 }).toBe(2)
      const processes = join(folder, ".owners")
      for (const name of await readdir(processes)) await rm(join(processes, name))
      expect(await second).toMatchObject({ _tag: "StorageError" })
      expect((await first).amountCents).toBe(1)
      expect(booked(sandbox, pods.source.id)).toHaveLength(1)
      await process.runPromise(transfer(3))
      expect(booked(sandbox, pods.source.id)).toHaveLength(2)
      await process.dispose()
      expect(await readdir(processes)).toEqual([])
      await sandbox.close()
    }))
})
