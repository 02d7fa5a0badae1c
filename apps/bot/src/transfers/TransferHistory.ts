/** The history of a button in the audit log: its transfer's outcome, or the person who staged it. */
import { Effect } from "effect"
import type { ConfigError, NotFoundError, StorageError } from "tsequence/effect"
import { type AuditEntry, AuditLog, GuardedTransfers, type TransferRecord } from "tsequence/safeguards"

/** The services that read the audit log. */
export type Needs = AuditLog.AuditLog | GuardedTransfers.GuardedTransfers

const text = (entry: AuditEntry, key: string): string | undefined => {
  const value = entry[key]
  return typeof value === "string" ? value : undefined
}

const whole = (entry: AuditEntry, key: string): number | undefined => {
  const value = entry[key]
  return typeof value === "number" ? value : undefined
}

/** Finds the transfer that was confirmed under a message; `undefined` where none was. */
export const attemptAt = (
  chatId: number,
  messageId: number,
): Effect.Effect<TransferRecord | undefined, StorageError | ConfigError | NotFoundError, Needs> =>
  Effect.gen(function* () {
    const entries = yield* (yield* AuditLog.AuditLog).entries({ event: "transfer_requested" })
    const found = entries.findLast((entry) => entry.chat_id === chatId && entry.message_id === messageId)
    const id = found && text(found, "request_id")
    if (id === undefined) return undefined
    // A record that is missing must not look like a transfer that was never made.
    return yield* (yield* GuardedTransfers.GuardedTransfers).getTransfer(id)
  })

/** Finds who staged a transfer, and where. */
export const stagerOf = (stagedId: string) =>
  Effect.gen(function* () {
    const entries = yield* (yield* AuditLog.AuditLog).entries({ event: "transfer_staged" })
    const found = entries.findLast((entry) => entry.staged_id === stagedId)
    return (
      found && {
        userId: whole(found, "user_id"),
        chatId: whole(found, "chat_id"),
        threadId: whole(found, "message_thread_id"),
      }
    )
  })
