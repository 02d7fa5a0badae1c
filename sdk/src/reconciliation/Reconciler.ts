/**
 * Reconciliation of transfers without a response: they are looked for in the activity, at once and then at growing
 * intervals, also after restarts. Open transfers of processes that died are taken over.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { AuditStorage } from "../audit/AuditStorage.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import type { TransferRecord } from "../audit/TransferRecord.js"
import { BackgroundSleep } from "../internal/Background.js"
import * as Monotonic from "../internal/Monotonic.js"
import * as ActivitySnapshot from "./ActivitySnapshot.js"
import * as OrphanRecovery from "./OrphanRecovery.js"
import { completeReads, type ReconcileEntry, reconcileEntries } from "./ReconcileEntries.js"
import * as ReconcileSchedule from "./ReconcileSchedule.js"

/**
 * Reconciliation of transfers whose outcome is unknown.
 *
 * @category services
 */
export interface Service {
  /** Starts a round soon, because there is a transfer to look for. Returns at once. */
  readonly wake: Effect.Effect<void>
  /** Runs a round now: takes over transfers of dead processes, and looks for the transfers that are due. */
  readonly run: Effect.Effect<void>
  /** Runs a round now that looks for all transfers without an outcome, due or not. */
  readonly reconcileNow: Effect.Effect<void>
  /** Gives every transfer whose outcome is found, ruled out, or left to a person from now on. */
  readonly changes: Effect.Effect<Queue.Dequeue<TransferRecord>, never, Scope.Scope>
}

/**
 * Finds the outcome of unknown transfers.
 *
 * @category services
 */
export class Reconciler extends Context.Tag("tsequence/Reconciler")<Reconciler, Service>() {}

/** Logs what a person should know about an outcome. */
const logOutcome = ({ before }: ReconcileEntry, { intent, status, transferId, error }: TransferRecord) => {
  const { requestId } = intent
  if (before === "not_found" && status === "accepted") {
    return Effect.logError(
      `Transfer ${requestId} was ruled out, and has appeared at the service after all (${transferId}).`,
    )
  }
  return status === "ambiguous"
    ? Effect.logError(`Transfer ${requestId} has to be resolved by a person: ${error ?? ""}`)
    : Effect.void
}

/** Makes the function that looks for transfers in the activity, records their outcomes, and gives those. */
const makeLookup = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const settings = yield* SafeguardSettings
  const readActivity = yield* ActivitySnapshot.makeForTransfers

  return (searches: ReadonlyArray<ReconcileSchedule.PendingSearch>) =>
    Effect.gen(function* () {
      const startedAt = yield* Monotonic.now
      for (const { progress } of searches) progress.attempts += 1
      const snapshots = yield* readActivity(searches.map(({ record }) => record))
      const reads = completeReads(searches, snapshots, startedAt, settings.minReadInterval)
      if (reads.length === 0) return []
      const { ledger } = yield* storage.read
      if (reconcileEntries(reads, ledger, settings).length === 0) return []
      let written: ReadonlyArray<ReconcileEntry> = []
      const after = yield* storage.append(
        (snapshot) => {
          written = reconcileEntries(reads, snapshot.ledger, settings)
          return written.map(({ draft }) => draft)
        },
        { durable: true },
      )
      return written.flatMap((entry) => {
        const record = after.ledger.record(entry.requestId)
        return record === undefined ? [] : [{ entry, record }]
      })
    })
})

/** Makes the effect of one round: everything that is due is looked for, or everything at all. */
const makeRound = (changes: PubSub.PubSub<TransferRecord>) =>
  Effect.gen(function* () {
    const recorder = yield* Recorder
    const recover = yield* OrphanRecovery.make
    const lookUp = yield* makeLookup
    const { pending, dueAt, nextDue } = yield* ReconcileSchedule.make
    const slot = yield* Effect.makeSemaphore(1)
    let lastProblem = ""

    /** Logs a problem once, however long it lasts. */
    const logProblem = (problem: string) =>
      Effect.suspend(() => {
        if (problem === lastProblem) return Effect.void
        lastProblem = problem
        return Effect.logWarning(`Transfers could not be reconciled: ${problem}`)
      })

    const round = (isEverythingDue: boolean) =>
      Effect.gen(function* () {
        yield* recorder.retry
        yield* recover
        const now = yield* Monotonic.now
        const due = (yield* pending).filter(({ progress }) => isEverythingDue || dueAt(progress) <= now)
        const outcomes = due.length > 0 ? yield* lookUp(due) : []
        for (const { entry, record } of outcomes) {
          yield* logOutcome(entry, record)
          yield* PubSub.publish(changes, record)
        }
        lastProblem = ""
      }).pipe(
        Effect.catchAll((error) => logProblem(error.message)),
        slot.withPermits(1),
        Effect.withSpan("Reconciliation.run", { captureStackTrace: false }),
      )

    return { round, nextDue }
  })

/**
 * Reconciles transfers for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const settings = yield* SafeguardSettings
  const sleep = yield* BackgroundSleep
  const changes = yield* PubSub.unbounded<TransferRecord>()
  const { round, nextDue } = yield* makeRound(changes)
  let wakeUp = yield* Deferred.make<void>()

  const pause = Effect.gen(function* () {
    const now = yield* Monotonic.now
    const next = Math.min(nextDue(), now + settings.recoveryInterval)
    const deferred = wakeUp
    yield* Effect.raceFirst(sleep(Math.max(1, Math.ceil(next - now))), Deferred.await(deferred))
    if (yield* Deferred.isDone(deferred)) wakeUp = yield* Deferred.make<void>()
  })

  yield* Effect.forkScoped(Effect.forever(Effect.zipRight(round(false), pause)))

  const service: Service = {
    wake: Effect.suspend(() => Effect.asVoid(Deferred.succeed(wakeUp, undefined))),
    run: round(false),
    reconcileNow: round(true),
    changes: PubSub.subscribe(changes),
  }
  return service
})

/**
 * Reconciles in the background, beginning at once with what earlier runs left.
 *
 * @category layers
 */
export const layer = Layer.scoped(Reconciler, make)
