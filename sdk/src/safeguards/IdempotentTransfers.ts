/**
 * Transfers under an idempotency key: the first one moves the money, and the same transfer under the same key ends as
 * the first one did. The intent holds hashes of the key and the transfer, so that this is true after restarts and for
 * all processes on one folder, including the REST server.
 */
import * as Effect from "effect/Effect"
import * as Activity from "../api/Activity.js"
import { checkShape, type ResolvedTransfer, Transfers } from "../api/Transfers.js"
import { textOf } from "../audit/AuditEntry.js"
import { AuditLog } from "../audit/AuditLog.js"
import { canonicalTransfer, isSameTransfer } from "../audit/IdempotencyKeys.js"
import type { TransferRecord } from "../audit/TransferRecord.js"
import {
  ConfigError,
  IdempotencyKeyError,
  type SequenceError,
  TransferHeldError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
} from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { TransferReceipt, TransferRequest } from "../model/Payment.js"
import { GuardedTransfers, type TransferOptions } from "./GuardedTransfers.js"

/** Milliseconds between two looks at an open transfer of the same key. */
const LOOK_EVERY = 250

/** Milliseconds after which a caller should ask for an open transfer again. */
const RUNNING_FOR = 2_000

const operation = "CreatePayment"

const endOf = ({ id, type, name }: ResolvedTransfer["source"]) => ({ id, type, name, icon: null })

/** Tells if nothing was sent under the key, so that it may be used again. */
const isUnused = ({ status }: TransferRecord): boolean => status === "unfit" || status === "not_sent"

/** The error that an earlier transfer ended with; `undefined` if it was accepted. */
const errorOf = ({ status, error, intent: { requestId } }: TransferRecord): SequenceError | undefined => {
  switch (status) {
    case "accepted":
      return undefined
    case "refused": {
      const reason = (error ?? "refused by the service").replace(/^Transfer failed: /, "")
      return new TransferRejectedError(reason, { operation, requestId })
    }
    case "not_found":
      return new TransferRejectedError("not found at Sequence; send it again under a new key", {
        operation,
        requestId,
      })
    case "unknown":
    case "ambiguous": {
      const why = (error ?? "no answer came. The money may have moved.").replace(
        /^Transfer outcome unknown: /,
        "",
      )
      return new TransferOutcomeUnknownError(`Transfer outcome unknown: ${why} (request_id ${requestId})`, {
        operation,
        requestId,
      })
    }
    default:
      return new TransferHeldError(requestId, RUNNING_FOR, { requestId })
  }
}

const checkKey = (key: string): Effect.Effect<void, ConfigError> =>
  typeof key === "string" && /^[!-~]{1,255}$/.test(key)
    ? Effect.void
    : Effect.fail(
        new ConfigError(["idempotencyKey must be 1 to 255 visible ASCII characters"], { operation }),
      )

/** Tells if a transfer was held back because of another one, which may have the same key. */
const isHeldBack = ({ _tag }: SequenceError): boolean =>
  _tag === "TransferHeldError" || _tag === "IdempotencyKeyError"

/** Decision about a call under a key, by the transfer that holds the key. */
type KeyDecision =
  /** The key is free: the transfer may be sent. */
  | { readonly _tag: "Send" }
  /** The transfer is done: its receipt is given again. */
  | { readonly _tag: "Replay"; readonly record: TransferRecord }
  /** The transfer is open. */
  | { readonly _tag: "Wait"; readonly error: SequenceError }
  | { readonly _tag: "Fail"; readonly error: SequenceError }

/**
 * Decides about a call under an idempotency key.
 *
 * @param holder - the transfer that holds the key; `undefined` if there is none
 * @param body - the canonical text of the transfer that is asked for
 */
export const decideKey = (holder: TransferRecord | undefined, body: string): KeyDecision => {
  if (holder === undefined || isUnused(holder)) return { _tag: "Send" }
  if (!isSameTransfer(holder, body)) {
    return { _tag: "Fail", error: new IdempotencyKeyError(holder.intent.requestId, { operation }) }
  }
  const error = errorOf(holder)
  if (error === undefined) return { _tag: "Replay", record: holder }
  return { _tag: holder.status === "open" ? "Wait" : "Fail", error }
}

/** Makes the function that gives the receipt of an earlier transfer again, from the audit log and one read. */
const makeReplay = Effect.gen(function* () {
  const activity = yield* Activity.Activity
  const audit = yield* AuditLog

  return ({ intent, transferId, serviceStatus }: TransferRecord, timeout: number) =>
    Effect.gen(function* () {
      const { requestId, transfer, organizationIds } = intent
      const look =
        transferId === undefined
          ? Effect.succeed(undefined)
          : activity.getTransferDetail(transferId, { organizationId: organizationIds[0], timeout })
      const detail = yield* Effect.orElseSucceed(look, () => undefined)
      const entries = yield* audit.entries({ requestId })
      const upstream = entries.map((entry) => textOf(entry, "upstream_request_id"))
      return {
        id: transferId ?? null,
        status: detail?.status ?? serviceStatus ?? null,
        amountCents: transfer.amountCents,
        source: detail?.source ?? endOf(transfer.source),
        destination: detail?.destination ?? endOf(transfer.destination),
        createdAt: detail?.createdAt ?? null,
        requestId,
        upstreamRequestId: upstream.find((id) => id !== undefined) ?? "",
        organization: null,
        replayed: true,
      } satisfies TransferReceipt
    })
})

/**
 * Makes the function that moves money under a key.
 *
 * @param defaultTimeout - milliseconds that a transfer may take, unless its options say otherwise
 */
export const make = Effect.fn("IdempotentTransfers.make")(function* (defaultTimeout: number) {
  const guarded = yield* GuardedTransfers
  const transfers = yield* Transfers
  const replay = yield* makeReplay

  return (request: TransferRequest, key: string, options: Omit<TransferOptions, "idempotency"> = {}) =>
    Effect.gen(function* () {
      yield* checkKey(key)
      yield* checkShape(request)
      const timeout = options.timeout ?? defaultTimeout
      const deadline = (yield* Monotonic.now) + timeout
      const left = Effect.map(Monotonic.now, (now) => Math.max(1, deadline - now))
      const transfer = yield* transfers.resolve(request, { timeout })
      const body = canonicalTransfer({ ...transfer, kycId: request.kycId })
      const decide = Effect.map(guarded.byKey(key), (holder) => decideKey(holder, body))

      const send = Effect.gen(function* () {
        const idempotency = { key, body }
        return yield* guarded.transferResolved(transfer, { ...options, timeout: yield* left, idempotency })
      }).pipe(Effect.map((receipt): TransferReceipt => ({ ...receipt, replayed: false })))

      while (true) {
        const decision = yield* decide
        if (decision._tag === "Fail") return yield* Effect.fail(decision.error)
        if (decision._tag === "Replay") return yield* replay(decision.record, yield* left)
        if (decision._tag === "Wait") {
          if ((yield* Monotonic.now) >= deadline) return yield* Effect.fail(decision.error)
          yield* Effect.sleep(LOOK_EVERY)
          continue
        }
        const sent = yield* Effect.either(send)
        if (sent._tag === "Right") return sent.right
        // Held by an identical transfer, or by another call under this very key?
        const isHeldByKey = isHeldBack(sent.left) && (yield* decide)._tag !== "Send"
        if (!isHeldByKey) return yield* Effect.fail(sent.left)
      }
    }).pipe(Effect.withSpan("IdempotentTransfers.transfer", { captureStackTrace: false }))
})
