/**
 * Moving money within limits and on the record: every transfer is in the trail before it leaves, counts for its
 * day from then on, and ends with an outcome there, whatever happens to the process, the disk or the line.
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
import { findRecord, type TransferLedgerView } from "../audit/TransferLedger.js"
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

/** Everything that a guarded transfer can fail with. `requestId` of the error is the guarded transfer's. */
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
  /** Ties together everything that the trail says of this transfer. */
  readonly requestId: string
}

/**
 * How money is moved within limits.
 *
 * @category services
 */
export interface Service {
  /**
   * Makes a transfer within the limits. Interrupting it while it waits takes it back; once sent, it runs to its
   * end and is recorded.
   *
   * Fails with `TransferLimitError` or `DailyLimitError` where it does not fit, with `TransferHeldError` where an
   * identical one has no known outcome, with `IdempotencyKeyError` if a transfer holds its idempotency key (look it up
   * with `byKey`), with `StorageError` where it cannot be recorded. Nothing was sent after any of these.
   */
  readonly transfer: (
    request: TransferRequest,
    options?: TransferOptions,
  ) => Effect.Effect<GuardedReceipt, GuardedTransferError>
  /** As `transfer`, with every value settled before. */
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

/** A misspelled key of the idempotency or the limit would pay twice or count for nobody. */
const checkOptions = (options: TransferOptions) => CallKeys.check(options, KEYS)

const noTransfer = (requestId: string) =>
  new NotFoundError(`There is no transfer with the request_id "${requestId}" in the audit log`, {
    kind: "transfer",
    key: requestId,
  })

/** The ends of a request that is refused before its names are looked up. */
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

/**
 * Moves money for as long as its scope is open; closing it waits for what is on its way.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const transfers = yield* Transfers
  const storage = yield* AuditStorage
  const recorder = yield* Recorder
  const reconciliation = yield* Reconciler
  const serviceTime = yield* ServiceTime
  const settings = yield* SafeguardSettings
  const prepare = yield* Preflight.make
  const { reserve, checkAmount } = yield* Reserve.make
  const sendAndRecord = yield* Send.make
  const running = new Map<SendGate, Fiber.Fiber<unknown, unknown>>()

  // Whoever stops us waits for what is on its way; what still waits for its turn is taken back.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* Effect.forEach([...running.keys()], (gate) => gate.cancel, { discard: true })
      yield* Fiber.awaitAll([...running.values()])
      yield* recorder.retry
    }),
  )

  const finish = (plan: TransferContext, outcome: TransferOutcome) =>
    Effect.gen(function* () {
      if (outcome._tag === "Unknown" || (outcome._tag === "Accepted" && outcome.receipt.id === null)) {
        yield* reconciliation.wake
      }
      if (outcome._tag === "Accepted") {
        // Two processes may have taken the same entry for theirs: the trail knows who was first.
        const known = yield* storage.read.pipe(
          Effect.map(({ ledger }) => ledger.record(plan.requestId)),
          Effect.orElseSucceed(() => undefined),
        )
        const id = known?.status === "accepted" ? (known.transferId ?? null) : outcome.receipt.id
        if (id === null) yield* reconciliation.wake
        return { ...outcome.receipt, id, requestId: plan.requestId } satisfies GuardedReceipt
      }
      const error = toError(outcome, plan)
      return yield* error === undefined ? Effect.interrupt : Effect.fail(error)
    })

  const execute = (plan: TransferContext): Effect.Effect<GuardedReceipt, GuardedTransferError> =>
    Effect.gen(function* () {
      const intent = yield* reserve(plan)
      return yield* finish(plan, yield* sendAndRecord(plan, intent))
    })

  /** Runs it in a fiber of its own, which no caller cuts off. */
  const detach = (plan: TransferContext) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkDaemon(Effect.interruptible(execute(plan)))
        running.set(plan.gate, fiber)
        fiber.addObserver(() => running.delete(plan.gate))
        return yield* restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() => plan.gate.cancel))
      }),
    )

  const begin = (transfer: ResolvedTransfer, options: TransferOptions, startedAt: number, timeout: number) =>
    Effect.gen(function* () {
      const left = () => Effect.map(Monotonic.now, (now) => Math.max(1, Math.ceil(startedAt + timeout - now)))
      const onTimeout = () => tooLate({ timeout })
      const duration = yield* left()
      const prepared = yield* prepare(transfer, { timeout: duration }).pipe(
        Effect.timeoutFail({ duration, onTimeout }),
        Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)),
      )
      yield* recorder.retry
      const wall = yield* Clock.currentTimeMillis
      const remaining = yield* left()
      const requestId = uuidV7(wall)
      return yield* detach({
        requestId,
        transfer,
        prepared,
        options,
        timeout: remaining,
        deadline: startedAt + timeout,
        sendBefore: wall + remaining,
        gate: new SendGate(options.flag, requestId),
      })
    })

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

  const ask = <A>(question: (ledger: TransferLedgerView) => A) =>
    Effect.map(storage.read, ({ ledger }) => question(ledger))

  /** The service's time, and only where it matters: a key that is taken for certain asks nothing of the service. */
  const timeFor = (record: TransferRecord) =>
    Effect.gen(function* () {
      const known = yield* serviceTime.known
      if (known !== undefined || !mayBeFree(record, yield* Clock.currentTimeMillis)) return known
      const [organizationId = ""] = record.intent.organizationIds
      const asked = serviceTime.get(organizationId, { timeout: settings.attemptTimeout })
      return yield* Effect.orElseSucceed(asked, () => undefined)
    })

  const byKey: Service["byKey"] = (key) =>
    Effect.gen(function* () {
      const record = yield* ask((ledger) => ledger.findByKey(sha256(key)))
      if (record === undefined) return undefined
      return isKeyFree(record, yield* timeFor(record)) ? undefined : record
    })

  const service: Service = {
    transfer,
    transferResolved,
    byKey,
    getTransfer: (requestId) =>
      Effect.gen(function* () {
        const { ledger } = yield* storage.read
        // The ledger drops what was settled days ago; the entries still have it.
        const record =
          ledger.record(requestId) ??
          (ledger.hasSeen(requestId)
            ? findRecord(yield* storage.entries, requestId, settings.timeZone)
            : undefined)
        return record ?? (yield* Effect.fail(noTransfer(requestId)))
      }),
  }
  return service
})

/** The services that guarded transfers are made of. */
export type Needs =
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
export const layer: Layer.Layer<GuardedTransfers, never, Needs> = Layer.scoped(GuardedTransfers, make)
