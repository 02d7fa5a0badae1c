/**
 * Writes outcomes into the audit log, and retries if they cannot be written: the result for the caller does not depend
 * on the disk.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StorageError } from "../Errors.js"
import { type Intent, withServiceTime } from "./AuditEntry.js"
import { AuditStorage } from "./AuditStorage.js"
import { SafeguardSettings } from "./SafeguardOptions.js"
import { ServiceTime } from "./ServiceTime.js"
import { outcomeEntries, type TransferOutcome } from "./TransferOutcome.js"

/**
 * Recording of outcomes in the audit log.
 *
 * @category services
 */
export interface Service {
  /**
   * Records an outcome durably, now or as soon as the storage allows.
   *
   * @param intent - the intent as recorded before it was sent, in case the audit log has lost it since
   */
  readonly record: (requestId: string, outcome: TransferOutcome, intent?: Intent) => Effect.Effect<void>
  /** Tries again to write what could not be written. */
  readonly retry: Effect.Effect<void>
  /** Requests whose outcome is known and not yet written. */
  readonly waiting: Effect.Effect<ReadonlyArray<string>>
}

/**
 * Records what became of transfers.
 *
 * @category services
 */
export class Recorder extends Context.Tag("tsequence/SafeguardRecorder")<Recorder, Service>() {}

/**
 * Records into a storage.
 *
 * @category constructors
 */
const make: Effect.Effect<Service, never, AuditStorage | ServiceTime | SafeguardSettings> = Effect.gen(
  function* () {
    const storage = yield* AuditStorage
    const serviceTime = yield* ServiceTime
    const settings = yield* SafeguardSettings
    const unwritten = new Map<string, Parameters<Service["record"]>>()

    const write: (...what: Parameters<Service["record"]>) => Effect.Effect<void, StorageError> = (
      requestId,
      outcome,
      intent,
    ) =>
      Effect.flatMap(serviceTime.known, (time) =>
        storage.append(
          ({ ledger }) => withServiceTime(outcomeEntries(requestId, outcome, ledger, settings, intent), time),
          { durable: true },
        ),
      ).pipe(
        Effect.tap(() => Effect.sync(() => unwritten.delete(requestId))),
        Effect.asVoid,
      )

    const record: Service["record"] = (requestId, outcome, intent) =>
      Effect.suspend(() => {
        unwritten.set(requestId, [requestId, outcome, intent])
        return write(requestId, outcome, intent)
      }).pipe(
        Effect.catchAll((error) =>
          Effect.logError(
            `The outcome of transfer ${requestId} (${outcome._tag}) could not be recorded and will be later: ${error.message}`,
          ),
        ),
      )

    const retry: Service["retry"] = Effect.suspend(() =>
      Effect.forEach([...unwritten.values()], (what) => write(...what), { discard: true }),
    ).pipe(Effect.ignore)

    return { record, retry, waiting: Effect.sync(() => [...unwritten.keys()]) }
  },
)

/**
 * Records into the storage in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<Recorder, never, AuditStorage | ServiceTime | SafeguardSettings> =
  Layer.effect(Recorder, make)
