/** What the Promise API knows of the safeguards before they are loaded: their options, and what they can do. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SendOptions } from "./client/Transfers.js"
import type { EnvironmentLimits } from "./Environment.js"
import { ConfigError, type SequenceError } from "./Errors.js"
import type { TransferReceipt, TransferRequest } from "./model/Payment.js"
import type { Options } from "./Options.js"
import { type Service as Client, Sequence, type Services } from "./Sequence.js"
import { isGuarded, type SequenceOptions } from "./SequenceOptions.js"
import type { Attempt } from "./safeguards/Attempt.js"
import type { Filter } from "./safeguards/AuditLog.js"
import type { DailyLimit } from "./safeguards/DailyLimits.js"
import type { Entry } from "./safeguards/Entry.js"
import type { Verification } from "./safeguards/SafeguardStorage.js"
import * as Settings from "./safeguards/Settings.js"
import type { Decision } from "./safeguards/Unresolved.js"

/** Limits of a client with safeguards, and the durations that they go by. */
export interface SequenceSafeguardOptions
  extends Omit<Settings.Options, "timeZone" | "service" | "timeout" | "attemptTimeout"> {}

/**
 * What an operator can ask of a client with safeguards. Without the option `safeguards` each of these rejects
 * with `ConfigError`; each rejects with `StorageError` where the data folder cannot be read or written.
 */
export interface SafeguardsClient {
  /**
   * Tells what is spent, reserved and left today, in cents.
   *
   * @param limitKey - a user's id. Default: `__global__`, which all transfers of this client count for
   */
  getDailyLimit(limitKey?: string): Promise<DailyLimit>
  /** Reads the entries of the audit trail that fit a filter, oldest first. */
  getAuditEntries(filter?: Filter): Promise<ReadonlyArray<Entry>>
  /**
   * Checks every line of the audit trail. The first of `problems` is the first line that was changed, inserted,
   * removed or moved; there are none where every line is as it was written.
   */
  verifyAudit(): Promise<Verification>
  /**
   * Accepts the trail as it is, damage included, so that transfers go on.
   *
   * @param reason - goes into the trail
   */
  acceptAudit(reason: string): Promise<void>
  /** Lists transfers whose outcome is not known, oldest first: without an answer, ruled out, or under way. */
  getUnresolved(): Promise<ReadonlyArray<Attempt>>
  /**
   * Resolves a transfer whose outcome is not known, by the word of a person who found out. Rejects with
   * `NotFoundError` where there is none of this id, and with `TransferRejectedError` where its outcome is known.
   *
   * @param requestId - as the trail and the errors name it
   * @param reason - goes into the trail
   */
  resolve(requestId: string, decision: Decision, reason: string): Promise<Attempt>
  /** Looks for all transfers without an answer in the activity now, instead of when it is due. */
  reconcile(): Promise<void>
  /**
   * Sets the day that transfers count for, after a wrong clock has opened one that has not come yet. What was
   * counted for a day stays counted.
   *
   * @param day - such as `2026-01-31`
   * @param reason - goes into the trail
   */
  resetDay(day: string, reason: string): Promise<void>
}

/** What the safeguards stand on. */
type Safeguarded = Sequence | Services

/** The operator's functions, as effects. */
type Operations = {
  readonly [K in keyof SafeguardsClient]: (
    ...parameters: Parameters<SafeguardsClient[K]>
  ) => Effect.Effect<Awaited<ReturnType<SafeguardsClient[K]>>, SequenceError>
}

/** How a client moves money, and what its operator can ask of it. */
export interface Service extends Operations {
  readonly transfer: (
    request: TransferRequest,
    options?: SendOptions & { readonly idempotencyKey?: string | undefined },
  ) => Effect.Effect<TransferReceipt, SequenceError>
  readonly execute: Client["execute"]
}

/**
 * The safeguards of the Promise API's client, or their absence.
 *
 * @category services
 */
export class SequenceSafeguards extends Context.Tag("tsequence/SequenceSafeguards")<
  SequenceSafeguards,
  Service
>() {}

/** Runs something with the safeguards in context. */
export const use = <A, E>(
  run: (safeguards: Service) => Effect.Effect<A, E>,
): Effect.Effect<A, E, SequenceSafeguards> => Effect.flatMap(SequenceSafeguards, run)

const missing = () =>
  Effect.fail(new ConfigError(["The client has no safeguards; make it with the option safeguards"]))

/** A key that nothing holds would move the money again. */
const noKeys = () =>
  Effect.fail(new ConfigError(["idempotencyKey needs a client with safeguards, which keep it on record"]))

const unguarded = ({ transfer, execute }: Client): Service => ({
  transfer: (request, { idempotencyKey, ...options } = {}) =>
    idempotencyKey === undefined ? transfer(request, options) : noKeys(),
  execute,
  getDailyLimit: missing,
  getAuditEntries: missing,
  verifyAudit: missing,
  acceptAudit: missing,
  getUnresolved: missing,
  resolve: missing,
  reconcile: missing,
  resetDay: missing,
})

const settingsOf = ({ safeguards, timeZone }: SequenceOptions) =>
  isGuarded(safeguards) ? { ...(safeguards === true ? {} : safeguards), timeZone } : undefined

/** The safeguards that options ask for, or none. */
export const layer = (
  services: Options,
  options: SequenceOptions,
): Layer.Layer<SequenceSafeguards, ConfigError, Safeguarded> => {
  const settings = settingsOf(options)
  if (settings === undefined) return Layer.effect(SequenceSafeguards, Effect.map(Sequence, unguarded))
  // Not part of what every program loads.
  const loaded = Effect.promise(() => import("./GuardedSequence.js"))
  return Layer.unwrapEffect(Effect.map(loaded, (guarded) => guarded.layer(services, settings)))
}

/** Every problem with the safeguards' options, a sentence each. */
export const problemsWith = (options: SequenceOptions): ReadonlyArray<string> =>
  Settings.problemsWith(settingsOf(options) ?? {})

/** The environment's limits, where code does not say otherwise. */
export const withLimits = (
  safeguards: SequenceOptions["safeguards"],
  { maxTransferCents, maxDailyTransferCents }: Partial<EnvironmentLimits>,
): SequenceOptions["safeguards"] => {
  if (!isGuarded(safeguards)) return safeguards
  const given = safeguards === true ? {} : safeguards
  return {
    ...given,
    maxTransferCents: given.maxTransferCents ?? maxTransferCents,
    maxDailyTransferCents: given.maxDailyTransferCents ?? maxDailyTransferCents,
  }
}

/** The operator's functions as promises. */
export const toClient = (
  run: <A, E>(operation: (safeguards: Service) => Effect.Effect<A, E>) => Promise<A>,
): SafeguardsClient => ({
  getDailyLimit: (limitKey) => run((one) => one.getDailyLimit(limitKey)),
  getAuditEntries: (filter) => run((one) => one.getAuditEntries(filter)),
  verifyAudit: () => run((one) => one.verifyAudit()),
  acceptAudit: (reason) => run((one) => one.acceptAudit(reason)),
  getUnresolved: () => run((one) => one.getUnresolved()),
  resolve: (requestId, decision, reason) => run((one) => one.resolve(requestId, decision, reason)),
  reconcile: () => run((one) => one.reconcile()),
  resetDay: (day, reason) => run((one) => one.resetDay(day, reason)),
})
