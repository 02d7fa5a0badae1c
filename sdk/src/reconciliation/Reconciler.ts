/**
 * Finding out what became of transfers without an answer: in the activity, at once and then spaced out, after
 * restarts too; and taking over what processes that died have left behind.
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
import { sentFrom, WINDOW } from "./matchTransfer.js"
import * as OrphanRecovery from "./OrphanRecovery.js"
import { type CompleteRead, type ReconcileEntry, reconcileEntries } from "./ReconcileEntries.js"
import * as ReconcileSchedule from "./ReconcileSchedule.js"

/**
 * How transfers without an answer are followed up.
 *
 * @category services
 */
export interface Service {
  /** Says that there is something to find out. Returns at once. */
  readonly wake: Effect.Effect<void>
  /** Does now what is due: takes over what the dead left, and looks for what has no answer. */
  readonly run: Effect.Effect<void>
  /** Looks for all transfers without an answer now, due or not, and then does as {@link run}. */
  readonly reconcileNow: Effect.Effect<void>
  /** Gives every transfer whose outcome is found, ruled out or left to a person from now on. */
  readonly changes: Effect.Effect<Queue.Dequeue<TransferRecord>, never, Scope.Scope>
}

/**
 * Finds out what became of transfers.
 *
 * @category services
 */
export class Reconciler extends Context.Tag("tsequence/Reconciler")<Reconciler, Service>() {}

/**
 * Follows up for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const recorder = yield* Recorder
  const settings = yield* SafeguardSettings
  const readActivity = yield* ActivitySnapshot.make
  const recover = yield* OrphanRecovery.make
  const { wanted, dueAt, nextDue } = yield* ReconcileSchedule.make
  const sleep = yield* BackgroundSleep
  const changes = yield* PubSub.unbounded<TransferRecord>()
  const slot = yield* Effect.makeSemaphore(1)
  let wakeUp = yield* Deferred.make<void>()

  /** Reads each organization once, back to what the oldest of its transfers needs. */
  const readAll = (records: ReadonlyArray<TransferRecord>) =>
    Effect.gen(function* () {
      const oldest = new Map<string, number>()
      for (const record of records) {
        for (const id of record.intent.organizationIds) {
          oldest.set(id, Math.min(oldest.get(id) ?? Number.POSITIVE_INFINITY, sentFrom(record) - WINDOW))
        }
      }
      const readings = new Map<string, ActivitySnapshot.ActivitySnapshot>()
      for (const [id, since] of oldest) {
        const reading = yield* readActivity(id, since, settings.timeout).pipe(
          Effect.tapError((error) =>
            Effect.logWarning(`The activity could not be read to find a transfer: ${error.message}`),
          ),
          Effect.option,
        )
        if (reading._tag === "Some") readings.set(id, reading.value)
      }
      return readings
    })

  const report = ({ attempt: record, before }: ReconcileEntry, after: TransferRecord) =>
    Effect.gen(function* () {
      const { requestId } = record.intent
      if (before === "not_found" && after.status === "accepted") {
        yield* Effect.logError(
          `Transfer ${requestId} was ruled out, and has appeared at the service after all (${after.transferId}).`,
        )
      }
      if (after.status === "ambiguous") {
        yield* Effect.logError(`Transfer ${requestId} has to be resolved by a person: ${after.error ?? ""}`)
      }
      yield* PubSub.publish(changes, after)
    })

  const look = (due: ReadonlyArray<ReconcileSchedule.PendingSearch>) =>
    Effect.gen(function* () {
      const startedAt = yield* Monotonic.now
      for (const { search } of due) search.looks += 1
      const readings = yield* readAll(due.map(({ attempt: record }) => record))
      const schedule = due.flatMap(({ attempt: record, search }): ReadonlyArray<CompleteRead> => {
        const ofIt = record.intent.organizationIds.flatMap((id) => readings.get(id) ?? [])
        if (ofIt.length < record.intent.organizationIds.length) return []
        const apart = search.firstRead === undefined ? 0 : startedAt - search.firstRead
        search.firstRead ??= startedAt
        return [
          {
            requestId: record.intent.requestId,
            seen: ofIt.flatMap(({ seen }) => seen),
            serviceTime: Math.min(...ofIt.map(({ serviceTime: time }) => time)),
            isSecondRead: apart >= settings.minReadInterval,
          },
        ]
      })
      let concluded: ReadonlyArray<ReconcileEntry> = []
      if (schedule.length === 0) return
      const { ledger } = yield* storage.read
      if (reconcileEntries(schedule, ledger, settings).length === 0) return
      const after = yield* storage.append(
        (snapshot) => {
          concluded = reconcileEntries(schedule, snapshot.ledger, settings)
          return concluded.map(({ draft }) => draft)
        },
        { durable: true },
      )
      for (const one of concluded) {
        const record = after.ledger.record(one.attempt.intent.requestId)
        if (record !== undefined) yield* report(one, record)
      }
    })

  /** Says once that something keeps going wrong. */
  let lastProblem = ""
  const complain = (problem: string) =>
    Effect.suspend(() => {
      if (problem === lastProblem) return Effect.void
      lastProblem = problem
      return Effect.logWarning(`Transfers could not be reconciled: ${problem}`)
    })

  const round = (everything: boolean) =>
    Effect.gen(function* () {
      yield* recorder.retry
      yield* recover
      const now = yield* Monotonic.now
      const due = (yield* wanted).filter(({ search }) => everything || dueAt(search) <= now)
      if (due.length > 0) yield* look(due)
      lastProblem = ""
    }).pipe(
      Effect.catchAll((error) => complain(error.message)),
      slot.withPermits(1),
      Effect.withSpan("Reconciliation.run", { captureStackTrace: false }),
    )

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
 * Follows up in the background, beginning at once with what earlier runs left.
 *
 * @category layers
 */
export const layer = Layer.scoped(Reconciler, make)
