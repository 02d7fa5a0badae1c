import { describe, expect, it } from "vitest"
import { type AuditEntryDraft, intentDraft } from "../../src/audit/AuditEntry.js"
import { type ActivityEntry, matchTransfer } from "../../src/reconciliation/matchTransfer.js"
import { intent, outcome } from "../safeguards/fixtures.js"
import { ledgerOf, lost, SENT, seen, unknown } from "./fixtures.js"

const DAY = 86_400_000

/** The transfer that is looked for, and an identical one. */
const one = intent()
const twin = intent()

const at = (createdAt: number | undefined) => [seen("a", one, { createdAt })]

const twinIntent = [intentDraft(twin, "ids")]
const oldTwinIntent = [intentDraft({ ...twin, serviceTime: SENT - 2 * DAY }, "ids")]
const claimed = [outcome("other", "transfer_completed", { transfer_id: "a" })]

interface Row {
  readonly name: string
  readonly entries: ReadonlyArray<ActivityEntry>
  /** Intents before that of the transfer. */
  readonly before?: ReadonlyArray<AuditEntryDraft>
  /** Entries after those of the transfer. */
  readonly after?: ReadonlyArray<AuditEntryDraft>
  readonly result: object
}

const found = (id: string) => ({ _tag: "Found", entry: { id } })

describe("matchTransfer", () => {
  it.each<Row>([
    { name: "finds nothing in an empty activity", entries: [], result: { _tag: "Nothing" } },
    { name: "finds the only entry since it was sent", entries: at(SENT), result: found("a") },
    { name: "finds an entry from five seconds before", entries: at(SENT - 5_000), result: found("a") },
    {
      name: "doubts an entry from shortly before",
      entries: at(SENT - 5_001),
      result: { _tag: "Early", ids: ["a"] },
    },
    {
      name: "doubts an entry without a date",
      entries: at(undefined),
      result: { _tag: "Early", ids: ["a"] },
    },
    { name: "ignores an entry from long before", entries: at(SENT - 120_001), result: { _tag: "Nothing" } },
    {
      name: "ignores an entry that a rule made",
      entries: [seen("a", one, { isMadeByRule: true })],
      result: { _tag: "Nothing" },
    },
    {
      name: "ignores an entry of another amount",
      entries: [seen("a", intent({ amountCents: 1 }))],
      result: { _tag: "Nothing" },
    },
    {
      name: "ignores an entry that another transfer has",
      entries: at(SENT),
      after: claimed,
      result: { _tag: "Nothing" },
    },
    {
      name: "cannot decide between two entries",
      entries: [seen("a", one), seen("b", one)],
      result: { _tag: "Ambiguous", ids: ["a", "b"] },
    },
    {
      name: "leaves the older of two entries to the identical transfer before it",
      entries: [seen("b", one, { createdAt: SENT + 2_000 }), seen("a", one)],
      before: twinIntent,
      after: [unknown(twin)],
      result: found("b"),
    },
    {
      name: "waits while an identical transfer is open",
      entries: at(SENT),
      before: twinIntent,
      result: { _tag: "Wait" },
    },
    {
      name: "does not wait for an identical transfer if there is no entry",
      entries: [],
      before: twinIntent,
      result: { _tag: "Nothing" },
    },
    {
      name: "does not count an identical transfer of two days ago",
      entries: [seen("a", one), seen("b", one)],
      before: oldTwinIntent,
      after: [outcome(twin.requestId, "transfer_unknown")],
      result: { _tag: "Ambiguous", ids: ["a", "b"] },
    },
  ])("$name", ({ entries, before = [], after = [], result }) => {
    const ledger = ledgerOf(...before, ...lost(one), ...after)
    const record = ledger.record(one.requestId)
    if (record === undefined) throw new Error("no record")
    expect(matchTransfer(record, ledger, entries)).toMatchObject(result)
  })
})
