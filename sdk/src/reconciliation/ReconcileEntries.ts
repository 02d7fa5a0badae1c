/** What a look at the activity lets us write into the trail. */

import type { AuditEntryDraft } from "../audit/AuditEntry.js"
import { toTimestamp } from "../audit/Days.js"
import type { SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import type { TransferLedgerView } from "../audit/TransferLedger.js"
import { keysOf } from "../audit/TransferOutcome.js"
import { needsReconciliation, type TransferRecord } from "../audit/TransferRecord.js"
import { type ActivityEntry, type MatchResult, matchTransfer, sentUntil } from "./matchTransfer.js"

/** A complete read of the activity, as far as it concerns one transfer. */
export interface CompleteRead {
  readonly requestId: string
  readonly seen: ReadonlyArray<ActivityEntry>
  /** The service's time of the read. */
  readonly serviceTime: number
  /** Whether an earlier complete read lies long enough before this one. */
  readonly isSecondRead: boolean
}

/** A line to be written, and about what. */
export interface ReconcileEntry {
  readonly attempt: TransferRecord
  readonly before: TransferRecord["status"]
  readonly draft: AuditEntryDraft
}

const lineOf = (
  record: TransferRecord,
  finding: MatchResult,
  isSettled: boolean,
): { readonly [key: string]: unknown } | undefined => {
  const isUnknown = record.status === "unknown"
  switch (finding._tag) {
    case "Found":
      return {
        outcome: "accepted",
        transfer_id: finding.seen.id,
        status: finding.seen.status,
        note:
          record.status === "not_found"
            ? "Found in the activity after it had been ruled out."
            : "Found in the activity.",
      }
    case "Ambiguous":
      return isUnknown
        ? {
            outcome: "ambiguous",
            note: `More than one entry of the activity could be it: ${finding.ids.join(", ")}`,
          }
        : undefined
    case "Early":
      return isUnknown && isSettled
        ? {
            outcome: "ambiguous",
            note: `Entries from shortly before it was sent could be it: ${finding.ids.join(", ")}`,
          }
        : undefined
    case "Nothing":
      return isUnknown && isSettled ? { outcome: "not_found", note: "Not in the activity." } : undefined
    default:
      return undefined
  }
}

/** Makes the lines that reads of the activity allow. Each is written as if those before it stood in the trail. */
export const reconcileEntries = (
  schedule: ReadonlyArray<CompleteRead>,
  ledger: TransferLedgerView,
  settings: SafeguardSettingsValues,
): ReadonlyArray<ReconcileEntry> =>
  schedule.flatMap(({ requestId, seen, serviceTime, isSecondRead }) => {
    const record = ledger.record(requestId)
    if (record === undefined || !needsReconciliation(record)) return []
    const isSettled = isSecondRead && serviceTime >= sentUntil(record) + settings.notFoundAfter
    const line = lineOf(record, matchTransfer(record, ledger, seen), isSettled)
    return line === undefined
      ? []
      : [
          {
            attempt: record,
            before: record.status,
            draft: {
              ...keysOf(record, settings),
              event_type: "transfer_reconciled",
              ...line,
              service_time: toTimestamp(serviceTime),
            },
          },
        ]
  })
