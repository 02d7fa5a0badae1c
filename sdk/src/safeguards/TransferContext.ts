/** The context of one guarded transfer, and the errors that its caller may get. */
import type { ResolvedTransfer } from "../api/Transfers.js"
import type { Actor } from "../audit/AuditEntry.js"
import type { TransferOutcome } from "../audit/TransferOutcome.js"
import { StorageError, TimeoutError, TransferOutcomeUnknownError, TransferRejectedError } from "../Errors.js"
import { milliseconds } from "../internal/Milliseconds.js"
import type { SentFlag } from "../transport/GraphQL.js"
import type { PreflightResult } from "./Preflight.js"
import type { SendGate } from "./SendGate.js"

/**
 * Options of one guarded transfer.
 *
 * @category options
 */
export interface TransferOptions {
  /** Milliseconds that the transfer may take, all waits included. Default: the safeguards'. */
  readonly timeout?: number | undefined
  /** The limit that it counts for: a user's id, or `__global__`. @default "__global__" */
  readonly limitKey?: string | undefined
  /** The person who asked for it, for the audit log. */
  readonly actor?: Actor | undefined
  /** The key and the canonical body of a request that may come again; only their hashes are kept. */
  readonly idempotency?: { readonly key: string; readonly body: string } | undefined
  /** A flag that tells, also after an interruption, whether the transfer may have been made. */
  readonly flag?: SentFlag | undefined
}

/** State of one guarded transfer, from its checks to its outcome. */
export interface TransferContext {
  readonly requestId: string
  readonly transfer: ResolvedTransfer
  readonly prepared: PreflightResult
  readonly options: TransferOptions
  readonly timeout: number
  /** The time from which it may not be sent, in milliseconds on the monotonic clock. */
  readonly deadline: number
  /** The same time on the wall clock, in milliseconds since 1970. */
  readonly sendBefore: number
  readonly gate: SendGate
}

/** Says in an error of the storage that transfers are refused because of it. */
export const refusedBecause = (error: StorageError): StorageError =>
  error.message.startsWith("Transfers are refused")
    ? error
    : new StorageError(`Transfers are refused: ${error.message}`, { path: error.path })

/** Makes the error of a transfer whose time ran out before it was sent. */
export const tooLate = ({
  timeout,
  requestId,
}: Pick<TransferContext, "timeout"> & Partial<Pick<TransferContext, "requestId">>) =>
  new TimeoutError(`The transfer could not be sent within ${milliseconds(timeout)}; nothing was sent`, {
    sent: false,
    timeout,
    requestId,
  })

/** Makes the error that the caller gets, with the guarded transfer's own id. */
export const toError = (
  outcome: Exclude<TransferOutcome, { _tag: "Accepted" }>,
  { requestId }: TransferContext,
) => {
  switch (outcome._tag) {
    case "Refused":
      return new TransferRejectedError(outcome.error.reason, {
        operation: outcome.error.operation,
        requestId,
        cause: outcome.error,
      })
    case "Unknown":
      return new TransferOutcomeUnknownError(`${outcome.why} (request_id ${requestId})`, {
        operation: "CreatePayment",
        requestId,
        cause: outcome.cause,
      })
    default:
      return outcome.error
  }
}
