/**
 * Putting a transfer on record before it is sent: the order of the lines decides whether it fits.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Idempotency, type Intent, intentDraft, sha256, transferKeys } from "../audit/AuditEntry.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { GLOBAL_KEY, type TransferLedgerView } from "../audit/TransferLedger.js"
import type { TransferOutcome } from "../audit/TransferOutcome.js"
import { uuidV7 } from "../audit/Uuid.js"
import { type SequenceError, StorageError, TransferLimitError } from "../Errors.js"
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import { dayFor } from "./Preflight.js"
import { refusedBecause, type TransferContext, type TransferOptions } from "./TransferContext.js"

const hashed = (idempotency: TransferOptions["idempotency"]): Idempotency | undefined =>
  idempotency && { key: sha256(idempotency.key), body: sha256(idempotency.body) }

const notRecorded = (error: StorageError): TransferOutcome => ({ _tag: "NotSent", error, why: error.message })

/** Makes the two ways in which a transfer gets on record before anything is sent. */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const recorder = yield* Recorder
  const settings = yield* SafeguardSettings

  const makeIntent = (
    plan: TransferContext,
    owner: string,
    at: number,
    ledger: TransferLedgerView,
  ): Intent => ({
    requestId: plan.requestId,
    limitKey: plan.options.limitKey ?? GLOBAL_KEY,
    day: dayFor(plan.prepared, ledger, settings.timeZone),
    transfer: plan.transfer,
    organizationIds: plan.prepared.organizationIds,
    dailyLimitCents: settings.maxDailyTransferCents,
    otherCents: 0,
    sendBefore: plan.sendBefore,
    serviceTime: plan.prepared.serviceTime,
    isTimeCertain: plan.prepared.isTimeCertain,
    owner,
    service: settings.service,
    idempotency: hashed(plan.options.idempotency),
    actor: plan.options.actor ?? {},
    at,
  })

  /** Writes the intent and lets the order of the lines decide. */
  const reserve = (plan: TransferContext) =>
    Effect.gen(function* () {
      const owner = yield* processes.ownId
      const at = yield* Clock.currentTimeMillis
      const { ledger } = yield* storage
        .append(
          (snapshot) => {
            const intent = makeIntent(plan, owner, at, snapshot.ledger)
            const otherCents = snapshot.otherCents(intent.limitKey, intent.day)
            return [intentDraft({ ...intent, otherCents }, settings.naming)]
          },
          { durable: true, guarded: true },
        )
        // It may stand in the trail all the same: then it is closed as soon as that can be written.
        .pipe(Effect.tapError((error) => recorder.record(plan.requestId, notRecorded(error))))
      const reserved = ledger.record(plan.requestId)
      if (reserved === undefined) {
        return yield* Effect.fail(
          new StorageError("The audit trail lost a line that was just written", { path: "" }),
        )
      }
      if (reserved.admission._tag === "Fits") return reserved.intent
      const error = BlockErrors.toError(
        reserved.admission,
        plan.transfer.amountCents,
        settings.maxDailyTransferCents,
        plan.requestId,
      )
      yield* noteRejection(plan, error)
      return yield* Effect.fail(error)
    }).pipe(Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)))

  const noteRejection = ({ transfer, options, requestId }: TransferContext, error: SequenceError) =>
    storage
      .append(
        () => [
          {
            ...transferKeys(transfer, options.actor ?? {}, settings.naming),
            event_type: "transfer_rejected",
            request_id: requestId,
            limit_key: options.limitKey ?? GLOBAL_KEY,
            error: error.message,
          },
        ],
        // Whether it fits is decided by the lines before; this one only says so.
        { durable: false },
      )
      .pipe(Effect.ignoreLogged)

  /** Refuses what is above the limit for one transfer, and puts that on record. */
  const checkAmount = (
    amountCents: number,
    ends: Readonly<Record<string, unknown>>,
    options: TransferOptions,
  ) =>
    Effect.gen(function* () {
      if (!(amountCents > settings.maxTransferCents)) return
      const requestId = uuidV7(yield* Clock.currentTimeMillis)
      const error = new TransferLimitError(amountCents, settings.maxTransferCents, { requestId })
      const draft = {
        event_type: "transfer_rejected",
        ...ends,
        user_id: options.actor?.userId,
        user_name: options.actor?.userName,
        amount_cents: Number.isSafeInteger(amountCents) ? amountCents : undefined,
        request_id: requestId,
        limit_key: options.limitKey ?? GLOBAL_KEY,
        error: error.message,
      } as const
      yield* storage.append(() => [draft], { durable: false }).pipe(Effect.ignoreLogged)
      return yield* Effect.fail(error)
    })

  return { reserve, checkAmount }
})
