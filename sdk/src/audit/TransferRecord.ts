/** State of one transfer by the entries of the audit log, and the change by each entry. */

import { type AuditEntry, type Intent, serviceTimeOf, textOf } from "./AuditEntry.js"
import { parseTimestamp } from "./Days.js"

export { duplicateKeyOf } from "../api/TransferMatching.js"

/**
 * Status of a transfer.
 *
 * - `open`: on disk, and maybe sent; its outcome is not recorded yet.
 * - `unfit`: it did not fit the limits, and was never sent.
 * - `not_sent`: certainly never sent, or a person found that it was not.
 * - `refused`: the service said no.
 * - `accepted`: the service booked it; its id may still be missing.
 * - `unknown`: sent, and no answer came.
 * - `ambiguous`: more than one entry of the activity could be it; a person decides.
 * - `not_found`: ruled out in the activity; it still counts for its day.
 */
export type TransferRecordStatus =
  | "open"
  | "unfit"
  | "not_sent"
  | "refused"
  | "accepted"
  | "unknown"
  | "ambiguous"
  | "not_found"

/** Reason why a transfer does not fit. */
export type BlockReason =
  | { readonly _tag: "DailyLimit"; readonly remainingCents: number }
  | { readonly _tag: "Held"; readonly by: string }
  | { readonly _tag: "KeyTaken"; readonly by: string }

/** Decision about an intent, by the order of the entries. */
export type Admission = { readonly _tag: "Fits" } | BlockReason

/**
 * A transfer as the audit log knows it.
 *
 * @category models
 */
export interface TransferRecord {
  readonly intent: Intent
  readonly admission: Admission
  readonly status: TransferRecordStatus
  /** The service's own id, once known. */
  readonly transferId: string | undefined
  /** Its status at the service, where it was looked up. */
  readonly serviceStatus: string | undefined
  /** The reason why it failed or is unknown, for people. */
  readonly error: string | undefined
  /** The process that looks after it. */
  readonly owner: string
  /** The service's time when the request left, where it is known; milliseconds since 1970. */
  readonly sentAt: number | undefined
  /** Time of its outcome by the clock of the process that recorded it, in milliseconds since 1970. */
  readonly settledAt: number | undefined
  /** The service's time when it got its outcome, as far as it is known, in milliseconds since 1970. */
  readonly settledServiceTime: number | undefined
}

/** Makes a transfer of which nothing but its intent is known. */
export const newRecord = (intent: Intent, verdict: Admission): TransferRecord => ({
  intent,
  admission: verdict,
  status: verdict._tag === "Fits" ? "open" : "unfit",
  transferId: undefined,
  serviceStatus: undefined,
  error: undefined,
  owner: intent.owner,
  sentAt: undefined,
  settledAt: undefined,
  settledServiceTime: undefined,
})

/** Tells if the amount counts for its day. */
export const countsTowardLimit = ({ status }: TransferRecord): boolean =>
  status !== "unfit" && status !== "not_sent" && status !== "refused"

/** Tells if it is not known if the money moved. */
export const isUnresolved = ({ status }: TransferRecord): boolean =>
  status === "unknown" || status === "ambiguous"

/** Tells if there is something left to find out in the activity. */
export const needsReconciliation = ({ status, transferId }: TransferRecord): boolean =>
  status === "unknown" || status === "not_found" || (status === "accepted" && transferId === undefined)

/** Tells if its refusal was not written down yet. */
export const needsRejection = ({ status, settledAt }: TransferRecord): boolean =>
  status === "unfit" && settledAt === undefined

/** The statuses that a later line may still change to another one. */
const UNDECIDED: ReadonlySet<TransferRecordStatus> = new Set<TransferRecordStatus>([
  "open",
  "unknown",
  "ambiguous",
  "not_found",
])

const isByHand = (entry: AuditEntry) => textOf(entry, "outcome") === "by_hand"

const settle = (record: TransferRecord, entry: AuditEntry, status: TransferRecordStatus): TransferRecord => ({
  ...record,
  status,
  transferId: textOf(entry, "transfer_id") ?? record.transferId,
  serviceStatus: (isByHand(entry) ? undefined : textOf(entry, "status")) ?? record.serviceStatus,
  error: textOf(entry, "error") ?? record.error,
  settledAt: record.settledAt ?? parseTimestamp(entry.timestamp),
  settledServiceTime: record.settledServiceTime ?? serviceTimeOf(entry),
})

const reconcile = (record: TransferRecord, entry: AuditEntry): TransferRecord => {
  const outcome = textOf(entry, "outcome")
  const verb = isByHand(entry) ? textOf(entry, "status") : outcome
  switch (verb) {
    case "accepted":
      return settle(record, entry, "accepted")
    case "refused":
    case "not_sent":
      return UNDECIDED.has(record.status) ? settle(record, entry, verb) : record
    case "not_found":
      return record.status === "open" || isUnresolved(record) ? settle(record, entry, "not_found") : record
    case "ambiguous":
      return record.status === "open" || record.status === "unknown"
        ? { ...record, status: "ambiguous" }
        : record
    default:
      return record
  }
}

const unknown = (record: TransferRecord, entry: AuditEntry): TransferRecord => ({
  ...record,
  status: record.status === "open" ? "unknown" : record.status,
  owner: textOf(entry, "owner") ?? record.owner,
  error: textOf(entry, "error") ?? record.error,
  sentAt: parseTimestamp(entry.sent_at) ?? record.sentAt,
})

/**
 * Tells what an attempt is after a further line about it. A definite outcome (accepted, refused, not sent)
 * takes the place of an indefinite one in any order, and accepted replaces every other.
 */
export const apply = (record: TransferRecord, entry: AuditEntry): TransferRecord => {
  if (record.status === "unfit") {
    if (entry.event_type === "transfer_rejected") return settle(record, entry, "unfit")
    // It was sent nevertheless: the lines before it were changed since.
    const after = applyTo({ ...record, status: "open" }, entry)
    return countsTowardLimit(after) && after.status !== "open" ? after : record
  }
  return applyTo(record, entry)
}

const applyTo = (record: TransferRecord, entry: AuditEntry): TransferRecord => {
  switch (entry.event_type) {
    case "transfer_completed":
    case "transfer_confirmed":
      return settle(record, entry, "accepted")
    case "transfer_failed":
      return UNDECIDED.has(record.status)
        ? settle(record, entry, entry.sent === true ? "refused" : "not_sent")
        : record
    case "transfer_unknown":
      return unknown(record, entry)
    case "transfer_reconciled":
      return reconcile(record, entry)
    default:
      return record
  }
}
