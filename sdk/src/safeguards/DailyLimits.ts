/** Daily limits: what is spent, reserved and left of them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AuditStorage, type Snapshot } from "../audit/AuditStorage.js"
import { dayOf, isDay } from "../audit/Days.js"
import { Recorder } from "../audit/Recorder.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { GLOBAL_KEY } from "../audit/TransferLedger.js"
import { ConfigError, StorageError } from "../Errors.js"

/**
 * The limit of a key on a day, in cents.
 *
 * @category models
 */
export interface DailyLimit {
  readonly limitKey: string
  /** A calendar day, such as `2026-01-31`. */
  readonly day: string
  readonly limitCents: number
  /** Accepted by the service. */
  readonly spentCents: number
  /** Under way, or not known to have failed. */
  readonly reservedCents: number
  /** Cents that are left; never below 0. */
  readonly remainingCents: number
  /** The most that one transfer may move, whatever is left. */
  readonly maxTransferCents: number
}

/**
 * Questions about limits.
 *
 * @category services
 */
export interface Service {
  /**
   * Gives the limit of a key today.
   *
   * @param limitKey - a user's id. Default: `__global__`
   */
  readonly today: (limitKey?: string) => Effect.Effect<DailyLimit, StorageError>
  /**
   * Fails if transfers are refused at present, or the outcome of one could not be recorded yet.
   */
  readonly ready: Effect.Effect<void, StorageError>
  /**
   * Sets the day that transfers count for back to an earlier one, after a wrong clock opened a day that has not come yet.
   * Amounts that were counted for a day stay counted. The reason goes into the audit log. Fails with `ConfigError` if the day is
   * not an earlier one.
   */
  readonly resetDay: (day: string, reason: string) => Effect.Effect<void, StorageError | ConfigError>
}

/**
 * Tells how much may still be moved.
 *
 * @category services
 */
export class DailyLimits extends Context.Tag("tsequence/DailyLimits")<DailyLimits, Service>() {}

/** Tells the day that a transfer made now counts for, by a time in milliseconds since 1970; it never goes back. */
export const dayNow = ({ ledger }: Pick<Snapshot, "ledger">, now: number, timeZone: string): string => {
  const day = dayOf(now, timeZone)
  const { latestDay } = ledger
  return latestDay !== undefined && latestDay > day ? latestDay : day
}

/** Adds up a key's day. */
export const statusOf = (
  { ledger, otherCents }: Snapshot,
  limitKey: string,
  day: string,
  limitCents: number,
): Omit<DailyLimit, "maxTransferCents"> => {
  const sums = ledger.totals(limitKey, day)
  const others = Math.max(sums.otherCents, otherCents(limitKey, day))
  const spentCents = sums.spentCents + others
  const remainingCents = Math.max(0, limitCents - spentCents - sums.reservedCents)
  return { limitKey, day, limitCents, spentCents, reservedCents: sums.reservedCents, remainingCents }
}

/**
 * Adds up what a storage says.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AuditStorage | ServiceTime | Recorder | SafeguardSettings> =
  Effect.gen(function* () {
    const storage = yield* AuditStorage
    const recorder = yield* Recorder
    const serviceTime = yield* ServiceTime
    const settings = yield* SafeguardSettings

    const today: Service["today"] = (limitKey = GLOBAL_KEY) =>
      Effect.gen(function* () {
        const snapshot = yield* storage.read
        const day = dayNow(snapshot, yield* serviceTime.guess, settings.timeZone)
        const { maxTransferCents, maxDailyTransferCents } = settings
        return { ...statusOf(snapshot, limitKey, day, maxDailyTransferCents), maxTransferCents }
      })

    const resetDay: Service["resetDay"] = (day, reason) =>
      Effect.gen(function* () {
        if (!isDay(day))
          return yield* Effect.fail(new ConfigError(["The day must be written like 2026-01-31"]))
        const { ledger } = yield* storage.read
        const { latestDay } = ledger
        // A day that has not come yet would have its whole limit left.
        if (latestDay === undefined || day >= latestDay) {
          const now = latestDay === undefined ? "no day yet" : latestDay
          return yield* Effect.fail(
            new ConfigError([`Transfers count for ${now}; the day can only be set to an earlier one`]),
          )
        }
        yield* storage.append(() => [{ event_type: "day_reset", day, note: reason }], { durable: true })
      })

    const ready: Service["ready"] = Effect.gen(function* () {
      yield* storage.checkWritable
      yield* recorder.retry
      const waiting = yield* recorder.waiting
      if (waiting.length === 0) return
      yield* Effect.fail(
        new StorageError(
          `The outcome of ${waiting.length} transfers could not be recorded yet; look at the data folder`,
          { path: ".audit.jsonl" },
        ),
      )
    })

    return { today, ready, resetDay }
  })

/**
 * Adds up what the storage in context says.
 *
 * @category layers
 */
export const layer: Layer.Layer<
  DailyLimits,
  never,
  AuditStorage | ServiceTime | Recorder | SafeguardSettings
> = Layer.effect(DailyLimits, make)
