/** What became of a transfer that has no answer: the trail is asked until it knows, or the time is up. */
import type { AuditEntry, Sequence } from "tsequence"

/** How a transfer stands, by the audit trail. */
export interface Outcome {
  readonly state: "accepted" | "refused" | "not_sent" | "not_found" | "unknown"
  readonly transferId: string | null
  readonly error: string | null
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null)

const stateOf = (entry: AuditEntry): Outcome["state"] | undefined => {
  switch (entry.event_type) {
    case "transfer_completed":
    case "transfer_confirmed":
      return "accepted"
    case "transfer_rejected":
      return "not_sent"
    case "transfer_failed":
      return entry.sent === true ? "refused" : "not_sent"
    case "transfer_reconciled": {
      const said = entry.outcome === "by_hand" ? entry.status : entry.outcome
      return said === "accepted" || said === "refused" || said === "not_sent" || said === "not_found"
        ? said
        : undefined
    }
    default:
      return undefined
  }
}

const UNKNOWN: Outcome = { state: "unknown", transferId: null, error: null }

/** Judges the entries of one transfer, oldest first: the newest outcome wins. */
export const judge = (entries: ReadonlyArray<AuditEntry>): Outcome =>
  entries.reduce<Outcome>((outcome, entry) => {
    const state = stateOf(entry)
    if (state === undefined) return outcome
    return {
      state,
      transferId: text(entry.transfer_id) ?? outcome.transferId,
      error: text(entry.error) ?? outcome.error,
    }
  }, UNKNOWN)

const LOOK_AGAIN = 500

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, LOOK_AGAIN)
    signal.addEventListener("abort", end)
  })

/**
 * Waits until the outcome of a transfer is known, while the client looks for it in the activity.
 *
 * @param patience - milliseconds
 * @param signal - ends the waiting, not the looking
 */
export const watch = async (
  { safeguards }: Sequence,
  requestId: string,
  patience: number,
  signal: AbortSignal,
): Promise<Outcome> => {
  const end = performance.now() + patience
  while (true) {
    const outcome = judge(await safeguards.getAuditEntries({ requestId }))
    if (outcome.state !== "unknown" || signal.aborted || performance.now() >= end) return outcome
    await pause(signal)
  }
}
