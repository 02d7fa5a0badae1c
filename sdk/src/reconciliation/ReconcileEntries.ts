/** The entries that reads of the activity allow to write into the audit log. */

import type { AuditEntryDraft } from "../audit/AuditEntry.js"
import { toTimestamp } from "../audit/Days.js"
import type { SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import type { TransferLedgerView } from "../audit/TransferLedger.js"
import { keysOf } from "../audit/TransferOutcome.js"
import { needsReconciliation, type TransferRecord } from "../audit/TransferRecord.js"
import type { ActivitySnapshots } from "./ActivitySnapshot.js"
import { type ActivityEntry, type MatchResult, matchTransfer, sentUntil } from "./matchTransfer.js"
import type { PendingSearch } from "./ReconcileSchedule.js"

/** A complete read of the activity, as far as it concerns one transfer. */
export interface CompleteRead {
  readonly requestId: string
  readonly entries: ReadonlyArray<ActivityEntry>
  /** The service's time of the read, in milliseconds since 1970. */
  readonly serviceTime: number
  /** True if an earlier complete read lies long enough before this one. */
  readonly isSecondRead: boolean
}

/** An entry to be written, and the transfer that it is about. */
export interface ReconcileEntry {
  readonly requestId: string
  /** Status of the transfer before the entry. */
  readonly before: TransferRecord["status"]
  readonly draft: AuditEntryDraft
}

/**
 * Gives the reads that are complete: those of transfers all of whose organizations were read. Notes the first of each.
 *
 * @param startedAt - when the reads began, in milliseconds on the monotonic clock
 * @param minReadInterval - least milliseconds from the first read to a second one
 */
export const completeReads = (
  searches: ReadonlyArray<PendingSearch>,
  snapshots: ActivitySnapshots,
  startedAt: number,
  minReadInterval: number,
): ReadonlyArray<CompleteRead> =>
  searches.flatMap(({ record: { intent }, progress }): ReadonlyArray<CompleteRead> => {
    const found = intent.organizationIds.flatMap((id) => snapshots.get(id) ?? [])
    if (found.length < intent.organizationIds.length) return []
    const sinceFirst = progress.firstReadAt === undefined ? 0 : startedAt - progress.firstReadAt
    progress.firstReadAt ??= startedAt
    return [
      {
        requestId: intent.requestId,
        entries: found.flatMap(({ entries }) => entries),
        serviceTime: Math.min(...found.map(({ serviceTime }) => serviceTime)),
        isSecondRead: sinceFirst >= minReadInterval,
      },
    ]
  })

/** Gives the keys by which an entry tells an outcome; `undefined` as long as there is none. */
const outcomeOf = (
  record: TransferRecord,
  match: MatchResult,
  isSettled: boolean,
): { readonly [key: string]: unknown } | undefined => {
  const isUnknown = record.status === "unknown"
  switch (match._tag) {
    case "Found":
      return {
        outcome: "accepted",
        transfer_id: match.entry.id,
        status: match.entry.status,
        note:
          record.status === "not_found"
            ? "Found in the activity after it had been ruled out."
            : "Found in the activity.",
      }
    case "Ambiguous":
      return isUnknown
        ? {
            outcome: "ambiguous",
            note: `More than one entry of the activity could be it: ${match.ids.join(", ")}`,
          }
        : undefined
    case "Early":
      return isUnknown && isSettled
        ? {
            outcome: "ambiguous",
            note: `Entries from shortly before it was sent could be it: ${match.ids.join(", ")}`,
          }
        : undefined
    case "Nothing":
      return isUnknown && isSettled ? { outcome: "not_found", note: "Not in the activity." } : undefined
    default:
      return undefined
  }
}

/** Makes the entries that reads of the activity allow, each by the audit log as it is before all of them. */
export const reconcileEntries = (
  reads: ReadonlyArray<CompleteRead>,
  ledger: TransferLedgerView,
  settings: Pick<SafeguardSettingsValues, "naming" | "notFoundAfter">,
): ReadonlyArray<ReconcileEntry> =>
  reads.flatMap(({ requestId, entries, serviceTime, isSecondRead }) => {
    const record = ledger.record(requestId)
    if (record === undefined || !needsReconciliation(record)) return []
    const isSettled = isSecondRead && serviceTime >= sentUntil(record) + settings.notFoundAfter
    const outcome = outcomeOf(record, matchTransfer(record, ledger, entries), isSettled)
    if (outcome === undefined) return []
    const draft: AuditEntryDraft = {
      ...keysOf(record, settings),
      event_type: "transfer_reconciled",
      ...outcome,
      service_time: toTimestamp(serviceTime),
    }
    return [{ requestId, before: record.status, draft }]
  })
