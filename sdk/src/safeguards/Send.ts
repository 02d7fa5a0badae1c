/**
 * Sending a transfer that is on record, and recording what came of it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type ResolvedTransfer, Transfers } from "../api/Transfers.js"
import type { Intent } from "../audit/AuditEntry.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { Recorder } from "../audit/Recorder.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { BlockedBeforeSend, classifySend, type TransferOutcome } from "../audit/TransferOutcome.js"
import { duplicateKeyOf, isUnresolved, needsReconciliation } from "../audit/TransferRecord.js"
import { StorageError, TransferHeldError, TransferRejectedError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import { type TransferContext, tooLate } from "./TransferContext.js"

/** Who waits behind an identical transfer. */
interface Line {
  readonly turn: Effect.Semaphore
  length: number
}

/** Whether it was taken back before it left, by its caller or by its time. */
const isCutOff = (outcome: TransferOutcome): boolean =>
  outcome._tag === "NotSent" && outcome.error === undefined

/** Makes a function that sends a transfer and records its outcome; it never fails. */
export const make = Effect.gen(function* () {
  const transfers = yield* Transfers
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const serviceTime = yield* ServiceTime
  const recorder = yield* Recorder
  const lines = new Map<string, Line>()

  /** Identical transfers of this process go out one after the other, so that each knows how the last one ended. */
  const inLine =
    (transfer: ResolvedTransfer) =>
    <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const identity = duplicateKeyOf(transfer)
        const line = lines.get(identity) ?? { turn: Effect.unsafeMakeSemaphore(1), length: 0 }
        lines.set(identity, line)
        line.length += 1
        const leave = Effect.sync(() => {
          line.length -= 1
          if (line.length === 0) lines.delete(identity)
        })
        return Effect.ensuring(line.turn.withPermits(1)(work), leave)
      })

  /** What must hold right before the request goes out, at each try. */
  const checks = (plan: TransferContext, owner: string): Effect.Effect<void, BlockedBeforeSend> =>
    Effect.gen(function* () {
      const isLate =
        (yield* Monotonic.now) >= plan.deadline || (yield* Clock.currentTimeMillis) >= plan.sendBefore
      if (isLate) return yield* Effect.fail(tooLate(plan))
      if (!(yield* processes.isAlive(owner))) {
        return yield* Effect.fail(
          new StorageError(
            "This process stood still for so long that others took its transfers over; nothing was sent",
            { path: ".owners" },
          ),
        )
      }
      const { ledger, refusal } = yield* storage.read
      if (refusal !== undefined) return yield* Effect.fail(refusal)
      const twin = ledger.findIdentical(duplicateKeyOf(plan.transfer)).find(isUnresolved)
      if (twin !== undefined) {
        return yield* Effect.fail(
          new TransferHeldError(twin.intent.requestId, BlockErrors.HELD_FOR, { requestId: plan.requestId }),
        )
      }
      if (ledger.record(plan.requestId)?.status !== "open") {
        return yield* Effect.fail(
          new TransferRejectedError("it was settled by somebody else before it was sent", {
            requestId: plan.requestId,
          }),
        )
      }
    }).pipe(Effect.mapError((error) => new BlockedBeforeSend(error)))

  /** What else on record may have made an entry of the activity that looks like this transfer. */
  const rivalsOf = ({ requestId, transfer }: TransferContext) =>
    Effect.map(storage.read, ({ ledger }) => ({
      isClaimed: (id: string) => ledger.isClaimed(id, requestId),
      exist: ledger
        .findIdentical(duplicateKeyOf(transfer))
        .some(
          (one) => one.intent.requestId !== requestId && (one.status === "open" || needsReconciliation(one)),
        ),
    }))

  const send = (plan: TransferContext, owner: string, noteSent: (at: number) => void) =>
    Effect.gen(function* () {
      const left = plan.deadline - (yield* Monotonic.now)
      if (left <= 0) return yield* Effect.fail(new BlockedBeforeSend(tooLate(plan)))
      const goingAway = () =>
        new BlockedBeforeSend(
          new TransferRejectedError("the caller went away before it was sent", { requestId: plan.requestId }),
        )
      const noteTime = Effect.map(serviceTime.guess, noteSent)
      const beforeSend = plan.gate.leave(Effect.zipRight(checks(plan, owner), noteTime), goingAway)
      return yield* transfers.send(plan.transfer, {
        flag: plan.gate,
        timeout: left,
        beforeSend,
        rivals: rivalsOf(plan),
      })
    })

  /** Sends it and records what came of it, as one: an identical one waits for both. */
  const sendAndRecord = (plan: TransferContext, intent: Intent) =>
    Effect.gen(function* () {
      let sentAt: number | undefined
      let outcome: TransferOutcome | undefined
      const work = Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const exit = yield* Effect.exit(
            restore(
              send(plan, intent.owner, (at) => {
                // A second send does not move the moment from which the payment may have been made.
                sentAt ??= at
              }),
            ),
          )
          outcome = classifySend(exit, plan.gate.sent, sentAt)
          yield* recorder.record(plan.requestId, outcome, intent)
        }),
      )
      const fiber = yield* Effect.fork(inLine(plan.transfer)(work))
      yield* plan.gate.watch(fiber)
      const alarm = yield* Effect.fork(Effect.zipRight(Effect.sleep(plan.timeout), plan.gate.cancel))
      yield* Fiber.await(fiber)
      yield* Fiber.interrupt(alarm)
      if (outcome !== undefined && !isCutOff(outcome)) return outcome
      const isLate = (yield* Monotonic.now) >= plan.deadline
      const late = tooLate(plan)
      const dropped: TransferOutcome = isLate
        ? { _tag: "NotSent", error: late, why: late.message }
        : { _tag: "NotSent", error: undefined, why: "The caller went away before it was sent." }
      // Where it never came to its turn among its like, nothing is on record yet.
      if (outcome === undefined) yield* recorder.record(plan.requestId, dropped)
      return dropped
    })

  return sendAndRecord
})
