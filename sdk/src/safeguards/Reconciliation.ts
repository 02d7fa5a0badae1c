/**
 * Finding out what became of transfers without an answer: in the activity, at once and then spaced out, after
 * restarts too; and taking over what processes that died have left behind.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Monotonic from "../internal/Monotonic.js"
import { type Attempt, needsClosing, needsLook } from "./Attempt.js"
import { BackgroundSleep } from "./Background.js"
import { type Concluded, conclude, type Look } from "./Conclusions.js"
import { addDays, dayOf } from "./Days.js"
import type { Draft } from "./Entry.js"
import { sentFrom, WINDOW } from "./Matching.js"
import * as Misfits from "./Misfits.js"
import { keysOf } from "./Outcome.js"
import { Owners } from "./Owners.js"
import * as Reading from "./Reading.js"
import { Recorder } from "./Recorder.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { ServiceTime } from "./ServiceTime.js"
import { Settings } from "./Settings.js"

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

/** How far the search for one transfer is. */
interface Search {
  /** When it began, on the monotonic clock. */
  readonly begun: number
  /** How many looks there were. */
  looks: number
  /** When the first complete read without it was, on the monotonic clock. */
  firstRead: number | undefined
}

/**
 * Follows up for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const storage = yield* SafeguardStorage
  const owners = yield* Owners
  const recorder = yield* Recorder
  const serviceTime = yield* ServiceTime
  const settings = yield* Settings
  const readActivity = yield* Reading.make
  const sleep = yield* BackgroundSleep
  const changes = yield* PubSub.unbounded<Attempt>()
  const turn = yield* Effect.makeSemaphore(1)
  const searches = new Map<string, Search>()
  let wakeUp = yield* Deferred.make<void>()

  const { looks: schedule } = settings
  const every = schedule.at(-1) ?? settings.notFoundAfter

  const dueAt = ({ begun, looks }: Search): number =>
    begun + (schedule[looks] ?? every * (looks - schedule.length + 2))

  /** Whether it is ours to look for: what another living process looks after is left alone. */
  const isForUs = (attempt: Attempt) =>
    owners.isOwn(attempt.owner)
      ? Effect.succeed(true)
      : Effect.map(owners.livenessOf(attempt.owner), ([liveness]) => liveness === "dead")

  /** Whether there is any sense in looking still: what was ruled out is watched until the end of the next day. */
  const isWatched = ({ status, intent }: Attempt, today: string) =>
    status === "unknown" || today <= addDays(intent.day, 1)

  const isLeftBehind = (attempt: Attempt) =>
    Effect.gen(function* () {
      if (attempt.status !== "open" && !needsClosing(attempt)) return false
      if (owners.isOwn(attempt.owner)) return false
      const [liveness, still] = yield* owners.livenessOf(attempt.owner)
      if (liveness !== "dead") return false
      if (needsClosing(attempt)) return true
      // No sooner than its request can have ended; on our own clock where the other's cannot be trusted.
      const wall = yield* Clock.currentTimeMillis
      return (
        wall >= attempt.intent.sendBefore + settings.attemptTimeout ||
        still >= settings.timeout + settings.attemptTimeout
      )
    })

  const takeOverLine = (attempt: Attempt, owner: string): Draft | undefined => {
    const { verdict, intent, status } = attempt
    if (verdict._tag !== "Fits") {
      const { transfer, dailyLimitCents, requestId } = intent
      const { message } = Misfits.toError(verdict, transfer.amountCents, dailyLimitCents, requestId)
      return needsClosing(attempt)
        ? { ...keysOf(attempt, settings), event_type: "transfer_rejected", error: message }
        : undefined
    }
    const error = "The process that made it ended before its outcome was recorded."
    return status === "open"
      ? { ...keysOf(attempt, settings), event_type: "transfer_unknown", error, owner }
      : undefined
  }

  const takeOver = (left: ReadonlyArray<Attempt>) =>
    Effect.gen(function* () {
      const ids = new Set(left.map(({ intent }) => intent.requestId))
      // Before anything is written: who wakes up now must find that it was declared dead.
      yield* Effect.forEach(new Set(left.map(({ owner }) => owner)), owners.retire, { discard: true })
      const owner = yield* owners.mine
      yield* storage.append(
        ({ ledger }) =>
          ledger
            .unsettled()
            .filter(({ intent }) => ids.has(intent.requestId))
            .flatMap((attempt) => takeOverLine(attempt, owner) ?? []),
        { durable: true },
      )
    })

  const searchFor = (attempt: Attempt, now: number): Search => {
    const { requestId } = attempt.intent
    const known = searches.get(requestId)
    if (known !== undefined) return known
    const made: Search = { begun: now, looks: 0, firstRead: undefined }
    searches.set(requestId, made)
    return made
  }

  const wanted = Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const today = dayOf(yield* serviceTime.guess, settings.timeZone)
    const ours = yield* Effect.filter(
      ledger.unsettled().filter((one) => needsLook(one) && isWatched(one, today)),
      isForUs,
    )
    const now = yield* Monotonic.now
    const ids = new Set(ours.map(({ intent }) => intent.requestId))
    for (const id of searches.keys()) if (!ids.has(id)) searches.delete(id)
    return ours.map((attempt) => ({ attempt, search: searchFor(attempt, now) }))
  })

  /** Reads each organization once, as far back as any of its transfers needs. */
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

  const look = (due: ReadonlyArray<{ readonly attempt: Attempt; readonly search: Search }>) =>
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

  const recover = Effect.gen(function* () {
    yield* recorder.retry
    const { ledger } = yield* storage.read
    const foreign = ledger.unsettled().filter(({ owner }) => !owners.isOwn(owner))
    if (foreign.length === 0) return
    yield* owners.observe
    const left = yield* Effect.filter(foreign, isLeftBehind)
    if (left.length > 0) yield* takeOver(left)
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
    const next = Math.min(...[...searches.values()].map(dueAt), now + settings.checkEvery)
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
