/** Recording of a transfer before it is sent: the order of the entries decides whether it fits. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import {
  type AuditEntryDraft,
  type Idempotency,
  type Intent,
  intentDraft,
  sha256,
  transferKeys,
} from "../audit/AuditEntry.js"
import { AuditStorage, type Snapshot } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings, type SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import { GLOBAL_KEY } from "../audit/TransferLedger.js"
import type { TransferOutcome } from "../audit/TransferOutcome.js"
import { uuidV7 } from "../audit/Uuid.js"
import { type SequenceError, StorageError, TransferLimitError } from "../Errors.js"
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import { dayFor } from "./Preflight.js"
import { refusedBecause, type TransferContext, type TransferOptions } from "./TransferContext.js"

const hashed = (idempotency: TransferOptions["idempotency"]): Idempotency | undefined =>
  idempotency && { key: sha256(idempotency.key), body: sha256(idempotency.body) }

const notRecorded = (error: StorageError): TransferOutcome => ({ _tag: "NotSent", error, why: error.message })

/** Makes the intent of a transfer, by the audit log as it is. */
const intentFor = (
  { requestId, transfer, prepared, options, sendBefore }: TransferContext,
  { ledger, otherCents }: Snapshot,
  settings: SafeguardSettingsValues,
  owner: string,
  at: number,
): Intent => {
  const limitKey = options.limitKey ?? GLOBAL_KEY
  const day = dayFor(prepared, ledger, settings.timeZone)
  return {
    requestId,
    limitKey,
    day,
    transfer,
    organizationIds: prepared.organizationIds,
    dailyLimitCents: settings.maxDailyTransferCents,
    otherCents: otherCents(limitKey, day),
    sendBefore,
    serviceTime: prepared.serviceTime,
    isTimeCertain: prepared.isTimeCertain,
    owner,
    service: settings.service,
    idempotency: hashed(options.idempotency),
    actor: options.actor ?? {},
    at,
  }
}

/** Makes the function that records that a transfer was rejected. If that fails, only the entry is missing. */
const makeNoteRejection = Effect.map(
  AuditStorage,
  (storage) =>
    (
      requestId: string,
      keys: Readonly<Record<string, unknown>>,
      options: TransferOptions,
      error: SequenceError,
    ) => {
      const draft: AuditEntryDraft = {
        ...keys,
        event_type: "transfer_rejected",
        request_id: requestId,
        limit_key: options.limitKey ?? GLOBAL_KEY,
        error: error.message,
      }
      // Not flushed: the entries before it decide whether the transfer fits.
      return storage.append(() => [draft], { durable: false }).pipe(Effect.ignoreLogged)
    },
)

/** Makes the check of the limit for one transfer, which records what it rejects. */
export const makeAmountCheck = Effect.gen(function* () {
  const { maxTransferCents } = yield* SafeguardSettings
  const noteRejection = yield* makeNoteRejection

  return (amountCents: number, ends: Readonly<Record<string, unknown>>, options: TransferOptions) =>
    Effect.gen(function* () {
      if (!(amountCents > maxTransferCents)) return
      const requestId = uuidV7(yield* Clock.currentTimeMillis)
      const error = new TransferLimitError(amountCents, maxTransferCents, { requestId })
      const keys = {
        ...ends,
        user_id: options.actor?.userId,
        user_name: options.actor?.userName,
        amount_cents: Number.isSafeInteger(amountCents) ? amountCents : undefined,
      }
      yield* noteRejection(requestId, keys, options, error)
      return yield* Effect.fail(error)
    })
})

/** Makes the function that writes the intent of a transfer, and gives it if the order of the entries lets it pass. */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const recorder = yield* Recorder
  const settings = yield* SafeguardSettings
  const noteRejection = yield* makeNoteRejection

  return (context: TransferContext) =>
    Effect.gen(function* () {
      const { requestId, transfer, options } = context
      const owner = yield* processes.ownId
      const at = yield* Clock.currentTimeMillis
      const { ledger } = yield* storage
        .append(
          (snapshot) => [intentDraft(intentFor(context, snapshot, settings, owner, at), settings.naming)],
          { durable: true, guarded: true },
        )
        // The entry may be in the audit log nevertheless: then it is closed as soon as that can be written.
        .pipe(Effect.tapError((error) => recorder.record(requestId, notRecorded(error))))
      const record = ledger.record(requestId)
      if (record === undefined) {
        return yield* Effect.fail(
          new StorageError("The audit log lost an entry that was just written", { path: "" }),
        )
      }
      const { admission, intent } = record
      if (admission._tag === "Fits") return intent
      const limitCents = settings.maxDailyTransferCents
      const error = BlockErrors.toError(admission, transfer.amountCents, limitCents, requestId)
      const keys = transferKeys(transfer, options.actor ?? {}, settings.naming)
      yield* noteRejection(requestId, keys, options, error)
      return yield* Effect.fail(error)
    }).pipe(Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)))
})
