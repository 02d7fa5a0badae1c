/** Transfers whose outcome is unknown, and the decision of a person who found it out. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type AuditEntryDraft, withServiceTime } from "../audit/AuditEntry.js"
import { AuditStorage, type Snapshot } from "../audit/AuditStorage.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings, type SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { keysOf } from "../audit/TransferOutcome.js"
import { isUnresolved, type TransferRecord } from "../audit/TransferRecord.js"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, NotFoundError, type StorageError, TransferRejectedError } from "../Errors.js"

/** The outcome of a transfer that a person found out. */
export type Decision =
  /** It was made, and has this id at the service. */
  | { readonly outcome: "accepted"; readonly transferId: string }
  /** It was not made. Only this gives the amount back to the day. */
  | { readonly outcome: "not_sent" }

/**
 * Listing and resolving of transfers without an outcome.
 *
 * @category services
 */
export interface Service {
  /** Lists transfers whose outcome is not known, oldest first: unknown, left to a person, ruled out, or under way. */
  readonly list: Effect.Effect<ReadonlyArray<TransferRecord>, StorageError>
  /**
   * Resolves a transfer by hand; the reason goes into the audit log. Fails with `NotFoundError` if there is none of this
   * id, and with `TransferRejectedError` if its outcome is known.
   */
  readonly resolve: (
    requestId: string,
    decision: Decision,
    reason: string,
  ) => Effect.Effect<TransferRecord, StorageError | ConfigError | NotFoundError | TransferRejectedError>
}

/**
 * Lists and resolves transfers whose outcome is not known.
 *
 * @category services
 */
export class Unresolved extends Context.Tag("tsequence/UnresolvedTransfers")<Unresolved, Service>() {}

const DECISION: Keys<Extract<Decision, { outcome: "accepted" }>> = { outcome: true, transferId: true }

const isListed = (record: TransferRecord) =>
  isUnresolved(record) || record.status === "open" || record.status === "not_found"

/** Tells if a person may decide about a transfer: its outcome is unknown, or it was accepted and lacks its id. */
const mayResolve = ({ ledger }: Pick<Snapshot, "ledger">, requestId: string, decision: Decision) => {
  const record = ledger.record(requestId)
  if (record === undefined) return false
  if (decision.outcome === "accepted" && ledger.isClaimed(decision.transferId, requestId)) return false
  const lacksId =
    decision.outcome === "accepted" && record.status === "accepted" && record.transferId === undefined
  return isUnresolved(record) || record.status === "not_found" || lacksId
}

/** Makes the entry of a person's decision. */
const entryOf = (
  record: TransferRecord,
  decision: Decision,
  reason: string,
  settings: SafeguardSettingsValues,
): AuditEntryDraft => ({
  ...keysOf(record, settings),
  event_type: "transfer_reconciled",
  outcome: "by_hand",
  status: decision.outcome,
  transfer_id: decision.outcome === "accepted" ? decision.transferId : undefined,
  note: reason,
})

const notFound = (requestId: string) =>
  new NotFoundError(`There is no transfer with the request_id "${requestId}" that could be resolved`, {
    kind: "transfer",
    key: requestId,
  })

const notResolvable = ({ status, intent: { requestId } }: TransferRecord) =>
  new TransferRejectedError(
    status === "open"
      ? "it is still under way"
      : "its outcome is known already, or another transfer has that id",
    { requestId },
  )

/**
 * Lists and resolves over a storage.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AuditStorage | Recorder | ServiceTime | SafeguardSettings> =
  Effect.gen(function* () {
    const storage = yield* AuditStorage
    const recorder = yield* Recorder
    const serviceTime = yield* ServiceTime
    const settings = yield* SafeguardSettings

    const list: Service["list"] = Effect.gen(function* () {
      yield* recorder.retry
      const { ledger } = yield* storage.read
      return ledger.unresolved().filter(isListed)
    })

    const resolve: Service["resolve"] = (requestId, decision, reason) =>
      Effect.gen(function* () {
        yield* refuseUnknownKeys("decision", decision, DECISION)
        let isWritten = false
        const time = yield* serviceTime.known
        const { ledger } = yield* storage.append(
          (snapshot) => {
            const before = snapshot.ledger.record(requestId)
            isWritten = before !== undefined && mayResolve(snapshot, requestId, decision)
            if (before === undefined || !isWritten) return []
            return withServiceTime([entryOf(before, decision, reason, settings)], time)
          },
          { durable: true },
        )
        const record = ledger.record(requestId)
        if (record === undefined) return yield* Effect.fail(notFound(requestId))
        return isWritten ? record : yield* Effect.fail(notResolvable(record))
      })

    return { list, resolve }
  })

/**
 * Lists and resolves transfers in the storage in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<
  Unresolved,
  never,
  AuditStorage | Recorder | ServiceTime | SafeguardSettings
> = Layer.effect(Unresolved, make)
