/** The audit log, for people: what happened, and whether every line is as it was written. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import type { ConfigError, StorageError } from "../Errors.js"
import { type AuditEntry, type AuditEntryDraft, integerOf, textOf } from "./AuditEntry.js"
import { AuditStorage, type AuditVerification } from "./AuditStorage.js"
import { dayOf, parseTimestamp } from "./Days.js"
import { SafeguardSettings } from "./SafeguardOptions.js"

/** Filter of entries; an entry must meet all conditions that are given. */
export interface AuditFilter {
  /** A calendar day, such as `2026-01-31`. */
  readonly day?: string | undefined
  /** Such as `transfer_completed`. */
  readonly event?: string | undefined
  readonly userId?: number | undefined
  /** Of one transfer. */
  readonly requestId?: string | undefined
}

const FILTER: Keys<AuditFilter> = { day: true, event: true, userId: true, requestId: true }

/**
 * Reading and checking of the audit log.
 *
 * @category services
 */
export interface Service {
  /** Reads the entries that fit, oldest first. */
  readonly entries: (
    filter?: AuditFilter,
  ) => Effect.Effect<ReadonlyArray<AuditEntry>, StorageError | ConfigError>
  /**
   * Checks every line: which were changed, inserted, removed or moved, and whether the audit log was shortened. This
   * shows tampering, unless the attacker also wrote a new chain and its head.
   */
  readonly verify: Effect.Effect<AuditVerification, StorageError>
  /** Accepts the audit log as it is, damage included, so that transfers go on. The reason goes into the audit log. */
  readonly accept: (reason: string) => Effect.Effect<void, StorageError>
  /** Appends an entry that is about no transfer on its way, such as one that was staged. */
  readonly note: (draft: AuditEntryDraft) => Effect.Effect<void, StorageError>
}

/**
 * Reads and checks the audit log.
 *
 * @category services
 */
export class AuditLog extends Context.Tag("tsequence/AuditLog")<AuditLog, Service>() {}

/**
 * Reads and checks the audit log of a storage.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AuditStorage | SafeguardSettings> = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const { timeZone } = yield* SafeguardSettings

  const isOn = (entry: AuditEntry, day: string) => {
    const at = parseTimestamp(entry.timestamp)
    return textOf(entry, "day") === day || (at !== undefined && dayOf(at, timeZone) === day)
  }

  const fits = (entry: AuditEntry, { day, event, userId, requestId }: AuditFilter) =>
    (day === undefined || isOn(entry, day)) &&
    (event === undefined || entry.event_type === event) &&
    (userId === undefined || integerOf(entry, "user_id") === userId) &&
    (requestId === undefined || textOf(entry, "request_id") === requestId)

  return {
    entries: (filter = {}) =>
      refuseUnknownKeys("filter", filter, FILTER).pipe(
        Effect.zipRight(storage.entries),
        Effect.map((entries) => entries.filter((entry) => fits(entry, filter))),
      ),
    verify: storage.verify,
    accept: (reason) =>
      Effect.asVoid(
        storage.append(() => [{ event_type: "audit_accepted", note: reason }], { durable: true }),
      ),
    note: (draft) => Effect.asVoid(storage.append(() => [draft], { durable: false })),
  }
})

/**
 * Reads and checks the audit log of the storage in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<AuditLog, never, AuditStorage | SafeguardSettings> = Layer.effect(
  AuditLog,
  make,
)
