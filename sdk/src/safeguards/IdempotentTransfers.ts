/**
 * Transfers under an idempotency key: the first one moves the money, and the same transfer under the same key ends as
 * the first one did. The key and the transfer are in the intent as hashes, so that this holds over restarts and for all
 * processes on one folder, the REST server among them.
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

/** Milliseconds between two looks at a transfer of the same key that is under way. */
const LOOK_EVERY = 250

/** Milliseconds after which a transfer that is still under way is worth asking for again. */
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

/**
 * Makes the function that moves money under a key.
 *
 * @param defaultTimeout - milliseconds that a transfer may take, unless its options say otherwise
 */
export const make = Effect.fn("IdempotentTransfers.make")(function* (defaultTimeout: number) {
  const guarded = yield* GuardedTransfers
  const transfers = yield* Transfers
  const activity = yield* Activity.Activity
  const audit = yield* AuditLog

  /** Makes the receipt of an earlier transfer again, from the trail and one read. */
  const receiptOf = (record: TransferRecord, timeout: number) =>
    Effect.gen(function* () {
      const { requestId, transfer, organizationIds } = record.intent
      const { transferId } = record
      const look =
        transferId === undefined
          ? Effect.succeed(undefined)
          : activity.getTransferDetail(transferId, { organizationId: organizationIds[0], timeout })
      const shown = yield* Effect.orElseSucceed(look, () => undefined)
      const entries = yield* audit.entries({ requestId })
      const upstream = entries.map((entry) => textOf(entry, "upstream_request_id"))
      return {
        id: transferId ?? null,
        status: shown?.status ?? record.serviceStatus ?? null,
        amountCents: transfer.amountCents,
        source: shown?.source ?? endOf(transfer.source),
        destination: shown?.destination ?? endOf(transfer.destination),
        createdAt: shown?.createdAt ?? null,
        requestId,
        upstreamRequestId: upstream.find((id) => id !== undefined) ?? "",
        organization: null,
        replayed: true,
      } satisfies TransferReceipt
    })

  const holderOf = (key: string) =>
    Effect.map(guarded.byKey(key), (record) =>
      record === undefined || isUnused(record) ? undefined : record,
    )

  return (request: TransferRequest, key: string, options: Omit<TransferOptions, "idempotency"> = {}) =>
    Effect.gen(function* () {
      yield* checkKey(key)
      yield* checkShape(request)
      const timeout = options.timeout ?? defaultTimeout
      const deadline = (yield* Monotonic.now) + timeout
      const left = Effect.map(Monotonic.now, (now) => Math.max(1, deadline - now))
      const transfer = yield* transfers.resolve(request, { timeout })
      const body = canonicalTransfer({ ...transfer, kycId: request.kycId })

      const send = Effect.gen(function* () {
        const idempotency = { key, body }
        return yield* guarded.transferResolved(transfer, { ...options, timeout: yield* left, idempotency })
      }).pipe(Effect.map((receipt): TransferReceipt => ({ ...receipt, replayed: false })))

      while (true) {
        const holder = yield* holderOf(key)
        if (holder === undefined) {
          const sent = yield* Effect.either(send)
          if (sent._tag === "Right") return sent.right
          // Held back by an identical transfer, or by another call under this very key?
          const isHeld = isHeldBack(sent.left) && (yield* holderOf(key)) !== undefined
          if (!isHeld) return yield* Effect.fail(sent.left)
          continue
        }
        if (!isSameTransfer(holder, body)) {
          return yield* Effect.fail(new IdempotencyKeyError(holder.intent.requestId, { operation }))
        }
        const error = errorOf(holder)
        if (error === undefined) return yield* receiptOf(holder, yield* left)
        if (holder.status !== "open" || (yield* Monotonic.now) >= deadline) return yield* Effect.fail(error)
        yield* Effect.sleep(LOOK_EVERY)
      }
    }).pipe(Effect.withSpan("IdempotentTransfers.transfer", { captureStackTrace: false }))
})
