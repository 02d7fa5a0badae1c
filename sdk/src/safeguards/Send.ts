/** Sending of a transfer that is on record, and recording of its outcome. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type ResolvedTransfer, Transfers } from "../api/Transfers.js"
import type { Intent } from "../audit/AuditEntry.js"
import { AuditStorage, type Snapshot } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { Recorder } from "../audit/Recorder.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { BlockedBeforeSend, classifySend, type TransferOutcome } from "../audit/TransferOutcome.js"
import { duplicateKeyOf, isUnresolved, needsReconciliation } from "../audit/TransferRecord.js"
import { StorageError, TransferHeldError, TransferRejectedError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import { type TransferContext, tooLate } from "./TransferContext.js"

/** The identical transfers of this process that are sent or wait. */
interface IdenticalQueue {
  readonly slot: Effect.Semaphore
  length: number
}

/** Makes the function that sends identical transfers one after the other, so that each knows the outcome of the last. */
const makeIdenticalQueues = () => {
  const queues = new Map<string, IdenticalQueue>()
  return (transfer: ResolvedTransfer) =>
    <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const identity = duplicateKeyOf(transfer)
        const queue = queues.get(identity) ?? { slot: Effect.unsafeMakeSemaphore(1), length: 0 }
        queues.set(identity, queue)
        queue.length += 1
        const leave = Effect.sync(() => {
          queue.length -= 1
          if (queue.length === 0) queues.delete(identity)
        })
        return Effect.ensuring(queue.slot.withPermits(1)(work), leave)
      })
}

/** Finds the reason in the audit log not to send a transfer now; `undefined` if there is none. */
const blockedBy = ({ ledger, refusal }: Snapshot, { transfer, requestId }: TransferContext) => {
  if (refusal !== undefined) return refusal
  const twin = ledger.findIdentical(duplicateKeyOf(transfer)).find(isUnresolved)
  if (twin !== undefined) {
    return new TransferHeldError(twin.intent.requestId, BlockErrors.HELD_FOR, { requestId })
  }
  if (ledger.record(requestId)?.status !== "open") {
    return new TransferRejectedError("another process settled it before it was sent", { requestId })
  }
  return undefined
}

/** Makes the checks that must hold right before a request is sent, at each attempt. */
const makeChecks = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry

  return (context: TransferContext, owner: string): Effect.Effect<void, BlockedBeforeSend> =>
    Effect.gen(function* () {
      const isLate =
        (yield* Monotonic.now) >= context.deadline || (yield* Clock.currentTimeMillis) >= context.sendBefore
      if (isLate) return yield* Effect.fail(tooLate(context))
      if (!(yield* processes.isAlive(owner))) {
        return yield* Effect.fail(
          new StorageError(
            "This process was stopped for so long that another one took over its transfers; nothing was sent",
            { path: ".owners" },
          ),
        )
      }
      const blocked = blockedBy(yield* storage.read, context)
      if (blocked !== undefined) return yield* Effect.fail(blocked)
    }).pipe(Effect.mapError((error) => new BlockedBeforeSend(error)))
})

/** Makes the function that sends a transfer that is on record. */
const makeSend = Effect.gen(function* () {
  const transfers = yield* Transfers
  const storage = yield* AuditStorage
  const serviceTime = yield* ServiceTime
  const checks = yield* makeChecks

  /** Other transfers on record that may have made an entry of the activity that looks like this one. */
  const rivalsOf = ({ requestId, transfer }: TransferContext) =>
    Effect.map(storage.read, ({ ledger }) => ({
      isClaimed: (id: string) => ledger.isClaimed(id, requestId),
      exist: ledger
        .findIdentical(duplicateKeyOf(transfer))
        .some(
          (one) => one.intent.requestId !== requestId && (one.status === "open" || needsReconciliation(one)),
        ),
    }))

  return (context: TransferContext, owner: string, noteSent: (at: number) => void) =>
    Effect.gen(function* () {
      const left = context.deadline - (yield* Monotonic.now)
      if (left <= 0) return yield* Effect.fail(new BlockedBeforeSend(tooLate(context)))
      const cancelled = () =>
        new BlockedBeforeSend(
          new TransferRejectedError("the caller went away before it was sent", {
            requestId: context.requestId,
          }),
        )
      const noteTime = Effect.map(serviceTime.guess, noteSent)
      const beforeSend = context.gate.leave(Effect.zipRight(checks(context, owner), noteTime), cancelled)
      return yield* transfers.send(context.transfer, {
        flag: context.gate,
        timeout: left,
        beforeSend,
        rivals: rivalsOf(context),
      })
    })
})

/** The outcome of a transfer that was taken back before it was sent, by its caller or because its time ran out. */
const cancelledOutcome = (context: TransferContext, isLate: boolean): TransferOutcome => {
  if (!isLate) return { _tag: "NotSent", error: undefined, why: "The caller went away before it was sent." }
  const error = tooLate(context)
  return { _tag: "NotSent", error, why: error.message }
}

const isCancelled = (outcome: TransferOutcome): boolean =>
  outcome._tag === "NotSent" && outcome.error === undefined

/** Makes the function that sends a transfer and records its outcome; it never fails. */
export const make = Effect.gen(function* () {
  const recorder = yield* Recorder
  const send = yield* makeSend
  const inQueue = makeIdenticalQueues()

  return (context: TransferContext, intent: Intent) =>
    Effect.gen(function* () {
      let sentAt: number | undefined
      let outcome: TransferOutcome | undefined
      // The first send counts: from then on, the payment may have been made.
      const noteSent = (at: number) => {
        sentAt ??= at
      }
      // As one: an identical transfer waits until this one is recorded.
      const work = Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(restore(send(context, intent.owner, noteSent)))
          outcome = classifySend(exit, context.gate.sent, sentAt)
          yield* recorder.record(context.requestId, outcome, intent)
        }),
      )
      const fiber = yield* Effect.fork(inQueue(context.transfer)(work))
      yield* context.gate.watch(fiber)
      const alarm = yield* Effect.fork(Effect.zipRight(Effect.sleep(context.timeout), context.gate.cancel))
      yield* Fiber.await(fiber)
      yield* Fiber.interrupt(alarm)
      if (outcome !== undefined && !isCancelled(outcome)) return outcome
      const cancelled = cancelledOutcome(context, (yield* Monotonic.now) >= context.deadline)
      // A transfer that never left the queue has no recorded outcome yet.
      if (outcome === undefined) yield* recorder.record(context.requestId, cancelled)
      return cancelled
    })
})
