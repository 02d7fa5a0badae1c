/** The safeguards of the Promise API: their options, and what an operator can ask of them. Loads none of their code. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SendOptions } from "../api/Transfers.js"
import type { AuditEntry } from "../audit/AuditEntry.js"
import type { AuditFilter } from "../audit/AuditLog.js"
import type { AuditVerification } from "../audit/AuditStorage.js"
import type { SafeguardOptions } from "../audit/SafeguardOptions.js"
import type { TransferRecord } from "../audit/TransferRecord.js"
import type { CallOptions } from "../config/CallOptions.js"
import type { SequenceError } from "../Errors.js"
import type { TransferReceipt, TransferRequest } from "../model/Payment.js"
import type { Service as Client } from "../Sequence.js"
import type { DailyLimit } from "../safeguards/DailyLimits.js"
import type { TransferPreview } from "../safeguards/TransferPreviews.js"
import type { Decision } from "../safeguards/Unresolved.js"

/** Limits of a client with safeguards, and the durations that they go by. */
export interface SequenceSafeguardOptions
  extends Omit<SafeguardOptions, "timeZone" | "service" | "timeout" | "attemptTimeout"> {}

/**
 * The operator's functions of a client with safeguards. Without the option `safeguards` each rejects with
 * `ConfigError`. Each rejects with `StorageError` if the data folder cannot be read or written.
 */
export interface SafeguardsClient {
  /**
   * Tells what is spent, reserved and left today, in cents.
   *
   * @param limitKey - a user's id. Default: `__global__`, which all transfers of this client count for
   */
  getDailyLimit(limitKey?: string): Promise<DailyLimit>
  /** Reads the entries of the audit trail that fit a filter, oldest first. */
  getAuditEntries(filter?: AuditFilter): Promise<ReadonlyArray<AuditEntry>>
  /**
   * Checks every line of the audit trail. The first of `problems` is the first line that was changed, inserted,
   * removed or moved; there are none where every line is as it was written.
   */
  verifyAudit(): Promise<AuditVerification>
  /**
   * Accepts the trail as it is, damage included, so that transfers go on.
   *
   * @param reason - goes into the trail
   */
  acceptAudit(reason: string): Promise<void>
  /**
   * Reads one transfer: its intent, its status, and the service's id. Rejects with `NotFoundError` if there is none.
   *
   * @param requestId - as the receipt, the audit log, and the errors name it
   */
  getTransfer(requestId: string): Promise<TransferRecord>
  /**
   * Previews a transfer: both ends with their balances, the limits, identical transfers, and everything that would
   * block it. Sends no mutation and writes no entry to the audit log.
   *
   * The preview itself says what would block the transfer. Rejects only if there can be no preview: with `ConfigError` for an
   * unknown key, or as a read does if the service cannot be asked.
   *
   * @example
   * ```ts
   * const preview = await sequence.safeguards.preview({ source: "Main", destination: "Groceries", amountCents: 5_000 })
   * for (const { message } of preview.blockers) console.log(message)
   * ```
   */
  preview(request: TransferRequest, options?: CallOptions): Promise<TransferPreview>
  /** Lists transfers whose outcome is not known, oldest first: without an answer, ruled out, or under way. */
  getUnresolved(): Promise<ReadonlyArray<TransferRecord>>
  /**
   * Resolves a transfer whose outcome is not known, by the word of a person who found out. Rejects with
   * `NotFoundError` where there is none of this id, and with `TransferRejectedError` where its outcome is known.
   *
   * @param requestId - as the trail and the errors name it
   * @param reason - goes into the trail
   */
  resolve(requestId: string, decision: Decision, reason: string): Promise<TransferRecord>
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

/** The operator's functions, as effects. */
type EffectOperations = {
  readonly [K in keyof SafeguardsClient]: (
    ...parameters: Parameters<SafeguardsClient[K]>
  ) => Effect.Effect<Awaited<ReturnType<SafeguardsClient[K]>>, SequenceError>
}

/** The service that moves a client's money and runs its operator's functions. */
export interface Service extends EffectOperations {
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
