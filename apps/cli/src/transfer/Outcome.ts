/** The outcome of a transfer that got no response, as the audit log knows it. */
import {
  NotFoundError,
  type SafeguardsClient,
  type TransferRecord,
  type TransferRecordStatus,
} from "tsequence"

/** The outcome of a transfer. */
export interface Outcome {
  readonly state: "accepted" | "refused" | "not_sent" | "not_found" | "unknown"
  readonly transferId: string | null
  readonly error: string | null
}

/** The outcome of a transfer of which nothing is known. */
export const UNKNOWN: Outcome = { state: "unknown", transferId: null, error: null }

const STATE_OF: Readonly<Record<TransferRecordStatus, Outcome["state"]>> = {
  open: "unknown",
  unknown: "unknown",
  ambiguous: "unknown",
  unfit: "not_sent",
  not_sent: "not_sent",
  refused: "refused",
  accepted: "accepted",
  not_found: "not_found",
}

/** Reduces a transfer record to what the command tells. */
export const fromRecord = ({
  status,
  transferId,
  error,
}: Pick<TransferRecord, "status" | "transferId" | "error">): Outcome => ({
  state: STATE_OF[status],
  transferId: transferId ?? null,
  error: error ?? null,
})

/** Reads the outcome of a transfer from the audit log. */
export const read = async (safeguards: SafeguardsClient, requestId: string): Promise<Outcome> => {
  try {
    return fromRecord(await safeguards.getTransfer(requestId))
  } catch (error) {
    // It was sent, so a record that is missing says nothing about the money.
    if (error instanceof NotFoundError) return UNKNOWN
    throw error
  }
}

const POLL_INTERVAL = 500

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, POLL_INTERVAL)
    signal.addEventListener("abort", end)
  })

/**
 * Waits until the outcome of a transfer is known, while the client looks for it in the activity.
 *
 * @param patience - the longest wait, in milliseconds
 * @param signal - ends the wait; the client keeps looking
 */
export const watch = async (
  safeguards: SafeguardsClient,
  requestId: string,
  patience: number,
  signal: AbortSignal,
): Promise<Outcome> => {
  const end = performance.now() + patience
  while (true) {
    const outcome = await read(safeguards, requestId)
    if (outcome.state !== "unknown" || signal.aborted || performance.now() >= end) return outcome
    await pause(signal)
  }
}
