/** Transfers of which nobody knows yet whether they moved money, and the word of a person who found out. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Keys } from "../config/Keys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, NotFoundError, type StorageError, TransferRejectedError } from "../Errors.js"
import { type Attempt, isUnresolved } from "./Attempt.js"
import { type Draft, withServiceTime } from "./Entry.js"
import { keysOf } from "./Outcome.js"
import { Recorder } from "./Recorder.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { ServiceTime } from "./ServiceTime.js"
import { Settings } from "./Settings.js"

/** What a person found out about a transfer. */
export type Decision =
  /** It was made, and has this id at the service. */
  | { readonly outcome: "accepted"; readonly transferId: string }
  /** It was not made. Only this gives the amount back to the day. */
  | { readonly outcome: "not_sent" }

/**
 * What can be done about transfers without an outcome.
 *
 * @category services
 */
export interface Service {
  /** Lists transfers whose outcome is not known, oldest first: unknown, left to a person, ruled out, or under way. */
  readonly list: Effect.Effect<ReadonlyArray<Attempt>, StorageError>
  /**
   * Resolves one by hand; the reason goes into the trail. Fails with `NotFoundError` where there is none of this
   * id, and with `TransferRejectedError` where its outcome is known.
   */
  readonly resolve: (
    requestId: string,
    decision: Decision,
    reason: string,
  ) => Effect.Effect<Attempt, StorageError | ConfigError | NotFoundError | TransferRejectedError>
}

/**
 * Lists and resolves transfers whose outcome is not known.
 *
 * @category services
 */
export class Unresolved extends Context.Tag("tsequence/UnresolvedTransfers")<Unresolved, Service>() {}

const DECISION: Keys<Extract<Decision, { outcome: "accepted" }>> = { outcome: true, transferId: true }

const isListed = (attempt: Attempt) =>
  isUnresolved(attempt) || attempt.status === "open" || attempt.status === "not_found"

/**
 * Lists and resolves over a storage.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, SafeguardStorage | Recorder | ServiceTime | Settings> =
  Effect.gen(function* () {
    const storage = yield* SafeguardStorage
    const recorder = yield* Recorder
    const serviceTime = yield* ServiceTime
    const settings = yield* Settings

    const list: Service["list"] = Effect.gen(function* () {
      yield* recorder.retry
      const { ledger } = yield* storage.read
      return ledger.unsettled().filter(isListed)
    })

    const mayResolve = (attempt: Attempt, { outcome }: Decision) =>
      isUnresolved(attempt) ||
      attempt.status === "not_found" ||
      (outcome === "accepted" && attempt.status === "accepted" && attempt.transferId === undefined)

    const lineOf = (attempt: Attempt, decision: Decision, reason: string): Draft => ({
      ...keysOf(attempt, settings),
      event_type: "transfer_reconciled",
      outcome: "by_hand",
      status: decision.outcome,
      transfer_id: decision.outcome === "accepted" ? decision.transferId : undefined,
      note: reason,
    })

    const resolve: Service["resolve"] = (requestId, decision, reason) =>
      Effect.gen(function* () {
        yield* refuseUnknownKeys("decision", decision, DECISION)
        let written: Draft | undefined
        const time = yield* serviceTime.known
        const { ledger } = yield* storage.append(
          (snapshot) => {
            const attempt = snapshot.ledger.attempt(requestId)
            const isFree =
              decision.outcome !== "accepted" || !snapshot.ledger.isClaimed(decision.transferId, requestId)
            written =
              attempt !== undefined && isFree && mayResolve(attempt, decision)
                ? lineOf(attempt, decision, reason)
                : undefined
            return withServiceTime(written === undefined ? [] : [written], time)
          },
          { durable: true },
        )
        const attempt = ledger.attempt(requestId)
        if (attempt === undefined) {
          return yield* Effect.fail(
            new NotFoundError(
              `There is no transfer with the request_id "${requestId}" that could be resolved`,
              {
                kind: "transfer",
                key: requestId,
              },
            ),
          )
        }
        if (written !== undefined) return attempt
        return yield* Effect.fail(
          new TransferRejectedError(
            attempt.status === "open"
              ? "it is still under way"
              : "its outcome is known already, or another transfer has that id",
            { requestId },
          ),
        )
      })

    return { list, resolve }
  })

/**
 * Lists and resolves transfers in the storage in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<Unresolved, never, SafeguardStorage | Recorder | ServiceTime | Settings> =
  Layer.effect(Unresolved, make)
