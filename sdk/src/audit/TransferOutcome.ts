/** Outcomes of sent transfers, and the entries that record them. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type SequenceError, TransferOutcomeUnknownError, TransferRejectedError } from "../Errors.js"
import type { TransferReceipt } from "../model/Payment.js"
import { type AuditEntryDraft, type Intent, intentDraft, transferKeys } from "./AuditEntry.js"
import { toTimestamp } from "./Days.js"
import type { SafeguardSettingsValues } from "./SafeguardOptions.js"
import type { TransferLedgerView } from "./TransferLedger.js"
import { newRecord, type TransferRecord } from "./TransferRecord.js"

/** Outcome of an attempt to send. */
export type TransferOutcome =
  | { readonly _tag: "Accepted"; readonly receipt: TransferReceipt }
  /** The service said no. */
  | { readonly _tag: "Refused"; readonly error: TransferRejectedError }
  /** The service cannot have acted. */
  | { readonly _tag: "NotSent"; readonly error: SequenceError | undefined; readonly why: string }
  | {
      readonly _tag: "Unknown"
      readonly why: string
      readonly sentAt: number | undefined
      readonly cause: unknown
    }

/** A safeguard's reason not to send, found right before the transfer was sent. */
export class BlockedBeforeSend {
  readonly _tag = "HeldBack"
  readonly error: SequenceError

  constructor(error: SequenceError) {
    this.error = error
  }
}

const notSent = (error: SequenceError): TransferOutcome => ({ _tag: "NotSent", error, why: error.message })

/**
 * Classifies the end of a send by what it means for the money.
 *
 * @param sent - whether the service may have acted
 * @param sentAt - the service's time when the request left, where it is known
 */
export const classifySend = (
  exit: Exit.Exit<TransferReceipt, SequenceError | BlockedBeforeSend>,
  sent: boolean,
  sentAt: number | undefined,
): TransferOutcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Accepted", receipt: exit.value }
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (failure instanceof BlockedBeforeSend && !sent) return notSent(failure.error)
  // Held back after a first send: its words would say that nothing was sent.
  const error = failure instanceof BlockedBeforeSend ? undefined : failure
  if (error instanceof TransferRejectedError) return { _tag: "Refused", error }
  if (sent || error instanceof TransferOutcomeUnknownError) {
    const why =
      error?.message ?? "Transfer outcome unknown: the call was cut off after the transfer was sent."
    return { _tag: "Unknown", why, sentAt, cause: error }
  }
  return error === undefined
    ? { _tag: "NotSent", error: undefined, why: "The call was cut off before the transfer was sent." }
    : notSent(error)
}

/** Gives the keys that all entries about a transfer share. */
export const keysOf = ({ intent }: TransferRecord, { naming }: Pick<SafeguardSettingsValues, "naming">) => ({
  ...transferKeys(intent.transfer, intent.actor, naming),
  request_id: intent.requestId,
})

type LineOf = (
  record: TransferRecord,
  outcome: TransferOutcome,
  ledger: TransferLedgerView,
) =>
  | { readonly event_type: AuditEntryDraft["event_type"] | "accepted"; readonly [key: string]: unknown }
  | undefined

const unclaimed = (ledger: TransferLedgerView, id: string | null, { intent }: TransferRecord) =>
  id === null || ledger.isClaimed(id, intent.requestId) ? undefined : id

const firstLine: LineOf = (record, outcome, ledger) => {
  switch (outcome._tag) {
    case "Accepted": {
      const { id, status, upstreamRequestId } = outcome.receipt
      const transferId = unclaimed(ledger, id, record)
      return {
        event_type: "accepted",
        transfer_id: transferId,
        status: transferId === undefined ? undefined : (status ?? undefined),
        upstream_request_id: upstreamRequestId,
      }
    }
    case "Refused":
      return { event_type: "transfer_failed", error: outcome.error.message, sent: true }
    case "NotSent":
      return { event_type: "transfer_failed", error: outcome.why, sent: false }
    default:
      return {
        event_type: "transfer_unknown",
        error: outcome.why,
        sent_at: outcome.sentAt === undefined ? undefined : toTimestamp(outcome.sentAt),
      }
  }
}

const REPLACED: ReadonlySet<TransferRecord["status"]> = new Set<TransferRecord["status"]>([
  "unknown",
  "ambiguous",
  "not_found",
])

/**
 * Makes the entry if an outcome was recorded before: a definite outcome replaces an indefinite one, never the other way
 * round.
 */
const laterLine: LineOf = (record, outcome, ledger) => {
  const reconciled = { event_type: "transfer_reconciled", note: "The answer came after all." } as const
  if (outcome._tag === "Accepted") {
    const { id, status } = outcome.receipt
    const transferId = unclaimed(ledger, id, record)
    const tellsMore =
      record.status !== "accepted" || (record.transferId === undefined && transferId !== undefined)
    return tellsMore
      ? { ...reconciled, outcome: "accepted", transfer_id: transferId, status: status ?? undefined }
      : undefined
  }
  if (outcome._tag === "Unknown" || !REPLACED.has(record.status)) return undefined
  return outcome._tag === "Refused"
    ? { ...reconciled, outcome: "refused", error: outcome.error.message }
    : { ...reconciled, outcome: "not_sent", error: outcome.why }
}

const mayHaveMoved = ({ _tag }: TransferOutcome) => _tag === "Accepted" || _tag === "Unknown"

/**
 * Makes the lines that record an outcome; none where the audit log knows as much already. Money that may have moved is
 * recorded even where the audit log has lost the transfer, or has been changed so that it would not fit.
 *
 * @param intent - what was on record before it was sent
 */
export const outcomeEntries = (
  requestId: string,
  outcome: TransferOutcome,
  ledger: TransferLedgerView,
  settings: SafeguardSettingsValues,
  intent?: Intent,
): ReadonlyArray<AuditEntryDraft> => {
  const known = ledger.record(requestId)
  const isLost = known === undefined && !ledger.hasSeen(requestId)
  const record = isLost && intent !== undefined ? newRecord(intent, { _tag: "Fits" }) : known
  if (record === undefined) return []
  if ((isLost || record.status === "unfit") && !mayHaveMoved(outcome)) return []
  const isFirst = record.status === "open" || record.status === "unfit"
  const line = (isFirst ? firstLine : laterLine)(record, outcome, ledger)
  if (line === undefined) return []
  const event_type =
    line.event_type !== "accepted"
      ? line.event_type
      : settings.style === "bot"
        ? "transfer_confirmed"
        : "transfer_completed"
  const draft = { ...keysOf(record, settings), ...line, event_type }
  return isLost ? [intentDraft(record.intent, settings.naming), draft] : [draft]
}
