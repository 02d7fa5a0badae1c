/** What the audit trail knows of a button: what came of its transfer, or who staged it. */
import { Clock, Effect } from "effect"
import type { StorageError } from "tsequence/effect"
import { type Attempt, AuditLog, type Entry, GuardedTransfers } from "tsequence/safeguards"

/** Days are far behind after this: messages that old are not edited any more. */
const RECENT = 48 * 3_600_000

/** Outcomes this fresh may not have reached their message before the bot stopped. */
const FRESH = 3_600_000

const text = (entry: Entry, key: string): string | undefined => {
  const value = entry[key]
  return typeof value === "string" ? value : undefined
}

const whole = (entry: Entry, key: string): number | undefined => {
  const value = entry[key]
  return typeof value === "number" ? value : undefined
}

const ageOf = ({ timestamp }: Entry, now: number): number => now - Date.parse(timestamp)

/** Finds the transfer that was confirmed under a message; `undefined` where none was. */
export const attemptAt = (
  chatId: number,
  messageId: number,
): Effect.Effect<Attempt | undefined, StorageError, AuditLog.AuditLog | GuardedTransfers.GuardedTransfers> =>
  Effect.gen(function* () {
    const entries = yield* (yield* AuditLog.AuditLog).entries({ event: "transfer_requested" })
    const found = entries.findLast((entry) => entry.chat_id === chatId && entry.message_id === messageId)
    const id = found && text(found, "request_id")
    return id === undefined ? undefined : yield* (yield* GuardedTransfers.GuardedTransfers).byId(id)
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

/** Finds the transfers whose message may not say what became of them, after a restart. */
export const unsettled = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const entries = yield* (yield* AuditLog.AuditLog).entries()
  const guarded = yield* GuardedTransfers.GuardedTransfers
  const recent = entries.filter((entry) => ageOf(entry, now) < RECENT)
  const idsOf = (...events: ReadonlyArray<string>) =>
    new Set(recent.filter(({ event_type }) => events.includes(event_type)).map((e) => text(e, "request_id")))
  const looked = idsOf("transfer_unknown", "transfer_reconciled")
  const settled = idsOf("transfer_confirmed", "transfer_failed", "transfer_rejected")
  const wanted = recent.filter((entry) => {
    const id = text(entry, "request_id")
    if (entry.event_type !== "transfer_requested" || typeof entry.message_id !== "number") return false
    return looked.has(id) || !settled.has(id) || ageOf(entry, now) < FRESH
  })
  const attempts = yield* Effect.forEach(wanted, (entry) => guarded.byId(text(entry, "request_id") ?? ""))
  return attempts.flatMap((attempt) => attempt ?? [])
})
