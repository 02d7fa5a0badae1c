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
import * as Monotonic from "../internal/Monotonic.js"
import type { Attempt } from "./Attempt.js"
import { BackgroundSleep } from "./Background.js"
import { type Concluded, conclude, type Look } from "./Conclusions.js"
import { sentFrom, WINDOW } from "./Matching.js"
import * as Reading from "./Reading.js"
import { Recorder } from "./Recorder.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import * as Searches from "./Searches.js"
import { Settings } from "./Settings.js"
import * as Takeover from "./Takeover.js"

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
  readonly lookNow: Effect.Effect<void>
  /** Gives every transfer whose outcome is found, ruled out or left to a person from now on. */
  readonly changes: Effect.Effect<Queue.Dequeue<Attempt>, never, Scope.Scope>
}

/**
 * Finds out what became of transfers.
 *
 * @category services
 */
export class Reconciliation extends Context.Tag("tsequence/Reconciliation")<Reconciliation, Service>() {}

/**
 * Follows up for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const storage = yield* SafeguardStorage
  const recorder = yield* Recorder
  const settings = yield* Settings
  const readActivity = yield* Reading.make
  const recover = yield* Takeover.make
  const { wanted, dueAt, nextDue } = yield* Searches.make
  const sleep = yield* BackgroundSleep
  const changes = yield* PubSub.unbounded<Attempt>()
  const turn = yield* Effect.makeSemaphore(1)
  let wakeUp = yield* Deferred.make<void>()

  /** Reads each organization once, back to what the oldest of its transfers needs. */
  const readAll = (attempts: ReadonlyArray<Attempt>) =>
    Effect.gen(function* () {
      const oldest = new Map<string, number>()
      for (const attempt of attempts) {
        for (const id of attempt.intent.organizationIds) {
          oldest.set(id, Math.min(oldest.get(id) ?? Number.POSITIVE_INFINITY, sentFrom(attempt) - WINDOW))
        }
      }
      const readings = new Map<string, Reading.Reading>()
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

  const report = ({ attempt, before }: Concluded, after: Attempt) =>
    Effect.gen(function* () {
      const { requestId } = attempt.intent
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

  const look = (due: ReadonlyArray<Searches.Wanted>) =>
    Effect.gen(function* () {
      const begun = yield* Monotonic.now
      for (const { search } of due) search.looks += 1
      const readings = yield* readAll(due.map(({ attempt }) => attempt))
      const looks = due.flatMap(({ attempt, search }): ReadonlyArray<Look> => {
        const ofIt = attempt.intent.organizationIds.flatMap((id) => readings.get(id) ?? [])
        if (ofIt.length < attempt.intent.organizationIds.length) return []
        const apart = search.firstRead === undefined ? 0 : begun - search.firstRead
        search.firstRead ??= begun
        return [
          {
            requestId: attempt.intent.requestId,
            seen: ofIt.flatMap(({ seen }) => seen),
            serviceTime: Math.min(...ofIt.map(({ serviceTime: time }) => time)),
            isSecondRead: apart >= settings.readsApart,
          },
        ]
      })
      let concluded: ReadonlyArray<Concluded> = []
      if (looks.length === 0) return
      const { ledger } = yield* storage.read
      if (conclude(looks, ledger, settings).length === 0) return
      const after = yield* storage.append(
        (snapshot) => {
          concluded = conclude(looks, snapshot.ledger, settings)
          return concluded.map(({ draft }) => draft)
        },
        { durable: true },
      )
      for (const one of concluded) {
        const attempt = after.ledger.attempt(one.attempt.intent.requestId)
        if (attempt !== undefined) yield* report(one, attempt)
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
      turn.withPermits(1),
      Effect.withSpan("Reconciliation.run", { captureStackTrace: false }),
    )

  const pause = Effect.gen(function* () {
    const now = yield* Monotonic.now
    const next = Math.min(nextDue(), now + settings.checkEvery)
    const deferred = wakeUp
    yield* Effect.raceFirst(sleep(Math.max(1, Math.ceil(next - now))), Deferred.await(deferred))
    if (yield* Deferred.isDone(deferred)) wakeUp = yield* Deferred.make<void>()
  })

  yield* Effect.forkScoped(Effect.forever(Effect.zipRight(round(false), pause)))

  const service: Service = {
    wake: Effect.suspend(() => Effect.asVoid(Deferred.succeed(wakeUp, undefined))),
    run: round(false),
    lookNow: round(true),
    changes: PubSub.subscribe(changes),
  }
  return service
})

/**
 * Follows up in the background, beginning at once with what earlier runs left.
 *
 * @category layers
 */
export const layer = Layer.scoped(Reconciliation, make)
