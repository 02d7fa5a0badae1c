import { describe, expect, it } from "vitest"
import { type Intent, intentDraft } from "../../src/audit/AuditEntry.js"
import { withDefaults } from "../../src/audit/SafeguardOptions.js"
import type { TransferLedger } from "../../src/audit/TransferLedger.js"
import type { ActivityEntry } from "../../src/reconciliation/matchTransfer.js"
import {
  type CompleteRead,
  completeReads,
  reconcileEntries,
} from "../../src/reconciliation/ReconcileEntries.js"
import { intent, outcome } from "../safeguards/fixtures.js"
import { ledgerOf, lost, SENT, seen, unknown } from "./fixtures.js"

const MINUTE = 60_000

const look = (
  one: Intent,
  entries: ReadonlyArray<ActivityEntry>,
  changes: Partial<CompleteRead> = {},
): CompleteRead => ({
  requestId: one.requestId,
  entries,
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

describe("reconcileEntries", () => {
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
    const both = ledgerOf(intentDraft(a, "ids"), intentDraft(b, "ids"), unknown(a), unknown(b))
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
    const busy = ledgerOf(intentDraft(a, "ids"), intentDraft(b, "ids"), unknown(a))
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

describe("completeReads", () => {
  const one = intent({ organizationIds: ["org-1", "org-2"] })
  const record = ledgerOf(...lost(one)).record(one.requestId)
  const snapshot = (id: string, serviceTime: number) => ({ entries: [seen(id, one)], serviceTime })
  const both = new Map([
    ["org-1", snapshot("a", SENT + 2)],
    ["org-2", snapshot("b", SENT + 1)],
  ])

  /** Reads at some moments of the monotonic clock. */
  const readAt = (...moments: ReadonlyArray<readonly [number, typeof both]>) => {
    if (record === undefined) throw new Error("no record")
    const progress = { startedAt: 0, attempts: 1, firstReadAt: undefined }
    return moments.map(([now, snapshots]) => completeReads([{ record, progress }], snapshots, now, MINUTE))
  }

  it("joins the entries of all organizations, and takes the earliest of their times", () => {
    expect(readAt([0, both])).toEqual([
      [
        {
          requestId: one.requestId,
          entries: [seen("a", one), seen("b", one)],
          serviceTime: SENT + 1,
          isSecondRead: false,
        },
      ],
    ])
  })

  it("leaves out a transfer if one of its organizations could not be read", () => {
    expect(readAt([0, new Map([["org-1", snapshot("a", SENT)]])])).toEqual([[]])
  })

  it.each([
    { name: "is no second read a moment too early", now: MINUTE - 1, isSecondRead: false },
    { name: "is a second read after the interval", now: MINUTE, isSecondRead: true },
  ])("$name", ({ now, isSecondRead }) => {
    expect(readAt([0, both], [now, both])[1]).toMatchObject([{ isSecondRead }])
  })

  it("does not count an incomplete read as the first", () => {
    const incomplete = new Map([["org-1", snapshot("a", SENT)]])
    expect(readAt([0, incomplete], [MINUTE, both])[1]).toMatchObject([{ isSecondRead: false }])
  })
})
