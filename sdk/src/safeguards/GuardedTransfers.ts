/**
 * Transfers within limits and on record: every transfer is in the audit log before it is sent, counts for its day from
 * then on, and ends with an outcome there, whatever happens to the process, the disk, or the network.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as CallKeys from "../api/CallKeys.js"
import type { Organizations } from "../api/Organizations.js"
import { checkShape, type ResolvedTransfer, type TransferError, Transfers } from "../api/Transfers.js"
import { sha256, transferKeys } from "../audit/AuditEntry.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import { isKeyFree, mayBeFree } from "../audit/IdempotencyKeys.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { findRecord } from "../audit/TransferLedger.js"
import type { TransferOutcome } from "../audit/TransferOutcome.js"
import type { TransferRecord } from "../audit/TransferRecord.js"
import { uuidV7 } from "../audit/Uuid.js"
import type { Keys } from "../config/OptionKeys.js"
import {
  type DailyLimitError,
  type IdempotencyKeyError,
  NotFoundError,
  StorageError,
  type TransferHeldError,
  type TransferLimitError,
  type TransferOutcomeUnknownError,
  TransferRejectedError,
} from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { PaymentAccount, TransferReceipt, TransferRequest } from "../model/Payment.js"
import type { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import { Reconciler } from "../reconciliation/Reconciler.js"
import * as Preflight from "./Preflight.js"
import * as Reserve from "./Reserve.js"
import * as Send from "./Send.js"
import { SendGate } from "./SendGate.js"
import {
  refusedBecause,
  type TransferContext,
  type TransferOptions,
  toError,
  tooLate,
} from "./TransferContext.js"

export type { TransferOptions } from "./TransferContext.js"

/** Errors of a guarded transfer. Their `requestId` is the guarded transfer's. */
export type GuardedTransferError =
  | TransferError
  | TransferLimitError
  | DailyLimitError
  | TransferHeldError
  | IdempotencyKeyError
  | StorageError
  | TransferOutcomeUnknownError

/**
 * A guarded transfer that the service accepted.
 *
 * @category models
 */
export interface GuardedReceipt extends TransferReceipt {
  /** The id of this transfer in the audit log: `request_id` of all entries about it. */
  readonly requestId: string
}

/**
 * Transfers within limits.
 *
 * @category services
 */
export interface Service {
  /**
   * Makes a transfer within the limits. Interruption takes it back while it waits; once sent, it runs to its end and is
   * recorded.
   *
   * Fails with `TransferLimitError` or `DailyLimitError` if it does not fit, with `TransferHeldError` if an identical
   * transfer has no known outcome, with `IdempotencyKeyError` if a transfer holds its idempotency key (look it up with
   * `byKey`), and with `StorageError` if it cannot be recorded. After any of these, nothing was sent.
   */
  readonly transfer: (
    request: TransferRequest,
    options?: TransferOptions,
  ) => Effect.Effect<GuardedReceipt, GuardedTransferError>
  /** Makes a transfer as `transfer` does, with every value resolved before. */
  readonly transferResolved: (
    transfer: ResolvedTransfer,
    options?: TransferOptions,
  ) => Effect.Effect<GuardedReceipt, GuardedTransferError>
  /**
   * Finds the transfer that holds an idempotency key: the newest under it, until a day of the service's time after its
   * outcome. Gives `undefined` if the key is free.
   */
  readonly byKey: (key: string) => Effect.Effect<TransferRecord | undefined, StorageError>
  /** Reads one transfer by its `request_id`, however old it is. Fails with `NotFoundError` if there is none. */
  readonly getTransfer: (requestId: string) => Effect.Effect<TransferRecord, StorageError | NotFoundError>
}

/**
 * Moves money within limits, and keeps a record of it.
 *
 * @category services
 */
export class GuardedTransfers extends Context.Tag("tsequence/GuardedTransfers")<
  GuardedTransfers,
  Service
>() {}

