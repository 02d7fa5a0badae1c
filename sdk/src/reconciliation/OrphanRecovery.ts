/** Recovery of transfers of processes that died: open ones, and rejections that were not recorded. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AuditEntryDraft } from "../audit/AuditEntry.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { SafeguardSettings, type SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import { keysOf } from "../audit/TransferOutcome.js"
import { needsRejection, type TransferRecord } from "../audit/TransferRecord.js"
import { ProcessRegistry } from "./ProcessRegistry.js"

/** Makes the entry about a transfer whose process died; `undefined` if another process has settled it. */
const takeOverLine = (
  record: TransferRecord,
  owner: string,
  settings: SafeguardSettingsValues,
): AuditEntryDraft | undefined => {
  const { admission: verdict, intent, status } = record
  if (verdict._tag !== "Fits") {
    const { transfer, dailyLimitCents, requestId } = intent
    const { message } = BlockErrors.toError(verdict, transfer.amountCents, dailyLimitCents, requestId)
    return needsRejection(record)
      ? { ...keysOf(record, settings), event_type: "transfer_rejected", error: message }
      : undefined
  }
  const error = "The process that made it ended before its outcome was recorded."
  return status === "open"
    ? { ...keysOf(record, settings), event_type: "transfer_unknown", error, owner }
    : undefined
}

/** Makes an effect that takes over all transfers of dead processes. */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const settings = yield* SafeguardSettings

  const isLeftBehind = (record: TransferRecord) =>
    Effect.gen(function* () {
      if (record.status !== "open" && !needsRejection(record)) return false
      if (processes.isOwn(record.owner)) return false
      const [liveness, still] = yield* processes.healthOf(record.owner)
      if (liveness !== "dead") return false
      if (needsRejection(record)) return true
      // No sooner than its request can have ended; on our own clock where the other's cannot be trusted.
      const wall = yield* Clock.currentTimeMillis
      return (
        wall >= record.intent.sendBefore + settings.attemptTimeout ||
        still >= settings.timeout + settings.attemptTimeout
      )
    })

  const takeOver = (left: ReadonlyArray<TransferRecord>) =>
    Effect.gen(function* () {
      const ids = new Set(left.map(({ intent }) => intent.requestId))
      // Before anything is written: who wakes up now must find that it was declared dead.
      yield* Effect.forEach(new Set(left.map(({ owner }) => owner)), processes.expire, { discard: true })
      const owner = yield* processes.ownId
      yield* storage.append(
        ({ ledger }) =>
          ledger
            .unresolved()
            .filter(({ intent }) => ids.has(intent.requestId))
            .flatMap((record) => takeOverLine(record, owner, settings) ?? []),
        { durable: true },
      )
    })

  return Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const foreign = ledger.unresolved().filter(({ owner }) => !processes.isOwn(owner))
    if (foreign.length === 0) return
    yield* processes.observe
    const left = yield* Effect.filter(foreign, isLeftBehind)
    if (left.length > 0) yield* takeOver(left)
  })
})
