/** Gives a client the safeguards that its options ask for, or none. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SafeguardOptions from "../audit/SafeguardOptions.js"
import type { EnvironmentLimits } from "../client/Environment.js"
import type { Options } from "../client/Options.js"
import { ConfigError } from "../Errors.js"
import { type Service as Client, Sequence, type Services } from "../Sequence.js"
import { type SafeguardsClient, SequenceSafeguards, type Service } from "./SafeguardsClient.js"
import { isGuarded, type SequenceOptions } from "./SequenceOptions.js"

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
  getTransfer: missing,
  preview: missing,
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
): Layer.Layer<SequenceSafeguards, ConfigError, Sequence | Services> => {
  const settings = settingsOf(options)
  if (settings === undefined) return Layer.effect(SequenceSafeguards, Effect.map(Sequence, unguarded))
  // Not part of what every program loads.
  const loaded = Effect.promise(() => import("./GuardedSequence.js"))
  return Layer.unwrapEffect(Effect.map(loaded, (guarded) => guarded.layer(services, settings)))
}

/** Every problem with the safeguards' options, a sentence each. */
export const problemsWith = (options: SequenceOptions): ReadonlyArray<string> => [
  ...SafeguardOptions.problemsWith(settingsOf(options) ?? {}),
  ...(options.apiKey !== undefined && isGuarded(options.safeguards)
    ? ["safeguards need a login: a client with an API key moves no money yet"]
    : []),
]

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
  run: <A, E>(
    operation: (safeguards: Service) => Effect.Effect<A, E>,
    signal?: AbortSignal | undefined,
  ) => Promise<A>,
): SafeguardsClient => ({
  getDailyLimit: (limitKey) => run((one) => one.getDailyLimit(limitKey)),
  getAuditEntries: (filter) => run((one) => one.getAuditEntries(filter)),
  verifyAudit: () => run((one) => one.verifyAudit()),
  acceptAudit: (reason) => run((one) => one.acceptAudit(reason)),
  getTransfer: (requestId) => run((one) => one.getTransfer(requestId)),
  preview: (request, options) => run((one) => one.preview(request, options), options?.signal),
  getUnresolved: () => run((one) => one.getUnresolved()),
  resolve: (requestId, decision, reason) => run((one) => one.resolve(requestId, decision, reason)),
  reconcile: () => run((one) => one.reconcile()),
  resetDay: (day, reason) => run((one) => one.resetDay(day, reason)),
})
