/** What the lines of the trail say of one transfer, and how each line changes it. */
import { parseTimestamp } from "./Days.js"
import { type Entry, type Intent, serviceTimeOf, textOf } from "./Entry.js"

export { identityOf } from "../client/Matching.js"

/**
 * Where a transfer stands.
 *
 * - `open`: on disk, under way, nothing known of it yet.
 * - `unfit`: it did not fit the limits, and was never sent.
 * - `not_sent`: certainly never sent, or a person found that it was not.
 * - `refused`: the service said no.
 * - `accepted`: the service booked it; its id may still be missing.
 * - `unknown`: sent, and no answer came.
 * - `ambiguous`: more than one entry of the activity could be it; a person decides.
 * - `not_found`: ruled out in the activity; it counts for its day all the same.
 */
export type Status =
  | "open"
  | "unfit"
  | "not_sent"
  | "refused"
  | "accepted"
  | "unknown"
  | "ambiguous"
  | "not_found"

/** Why a transfer does not fit. */
export type Misfit =
  | { readonly _tag: "DailyLimit"; readonly remainingCents: number }
  | { readonly _tag: "Held"; readonly by: string }
  | { readonly _tag: "KeyTaken"; readonly by: string }

/** What the order of the lines decided about an intent. */
export type Verdict = { readonly _tag: "Fits" } | Misfit

/**
 * A transfer as the trail knows it.
 *
 * @category models
 */
export interface Attempt {
  readonly intent: Intent
  readonly verdict: Verdict
  readonly status: Status
  /** The service's own id, once known. */
  readonly transferId: string | undefined
  /** Its status at the service, where it was looked up. */
  readonly serviceStatus: string | undefined
  /** Why it failed or is not known, for people. */
  readonly error: string | undefined
  /** The process that looks after it. */
  readonly owner: string
  /** The service's time when the request left, where it is known; milliseconds since 1970. */
  readonly sentAt: number | undefined
  /** When it got its outcome by the clock of who wrote that down, in milliseconds since 1970. */
  readonly settledAt: number | undefined
  /** The service's time when it got its outcome, as far as it is known, in milliseconds since 1970. */
  readonly settledServiceTime: number | undefined
}

/** Makes a transfer of which nothing but its intent is known. */
export const begin = (intent: Intent, verdict: Verdict): Attempt => ({
  intent,
  verdict,
  status: verdict._tag === "Fits" ? "open" : "unfit",
  transferId: undefined,
  serviceStatus: undefined,
  error: undefined,
  owner: intent.owner,
  sentAt: undefined,
  settledAt: undefined,
  settledServiceTime: undefined,
})

/** Whether the amount counts for its day. */
export const counts = ({ status }: Attempt): boolean =>
  status !== "unfit" && status !== "not_sent" && status !== "refused"

/** Whether it is not known if the money moved. */
export const isUnresolved = ({ status }: Attempt): boolean => status === "unknown" || status === "ambiguous"

/** Whether there is something left to find out in the activity. */
export const needsLook = ({ status, transferId }: Attempt): boolean =>
  status === "unknown" || status === "not_found" || (status === "accepted" && transferId === undefined)

/** Whether its refusal was not written down yet. */
export const needsClosing = ({ status, settledAt }: Attempt): boolean =>
  status === "unfit" && settledAt === undefined

/** The statuses that a later line may still change to another one. */
const UNDECIDED: ReadonlySet<Status> = new Set<Status>(["open", "unknown", "ambiguous", "not_found"])

const isByHand = (entry: Entry) => textOf(entry, "outcome") === "by_hand"

const settle = (attempt: Attempt, entry: Entry, status: Status): Attempt => ({
  ...attempt,
  status,
  transferId: textOf(entry, "transfer_id") ?? attempt.transferId,
  serviceStatus: (isByHand(entry) ? undefined : textOf(entry, "status")) ?? attempt.serviceStatus,
  error: textOf(entry, "error") ?? attempt.error,
  settledAt: attempt.settledAt ?? parseTimestamp(entry.timestamp),
  settledServiceTime: attempt.settledServiceTime ?? serviceTimeOf(entry),
})

const reconcile = (attempt: Attempt, entry: Entry): Attempt => {
  const outcome = textOf(entry, "outcome")
  const verb = isByHand(entry) ? textOf(entry, "status") : outcome
  switch (verb) {
    case "accepted":
      return settle(attempt, entry, "accepted")
    case "refused":
    case "not_sent":
      return UNDECIDED.has(attempt.status) ? settle(attempt, entry, verb) : attempt
    case "not_found":
      return attempt.status === "open" || isUnresolved(attempt)
        ? settle(attempt, entry, "not_found")
        : attempt
    case "ambiguous":
      return attempt.status === "open" || attempt.status === "unknown"
        ? { ...attempt, status: "ambiguous" }
        : attempt
    default:
      return attempt
  }
}

const unknown = (attempt: Attempt, entry: Entry): Attempt => ({
  ...attempt,
  status: attempt.status === "open" ? "unknown" : attempt.status,
  owner: textOf(entry, "owner") ?? attempt.owner,
  error: textOf(entry, "error") ?? attempt.error,
  sentAt: parseTimestamp(entry.sent_at) ?? attempt.sentAt,
})

/**
 * Tells what an attempt is after a further line about it. A definite outcome (accepted, refused, not sent)
 * takes the place of an indefinite one in whatever order they stand, and accepted that of any other.
 */
export const apply = (attempt: Attempt, entry: Entry): Attempt => {
  if (attempt.status === "unfit") {
    if (entry.event_type === "transfer_rejected") return settle(attempt, entry, "unfit")
    // It was sent all the same: somebody has changed the lines before it since.
    const after = applyTo({ ...attempt, status: "open" }, entry)
    return counts(after) && after.status !== "open" ? after : attempt
  }
  return applyTo(attempt, entry)
}

const applyTo = (attempt: Attempt, entry: Entry): Attempt => {
  switch (entry.event_type) {
    case "transfer_completed":
    case "transfer_confirmed":
      return settle(attempt, entry, "accepted")
    case "transfer_failed":
      return UNDECIDED.has(attempt.status)
        ? settle(attempt, entry, entry.sent === true ? "refused" : "not_sent")
        : attempt
    case "transfer_unknown":
      return unknown(attempt, entry)
    case "transfer_reconciled":
      return reconcile(attempt, entry)
    default:
      return attempt
  }
}
