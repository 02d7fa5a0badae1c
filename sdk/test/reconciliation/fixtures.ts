/** Audit logs and activities for tests of reconciliation. */
import {
  type AuditEntryDraft,
  encodeLine,
  type Intent,
  intentDraft,
  parseLine,
} from "../../src/audit/AuditEntry.js"
import { toTimestamp } from "../../src/audit/Days.js"
import { TransferLedger } from "../../src/audit/TransferLedger.js"
import { duplicateKeyOf } from "../../src/audit/TransferRecord.js"
import type { ActivityEntry } from "../../src/reconciliation/matchTransfer.js"
import { outcome } from "../safeguards/fixtures.js"

/** The time at which the transfers were sent, in milliseconds since 1970. */
export const SENT = Date.parse("2026-07-01T16:00:00Z")

/** A ledger of these entries. */
export const ledgerOf = (...drafts: ReadonlyArray<AuditEntryDraft>) => {
  const ledger = new TransferLedger("America/New_York")
  for (const draft of drafts) {
    const entry = parseLine(encodeLine(draft, SENT, { seq: 1, prev: "", covers: undefined }))
    if (entry !== undefined) ledger.add(entry)
  }
  return ledger
}

/** The entry about a transfer without a response. */
export const unknown = (one: Intent): AuditEntryDraft =>
  outcome(one.requestId, "transfer_unknown", { sent_at: toTimestamp(SENT) })

/** The entries about a transfer that was sent and got no response. */
export const lost = (one: Intent): ReadonlyArray<AuditEntryDraft> => [intentDraft(one, "ids"), unknown(one)]

/** An entry of the activity that looks like a transfer, from a second after it was sent. */
export const seen = (id: string, one: Intent, changes: Partial<ActivityEntry> = {}): ActivityEntry => ({
  id,
  identity: duplicateKeyOf(one.transfer),
  createdAt: SENT + 1_000,
  status: "PENDING",
  isMadeByRule: false,
  ...changes,
})
