/**
 * Moving money within limits and on the record: every transfer is in the trail before it leaves, counts for its
 * day from then on, and ends with an outcome there, whatever happens to the process, the disk or the line.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Organizations } from "../client/Organizations.js"
import { type ResolvedTransfer, type TransferError, Transfers } from "../client/Transfers.js"
import {
  type DailyLimitError,
  type SequenceError,
  StorageError,
  TimeoutError,
  TransferHeldError,
  TransferLimitError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
} from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { PaymentAccount, TransferReceipt, TransferRequest } from "../model/Payment.js"
import type { SentFlag } from "../transport/GraphQL.js"
import { type Attempt, identityOf, isUnresolved, type Misfit } from "./Attempt.js"
import { type Actor, type Idempotency, type Intent, intentDraft, sha256, transferKeys } from "./Entry.js"
import { GLOBAL_KEY, type LedgerView } from "./Ledger.js"
import * as Misfits from "./Misfits.js"
import { classify, HeldBack, type Outcome } from "./Outcome.js"
import { Owners } from "./Owners.js"
import * as Preparation from "./Preparation.js"
import { Reconciliation } from "./Reconciliation.js"
import { Recorder } from "./Recorder.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { SendGate } from "./SendGate.js"
import { ServiceTime } from "./ServiceTime.js"
import { Settings } from "./Settings.js"
import { uuidV7 } from "./Uuid.js"

/** Everything that a guarded transfer can fail with. `requestId` of the error is the guarded transfer's. */
export type GuardedTransferError =
  | TransferError
  | TransferLimitError
  | DailyLimitError
  | TransferHeldError
  | StorageError
  | TransferOutcomeUnknownError

/** @category models */
export interface GuardedReceipt extends TransferReceipt {
  /** Ties together everything that the trail says of this transfer. */
  readonly requestId: string
}

/** @category options */
export interface TransferOptions {
  /** Milliseconds that the transfer may take, all waits included. Default: the safeguards'. */
  readonly timeout?: number | undefined
  /** Whose limit it counts for: a user's id, or `__global__`. @default "__global__" */
  readonly limitKey?: string | undefined
  /** Who asked for it, for the trail. */
  readonly actor?: Actor | undefined
  /** The key and the canonical body of a request that may come again; only their hashes are kept. */
  readonly idempotency?: { readonly key: string; readonly body: string } | undefined
  /** Tells, from outside and after an interruption, whether the transfer may have been made. */
  readonly flag?: SentFlag | undefined
}

