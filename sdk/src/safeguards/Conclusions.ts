/** What a look at the activity lets us write into the trail. */
import { type Attempt, needsLook } from "./Attempt.js"
import { toTimestamp } from "./Days.js"
import type { Draft } from "./Entry.js"
import type { LedgerView } from "./Ledger.js"
import { type Finding, find, type Seen, sentUntil } from "./Matching.js"
import { keysOf } from "./Outcome.js"
import type { Values } from "./Settings.js"

/** A complete read of the activity, as far as it concerns one transfer. */
export interface Look {
  readonly requestId: string
  readonly seen: ReadonlyArray<Seen>
  /** The service's time of the read. */
  readonly serviceTime: number
  /** Whether an earlier complete read lies long enough before this one. */
  readonly isSecondRead: boolean
}

/** A line to be written, and about what. */
export interface Concluded {
  readonly attempt: Attempt
  readonly before: Attempt["status"]
  readonly draft: Draft
}

const lineOf = (
  attempt: Attempt,
  finding: Finding,
  isSettled: boolean,
): { readonly [key: string]: unknown } | undefined => {
  const isUnknown = attempt.status === "unknown"
  switch (finding._tag) {
    case "Found":
      return {
        outcome: "accepted",
        transfer_id: finding.seen.id,
        status: finding.seen.status,
        note:
          attempt.status === "not_found"
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
export const conclude = (
  looks: ReadonlyArray<Look>,
  ledger: LedgerView,
  settings: Values,
): ReadonlyArray<Concluded> =>
  looks.flatMap(({ requestId, seen, serviceTime, isSecondRead }) => {
    const attempt = ledger.attempt(requestId)
    if (attempt === undefined || !needsLook(attempt)) return []
    const isSettled = isSecondRead && serviceTime >= sentUntil(attempt) + settings.notFoundAfter
    const line = lineOf(attempt, find(attempt, ledger, seen), isSettled)
    return line === undefined
      ? []
      : [
          {
            attempt,
            before: attempt.status,
            draft: {
              ...keysOf(attempt, settings),
              event_type: "transfer_reconciled",
              ...line,
              service_time: toTimestamp(serviceTime),
            },
          },
        ]
  })
