/** What became of an attempt to send, and the line that says so. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type SequenceError, TransferOutcomeUnknownError, TransferRejectedError } from "../Errors.js"
import type { TransferReceipt } from "../model/Payment.js"
import { type Attempt, begin } from "./Attempt.js"
import { toTimestamp } from "./Days.js"
import { type Draft, type Intent, intentDraft, transferKeys } from "./Entry.js"
import type { LedgerView } from "./Ledger.js"
import type { Values } from "./Settings.js"

/** What became of an attempt to send. */
export type Outcome =
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

/** A safeguard's own reason not to send, found right before the transfer went out. */
export class HeldBack {
  readonly _tag = "HeldBack"
  readonly error: SequenceError

  constructor(error: SequenceError) {
    this.error = error
  }
}

const notSent = (error: SequenceError): Outcome => ({ _tag: "NotSent", error, why: error.message })

/**
 * Tells what the end of a send means for the money.
 *
 * @param sent - whether the service may have acted
 * @param sentAt - the service's time when the request left, where it is known
 */
export const classify = (
  exit: Exit.Exit<TransferReceipt, SequenceError | HeldBack>,
  sent: boolean,
  sentAt: number | undefined,
): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Accepted", receipt: exit.value }
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (failure instanceof HeldBack && !sent) return notSent(failure.error)
  // Held back after a first send: its words would say that nothing was sent.
  const error = failure instanceof HeldBack ? undefined : failure
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

/** What every line about an attempt says. */
export const keysOf = ({ intent }: Attempt, { naming }: Pick<Values, "naming">) => ({
  ...transferKeys(intent.transfer, intent.actor, naming),
  request_id: intent.requestId,
})

type LineOf = (
  attempt: Attempt,
  outcome: Outcome,
  ledger: LedgerView,
) => { readonly event_type: Draft["event_type"] | "accepted"; readonly [key: string]: unknown } | undefined

const unclaimed = (ledger: LedgerView, id: string | null, { intent }: Attempt) =>
  id === null || ledger.isClaimed(id, intent.requestId) ? undefined : id

const firstLine: LineOf = (attempt, outcome, ledger) => {
  switch (outcome._tag) {
    case "Accepted": {
      const { id, status, upstreamRequestId } = outcome.receipt
      const transferId = unclaimed(ledger, id, attempt)
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

const REPLACED: ReadonlySet<Attempt["status"]> = new Set<Attempt["status"]>([
  "unknown",
  "ambiguous",
  "not_found",
])

/** Somebody has written an outcome meanwhile: a definite one takes the place of an indefinite one, never the other way round. */
const laterLine: LineOf = (attempt, outcome, ledger) => {
  const reconciled = { event_type: "transfer_reconciled", note: "The answer came after all." } as const
  if (outcome._tag === "Accepted") {
    const { id, status } = outcome.receipt
    const transferId = unclaimed(ledger, id, attempt)
    const tellsMore =
      attempt.status !== "accepted" || (attempt.transferId === undefined && transferId !== undefined)
    return tellsMore
      ? { ...reconciled, outcome: "accepted", transfer_id: transferId, status: status ?? undefined }
      : undefined
  }
  if (outcome._tag === "Unknown" || !REPLACED.has(attempt.status)) return undefined
  return outcome._tag === "Refused"
    ? { ...reconciled, outcome: "refused", error: outcome.error.message }
    : { ...reconciled, outcome: "not_sent", error: outcome.why }
}

const mayHaveMoved = ({ _tag }: Outcome) => _tag === "Accepted" || _tag === "Unknown"

/**
 * Makes the lines that record an outcome; none where the trail knows as much already. Money that may have moved is
 * recorded even where the trail has lost the transfer, or has been changed so that it would not fit.
 *
 * @param intent - what was on record before it was sent
 */
export const draftsOf = (
  requestId: string,
  outcome: Outcome,
  ledger: LedgerView,
  settings: Values,
  intent?: Intent,
): ReadonlyArray<Draft> => {
  const known = ledger.attempt(requestId)
  const isLost = known === undefined && !ledger.knows(requestId)
  const attempt = isLost && intent !== undefined ? begin(intent, { _tag: "Fits" }) : known
  if (attempt === undefined) return []
  if ((isLost || attempt.status === "unfit") && !mayHaveMoved(outcome)) return []
  const isFirst = attempt.status === "open" || attempt.status === "unfit"
  const line = (isFirst ? firstLine : laterLine)(attempt, outcome, ledger)
  if (line === undefined) return []
  const event_type =
    line.event_type !== "accepted"
      ? line.event_type
      : settings.style === "bot"
        ? "transfer_confirmed"
        : "transfer_completed"
  const draft = { ...keysOf(attempt, settings), ...line, event_type }
  return isLost ? [intentDraft(attempt.intent, settings.naming), draft] : [draft]
}
