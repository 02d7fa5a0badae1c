/** Transfers of which nobody knows yet whether they moved money, and the word of a person who found out. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type AuditEntryDraft, withServiceTime } from "../audit/AuditEntry.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { keysOf } from "../audit/TransferOutcome.js"
import { isUnresolved, type TransferRecord } from "../audit/TransferRecord.js"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, NotFoundError, type StorageError, TransferRejectedError } from "../Errors.js"

/** What a person found out about a transfer. */
export type Decision =
  /** It was made, and has this id at the service. */
  | { readonly outcome: "accepted"; readonly transferId: string }
  /** It was not made. Only this gives the amount back to the day. */
  | { readonly outcome: "not_sent" }

/**
 * What can be done about transfers without an outcome.
 *
 * @category services
 */
export interface Service {
  /** Lists transfers whose outcome is not known, oldest first: unknown, left to a person, ruled out, or under way. */
  readonly list: Effect.Effect<ReadonlyArray<TransferRecord>, StorageError>
  /**
   * Resolves one by hand; the reason goes into the trail. Fails with `NotFoundError` where there is none of this
   * id, and with `TransferRejectedError` where its outcome is known.
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

    const mayResolve = (record: TransferRecord, { outcome }: Decision) =>
      isUnresolved(record) ||
      record.status === "not_found" ||
      (outcome === "accepted" && record.status === "accepted" && record.transferId === undefined)

    const lineOf = (record: TransferRecord, decision: Decision, reason: string): AuditEntryDraft => ({
      ...keysOf(record, settings),
      event_type: "transfer_reconciled",
      outcome: "by_hand",
      status: decision.outcome,
      transfer_id: decision.outcome === "accepted" ? decision.transferId : undefined,
      note: reason,
    })

    const resolve: Service["resolve"] = (requestId, decision, reason) =>
      Effect.gen(function* () {
        yield* refuseUnknownKeys("decision", decision, DECISION)
        let written: AuditEntryDraft | undefined
        const time = yield* serviceTime.known
        const { ledger } = yield* storage.append(
          (snapshot) => {
            const record = snapshot.ledger.record(requestId)
            const isFree =
              decision.outcome !== "accepted" || !snapshot.ledger.isClaimed(decision.transferId, requestId)
            written =
              record !== undefined && isFree && mayResolve(record, decision)
                ? lineOf(record, decision, reason)
                : undefined
            return withServiceTime(written === undefined ? [] : [written], time)
          },
          { durable: true },
        )
        const record = ledger.record(requestId)
        if (record === undefined) {
          return yield* Effect.fail(
            new NotFoundError(
              `There is no transfer with the request_id "${requestId}" that could be resolved`,
              {
                kind: "transfer",
                key: requestId,
              },
            ),
          )
        }
        if (written !== undefined) return record
        return yield* Effect.fail(
          new TransferRejectedError(
            record.status === "open"
              ? "it is still under way"
              : "its outcome is known already, or another transfer has that id",
            { requestId },
          ),
        )
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