const KEYS: Keys<TransferOptions> = {
  ...CallKeys.CALL,
  limitKey: true,
  actor: true,
  idempotency: { key: true, body: true },
  flag: true,
}

/** Refuses unknown options: a misspelled key could pay twice, or count for no limit. */
const checkOptions = (options: TransferOptions) => CallKeys.check(options, KEYS)

const noTransfer = (requestId: string) =>
  new NotFoundError(`There is no transfer with the request_id "${requestId}" in the audit log`, {
    kind: "transfer",
    key: requestId,
  })

/** Gives the ends of a request that is refused before its names are looked up, with the keys of an entry. */
const endsOf = ({ source, destination }: TransferRequest) => {
  const idOf = (account: PaymentAccount) => (typeof account === "string" ? account : account.id)
  const nameOf = (account: PaymentAccount) =>
    typeof account === "string" ? account : (account.name ?? undefined)
  return {
    source: idOf(source),
    source_name: nameOf(source),
    destination: idOf(destination),
    destination_name: nameOf(destination),
  }
}

/** Makes the function that turns a recorded outcome into the caller's receipt or error. */
const makeFinish = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const reconciler = yield* Reconciler

  return (context: TransferContext, outcome: TransferOutcome) =>
    Effect.gen(function* () {
      const { requestId } = context
      if (outcome._tag === "Unknown") yield* reconciler.wake
      if (outcome._tag !== "Accepted") {
        const error = toError(outcome, context)
        return yield* error === undefined ? Effect.interrupt : Effect.fail(error)
      }
      const { receipt } = outcome
      if (receipt.id === null) yield* reconciler.wake
      // Two processes may have matched the same entry with their transfers: the audit log knows which was first.
      const record = yield* storage.read.pipe(
        Effect.map(({ ledger }) => ledger.record(requestId)),
        Effect.orElseSucceed(() => undefined),
      )
      const id = record?.status === "accepted" ? (record.transferId ?? null) : receipt.id
      if (id === null) yield* reconciler.wake
      return { ...receipt, id, requestId } satisfies GuardedReceipt
    })
})

/**
 * Makes the function that records and sends a prepared transfer in a fiber of its own, which no caller cuts off. When
 * the scope closes, transfers that were not sent are taken back, and the others are waited for.
 */
const makeRun = Effect.gen(function* () {
  const recorder = yield* Recorder
  const reserve = yield* Reserve.make
  const sendAndRecord = yield* Send.make
  const finish = yield* makeFinish
  const running = new Map<SendGate, Fiber.Fiber<unknown, unknown>>()

  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* Effect.forEach([...running.keys()], (gate) => gate.cancel, { discard: true })
      yield* Fiber.awaitAll([...running.values()])
      yield* recorder.retry
    }),
  )

  const execute = (context: TransferContext): Effect.Effect<GuardedReceipt, GuardedTransferError> =>
    Effect.gen(function* () {
      const intent = yield* reserve(context)
      return yield* finish(context, yield* sendAndRecord(context, intent))
    })

  return (context: TransferContext) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkDaemon(Effect.interruptible(execute(context)))
        running.set(context.gate, fiber)
        fiber.addObserver(() => running.delete(context.gate))
        return yield* restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() => context.gate.cancel))
      }),
    )
})

/** Makes the lookup of the transfer that holds an idempotency key. */
const makeByKey = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const serviceTime = yield* ServiceTime
  const { attemptTimeout } = yield* SafeguardSettings

  /** Gives the service's time, and asks the service only if the key of a transfer may be free by now. */
  const timeFor = (record: TransferRecord) =>
    Effect.gen(function* () {
      const known = yield* serviceTime.known
      if (known !== undefined || !mayBeFree(record, yield* Clock.currentTimeMillis)) return known
      const [organizationId = ""] = record.intent.organizationIds
      const asked = serviceTime.get(organizationId, { timeout: attemptTimeout })
      return yield* Effect.orElseSucceed(asked, () => undefined)
    })

  const byKey: Service["byKey"] = (key) =>
    Effect.gen(function* () {
      const { ledger } = yield* storage.read
      const record = ledger.findByKey(sha256(key))
      if (record === undefined) return undefined
      return isKeyFree(record, yield* timeFor(record)) ? undefined : record
    })
  return byKey
})