/** @category services */
export interface Service {
  /**
   * Makes a transfer within the limits. Interrupting it while it waits takes it back; once sent, it runs to its
   * end and is recorded.
   *
   * Fails with `TransferLimitError` or `DailyLimitError` where it does not fit, with `TransferHeldError` where an
   * identical one has no known outcome (or one under the same idempotency key exists: look it up), with
   * `StorageError` where it cannot be recorded. Nothing was sent after any of these.
   */
  readonly transfer: (
    request: TransferRequest,
    options?: TransferOptions,
  ) => Effect.Effect<GuardedReceipt, GuardedTransferError>
  /** As {@link transfer}, with every value settled before. */
  readonly transferResolved: (
    transfer: ResolvedTransfer,
    options?: TransferOptions,
  ) => Effect.Effect<GuardedReceipt, GuardedTransferError>
  /** Finds what became of the newest transfer under an idempotency key; `undefined` where there is none. */
  readonly byKey: (key: string) => Effect.Effect<Attempt | undefined, StorageError>
  /** Finds a transfer by its `request_id`; those settled long ago are only in the trail. */
  readonly byId: (requestId: string) => Effect.Effect<Attempt | undefined, StorageError>
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

/** Everything about one transfer on its way. */
interface Plan {
  readonly requestId: string
  readonly transfer: ResolvedTransfer
  readonly prepared: Preparation.Prepared
  readonly options: TransferOptions
  readonly timeout: number
  /** When it may no longer be sent, on the monotonic clock. */
  readonly deadline: number
  /** The same on the wall clock. */
  readonly sendBefore: number
  readonly gate: SendGate
}

const refusedBecause = (error: StorageError): StorageError =>
  error.message.startsWith("Transfers are refused")
    ? error
    : new StorageError(`Transfers are refused: ${error.message}`, { path: error.path })

const hashed = (idempotency: TransferOptions["idempotency"]): Idempotency | undefined =>
  idempotency && { key: sha256(idempotency.key), body: sha256(idempotency.body) }

const misfitError = (misfit: Misfit, { transfer, requestId }: Plan, limitCents: number) =>
  Misfits.toError(misfit, transfer.amountCents, limitCents, requestId)

const tooLate = ({ timeout, requestId }: Plan) =>
  new TimeoutError(`The transfer could not be sent within ${timeout} ms; nothing was sent`, {
    sent: false,
    timeout,
    requestId,
  })

const nameOf = (account: PaymentAccount): string => (typeof account === "string" ? account : account.id)

/** The error that the caller gets, with the guarded transfer's own id. */
const toError = (outcome: Exclude<Outcome, { _tag: "Accepted" }>, { requestId }: Plan) => {
  switch (outcome._tag) {
    case "Refused":
      return new TransferRejectedError(outcome.error.reason, {
        operation: outcome.error.operation,
        requestId,
        cause: outcome.error,
      })
    case "Unknown":
      return new TransferOutcomeUnknownError(`${outcome.why} (request_id ${requestId})`, {
        operation: "CreatePayment",
        requestId,
        cause: outcome.cause,
      })
    default:
      return outcome.error
  }
}

/** @category constructors */
export const make = Effect.gen(function* () {
  const transfers = yield* Transfers
  const storage = yield* SafeguardStorage
  const owners = yield* Owners
  const serviceTime = yield* ServiceTime
  const recorder = yield* Recorder
  const reconciliation = yield* Reconciliation
  const settings = yield* Settings
  const prepare = yield* Preparation.make
  const running = new Map<SendGate, Fiber.Fiber<unknown, unknown>>()
  const twins = new Map<string, Effect.Semaphore>()

  // Whoever stops us waits for what is on its way; what still waits for its turn is taken back.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* Effect.forEach([...running.keys()], (gate) => gate.cancel, { discard: true })
      yield* Fiber.awaitAll([...running.values()])
      yield* recorder.retry
    }),
  )

  /** Identical transfers of this process go out one after the other, so that each knows how the last one ended. */
  const inLine = (transfer: ResolvedTransfer) => {
    const identity = identityOf(transfer)
    const known = twins.get(identity)
    if (known !== undefined) return known
    if (twins.size > 1_000) twins.clear()
    const made = Effect.unsafeMakeSemaphore(1)
    twins.set(identity, made)
    return made
  }

  const makeIntent = (plan: Plan, owner: string, at: number, ledger: LedgerView): Intent => ({
    requestId: plan.requestId,
    limitKey: plan.options.limitKey ?? GLOBAL_KEY,
    day: Preparation.dayFor(plan.prepared, ledger, settings.timeZone),
    transfer: plan.transfer,
    organizationIds: plan.prepared.organizationIds,
    dailyLimitCents: settings.maxDailyTransferCents,
    otherCents: 0,
    sendBefore: plan.sendBefore,
    serviceTime: plan.prepared.serviceTime,
    owner,
    service: settings.service,
    idempotency: hashed(plan.options.idempotency),
    actor: plan.options.actor ?? {},
    at,
  })

  /** Writes the intent and lets the order of the lines decide. */
  const reserve = (plan: Plan) =>
    Effect.gen(function* () {
      const owner = yield* owners.mine
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
      const attempt = ledger.attempt(plan.requestId)
      if (attempt === undefined) {
        return yield* Effect.fail(
          new StorageError("The audit trail lost a line that was just written", { path: "" }),
        )
      }
      if (attempt.verdict._tag === "Fits") return owner
      const error = misfitError(attempt.verdict, plan, settings.maxDailyTransferCents)
      yield* noteRejection(plan, error)
      return yield* Effect.fail(error)
    }).pipe(Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)))

  const noteRejection = ({ transfer, options, requestId }: Plan, error: SequenceError) =>
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

  /** What must hold right before the request goes out, at each try. */
  const checks = (plan: Plan, owner: string): Effect.Effect<void, HeldBack> =>
    Effect.gen(function* () {
      const isLate =
        (yield* Monotonic.now) >= plan.deadline || (yield* Clock.currentTimeMillis) >= plan.sendBefore
      if (isLate) return yield* Effect.fail(tooLate(plan))
      if (!(yield* owners.isAlive(owner))) {
        return yield* Effect.fail(
          new StorageError(
            "This process stood still for so long that others took its transfers over; nothing was sent",
            { path: ".owners" },
          ),
        )
      }
      const { ledger } = yield* storage.read
      const twin = ledger.identical(identityOf(plan.transfer)).find(isUnresolved)
      if (twin !== undefined) {
        return yield* Effect.fail(
          new TransferHeldError(twin.intent.requestId, Misfits.HELD_FOR, { requestId: plan.requestId }),
        )
      }
      if (ledger.attempt(plan.requestId)?.status !== "open") {
        return yield* Effect.fail(
          new TransferRejectedError("it was settled by somebody else before it was sent", {
            requestId: plan.requestId,
          }),
        )
      }
    }).pipe(Effect.mapError((error) => new HeldBack(error)))

  const send = (plan: Plan, owner: string, noteSent: (at: number) => void) =>
    Effect.gen(function* () {
      const left = plan.deadline - (yield* Monotonic.now)
      if (left <= 0) return yield* Effect.fail(new HeldBack(tooLate(plan)))
      const goingAway = () =>
        new HeldBack(
          new TransferRejectedError("the caller went away before it was sent", { requestId: plan.requestId }),
        )
      const noteTime = Effect.map(serviceTime.guess, noteSent)
      const beforeSend = plan.gate.leave(Effect.zipRight(checks(plan, owner), noteTime), goingAway)
      return yield* transfers.send(plan.transfer, { flag: plan.gate, timeout: left, beforeSend })
    })

  /** Sends it and records what came of it, as one: an identical one waits for both. */
  const sendAndRecord = (plan: Plan, owner: string) =>
    Effect.gen(function* () {
      let sentAt: number | undefined
      let outcome: Outcome | undefined
      const work = Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(
            restore(
              send(plan, owner, (at) => {
                sentAt = at
              }),
            ),
          )
          outcome = classify(exit, plan.gate.sent, sentAt)
          yield* recorder.record(plan.requestId, outcome)
        }),
      )
      const fiber = yield* Effect.fork(inLine(plan.transfer).withPermits(1)(work))
      yield* plan.gate.watch(fiber)
      const alarm = yield* Effect.fork(Effect.zipRight(Effect.sleep(plan.timeout), plan.gate.cancel))
      yield* Fiber.await(fiber)
      yield* Fiber.interrupt(alarm)
      if (outcome !== undefined) return outcome
      // It never came to its turn among its like.
      const isLate = (yield* Monotonic.now) >= plan.deadline
      const late = tooLate(plan)
      const dropped: Outcome = isLate
        ? { _tag: "NotSent", error: late, why: late.message }
        : { _tag: "NotSent", error: undefined, why: "The caller went away before it was sent." }
      yield* recorder.record(plan.requestId, dropped)
      return dropped
    })

  const finish = (plan: Plan, outcome: Outcome) =>
    Effect.gen(function* () {
      if (outcome._tag === "Unknown" || (outcome._tag === "Accepted" && outcome.receipt.id === null)) {
        yield* reconciliation.wake
      }
      if (outcome._tag === "Accepted") {
        // Two processes may have taken the same entry for theirs: the trail knows who was first.
        const known = yield* storage.read.pipe(
          Effect.map(({ ledger }) => ledger.attempt(plan.requestId)),
          Effect.orElseSucceed(() => undefined),
        )
        const id = known?.status === "accepted" ? (known.transferId ?? null) : outcome.receipt.id
        if (id === null) yield* reconciliation.wake
        return { ...outcome.receipt, id, requestId: plan.requestId } satisfies GuardedReceipt
      }
      const error = toError(outcome, plan)
      return yield* error === undefined ? Effect.interrupt : Effect.fail(error)
    })

  const execute = (plan: Plan): Effect.Effect<GuardedReceipt, GuardedTransferError> =>
    Effect.gen(function* () {
      const owner = yield* reserve(plan)
      return yield* finish(plan, yield* sendAndRecord(plan, owner))
    })

  /** Runs it in a fiber of its own, which no caller cuts off. */
  const detach = (plan: Plan) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkDaemon(Effect.interruptible(execute(plan)))
        running.set(plan.gate, fiber)
        fiber.addObserver(() => running.delete(plan.gate))
        return yield* restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() => plan.gate.cancel))
      }),
    )

  const checkAmount = (
    amountCents: number,
    ends: { readonly source: string; readonly destination: string },
    options: TransferOptions,
  ) =>
    Effect.gen(function* () {
      if (!(amountCents > settings.maxTransferCents)) return
      const requestId = uuidV7(yield* Clock.currentTimeMillis)
      const error = new TransferLimitError(amountCents, settings.maxTransferCents, { requestId })
      const draft = {
        event_type: "transfer_rejected",
        user_id: options.actor?.userId,
        user_name: options.actor?.userName,
        amount_cents: Number.isSafeInteger(amountCents) ? amountCents : undefined,
        ...ends,
        request_id: requestId,
        limit_key: options.limitKey ?? GLOBAL_KEY,
        error: error.message,
      } as const
      yield* storage.append(() => [draft], { durable: false }).pipe(Effect.ignoreLogged)
      return yield* Effect.fail(error)
    })

  const begin = (transfer: ResolvedTransfer, options: TransferOptions, begun: number, timeout: number) =>
    Effect.gen(function* () {
      const left = () => Effect.map(Monotonic.now, (now) => Math.max(1, begun + timeout - now))
      const onTimeout = () =>
        new TimeoutError(`The transfer could not be sent within ${timeout} ms; nothing was sent`, {
          sent: false,
          timeout,
        })
      const duration = yield* left()
      const prepared = yield* prepare(transfer, { timeout: duration }).pipe(
        Effect.timeoutFail({ duration, onTimeout }),
        Effect.mapError((error) => (error instanceof StorageError ? refusedBecause(error) : error)),
      )
      yield* recorder.retry
      const wall = yield* Clock.currentTimeMillis
      const remaining = yield* left()
      return yield* detach({
        requestId: uuidV7(wall),
        transfer,
        prepared,
        options,
        timeout: remaining,
        deadline: begun + timeout,
        sendBefore: wall + remaining,
        gate: new SendGate(options.flag),
      })
    })

  const transferResolved: Service["transferResolved"] = (transfer, options = {}) =>
    Effect.gen(function* () {
      const begun = yield* Monotonic.now
      const ends = transferKeys(transfer, {}, settings.naming)
      const shown = { source: String(ends.source), destination: String(ends.destination) }
      yield* checkAmount(transfer.amountCents, shown, options)
      if (!Number.isSafeInteger(transfer.amountCents) || transfer.amountCents < 1) {
        return yield* Effect.fail(new TransferRejectedError("the amount must be a whole number of cents"))
      }
      return yield* begin(transfer, options, begun, options.timeout ?? settings.timeout)
    }).pipe(Effect.withSpan("GuardedTransfers.transfer", { captureStackTrace: false }))

  const transfer: Service["transfer"] = (request, options = {}) =>
    Effect.gen(function* () {
      const begun = yield* Monotonic.now
      const timeout = options.timeout ?? settings.timeout
      const ends = { source: nameOf(request.source), destination: nameOf(request.destination) }
      yield* checkAmount(request.amountCents, ends, options)
      const resolved = yield* transfers.resolve(request, { timeout })
      return yield* begin(resolved, options, begun, timeout)
    }).pipe(Effect.withSpan("GuardedTransfers.transfer", { captureStackTrace: false }))

  const ask = <A>(question: (ledger: LedgerView) => A) =>
    Effect.map(storage.read, ({ ledger }) => question(ledger))

  const service: Service = {
    transfer,
    transferResolved,
    byKey: (key) => ask((ledger) => ledger.byKey(sha256(key))),
    byId: (requestId) => ask((ledger) => ledger.attempt(requestId)),
  }
  return service
})

const notRecorded = (error: StorageError): Outcome => ({ _tag: "NotSent", error, why: error.message })

/** The services that guarded transfers are made of. */
export type Needs =
  | Transfers
  | Organizations
  | SafeguardStorage
  | Owners
  | ServiceTime
  | Recorder
  | Reconciliation
  | Settings

/** @category layers */
export const layer: Layer.Layer<GuardedTransfers, never, Needs> = Layer.scoped(GuardedTransfers, make)