/** Makes the function that checks a transfer and runs it, all within its time. */
const makeBegin = Effect.gen(function* () {
  const recorder = yield* Recorder
  const { prepare } = yield* Preflight.make
  const run = yield* makeRun

  return (transfer: ResolvedTransfer, options: TransferOptions, startedAt: number, timeout: number) =>
    Effect.gen(function* () {
      const deadline = startedAt + timeout
      const left = Effect.map(Monotonic.now, (now) => Math.max(1, Math.ceil(deadline - now)))
      const duration = yield* left
      const prepared = yield* prepare(transfer, { timeout: duration }).pipe(
        Effect.timeoutFail({ duration, onTimeout: () => tooLate({ timeout }) }),
        Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)),
      )
      yield* recorder.retry
      const wall = yield* Clock.currentTimeMillis
      const remaining = yield* left
      const requestId = uuidV7(wall)
      return yield* run({
        requestId,
        transfer,
        prepared,
        options,
        timeout: remaining,
        deadline,
        sendBefore: wall + remaining,
        gate: new SendGate(options.flag, requestId),
      })
    })
})

/**
 * Moves money for as long as its scope is open. Closing it waits for transfers that were sent.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const transfers = yield* Transfers
  const storage = yield* AuditStorage
  const settings = yield* SafeguardSettings
  const checkAmount = yield* Reserve.makeAmountCheck
  const begin = yield* makeBegin
  const byKey = yield* makeByKey

  const transferResolved: Service["transferResolved"] = (transfer, options = {}) =>
    Effect.gen(function* () {
      yield* checkOptions(options)
      const startedAt = yield* Monotonic.now
      const ends = transferKeys(transfer, {}, settings.naming)
      yield* checkAmount(transfer.amountCents, ends, options)
      if (!Number.isSafeInteger(transfer.amountCents) || transfer.amountCents < 1) {
        return yield* Effect.fail(new TransferRejectedError("the amount must be a whole number of cents"))
      }
      return yield* begin(transfer, options, startedAt, options.timeout ?? settings.timeout)
    }).pipe(Effect.withSpan("GuardedTransfers.transfer", { captureStackTrace: false }))

  const transfer: Service["transfer"] = (request, options = {}) =>
    Effect.gen(function* () {
      yield* checkShape(request)
      yield* checkOptions(options)
      const startedAt = yield* Monotonic.now
      const timeout = options.timeout ?? settings.timeout
      yield* checkAmount(request.amountCents, endsOf(request), options)
      const resolved = yield* transfers.resolve(request, { timeout })
      return yield* begin(resolved, options, startedAt, timeout)
    }).pipe(Effect.withSpan("GuardedTransfers.transfer", { captureStackTrace: false }))

  const getTransfer: Service["getTransfer"] = (requestId) =>
    Effect.gen(function* () {
      const { ledger } = yield* storage.read
      const known = ledger.record(requestId)
      if (known !== undefined) return known
      // The ledger drops what was settled days ago; the entries still have it.
      const entries = ledger.hasSeen(requestId) ? yield* storage.entries : []
      return findRecord(entries, requestId, settings.timeZone) ?? (yield* Effect.fail(noTransfer(requestId)))
    })

  const service: Service = {
    transfer,
    transferResolved,
    byKey,
    getTransfer,
  }
  return service
})

/** The services that guarded transfers are made of. */
export type Dependencies =
  | Transfers
  | Organizations
  | AuditStorage
  | ProcessRegistry
  | ServiceTime
  | Recorder
  | Reconciler
  | SafeguardSettings

/**
 * Guards the transfers of the client in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<GuardedTransfers, never, Dependencies> = Layer.scoped(GuardedTransfers, make)
