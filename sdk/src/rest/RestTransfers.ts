/**
 * Transfers. Each goes out under an `Idempotency-Key` that it keeps over all its tries, and the server moves money
 * once for a key: so a transfer whose answer was lost *is* sent again, to be told what became of it.
 *
 * Once an answer was lost, only an answer that is given under the key says what became of the transfer: a success
 * or a refusal by the service. Anything else (a limit, a wrong key, a full queue) is about the last try alone; the
 * one before it may still be on its way through something between client and server.
 */
import {
  type SequenceError,
  TransferOutcomeUnknownError,
  type TransferRejectedError,
  UnexpectedResponseError,
} from "../Errors.js"
import { backoffDelay } from "../http/Backoff.js"
import type { Call } from "./Call.js"
import * as RestDecoders from "./RestDecoders.js"
import { retryAfterOf, tagOf } from "./RestErrors.js"
import type { RestRequest, RestResponse } from "./RestHttp.js"
import type { RestTransferReceipt } from "./RestModels.js"
import type { Dependencies } from "./RestReads.js"

/** A request that moves money; its key is not optional. */
export type TransferCall = RestRequest & { readonly idempotencyKey: string }

/** Milliseconds to wait for a request under the same key if the server does not say how long. */
const RUNNING = 1_000

/** Statuses that do not say whether the request was worked on, unless the server itself says what happened. */
const isVague = (response: RestResponse): boolean => {
  const tag = tagOf(response)
  const { status } = response
  if (tag === "Defect" || (status >= 300 && status < 400) || status < 300) return true
  return tag === "" && (status === 408 || status === 409 || status === 425 || status >= 500)
}

const isRunning = (response: RestResponse, error: SequenceError): boolean =>
  response.status === 409 && error._tag !== "TransferHeldError" && error._tag !== "AmbiguousNameError"

/** The result of one try. */
type AttemptResult =
  | { readonly _tag: "Done"; readonly receipt: RestTransferReceipt }
  /** The service refused it: the end, whatever came before. */
  | { readonly _tag: "Rejected"; readonly error: TransferRejectedError }
  /** This try moved nothing. `after`: milliseconds until another one makes sense; nothing if none does. */
  | { readonly _tag: "Unsent"; readonly error: SequenceError; readonly after?: number | undefined }
  /** This try may have moved money, or may still. */
  | { readonly _tag: "Vague"; readonly error: SequenceError; readonly after?: number | undefined }
  /** A try under the same key is under way: the time alone limits how often it is asked for. */
  | { readonly _tag: "Running"; readonly error: SequenceError; readonly after: number }

const receiptIn = (
  { failures }: Dependencies,
  response: RestResponse,
  request: TransferCall,
): RestTransferReceipt => ({
  ...failures.decode(response, RestDecoders.receipt, request.operation),
  idempotencyKey: request.idempotencyKey,
  replayed: response.headers.get("idempotent-replayed") === "true",
})

const ofAnswer = (
  means: Dependencies,
  response: RestResponse,
  request: TransferCall,
  pause: number,
): AttemptResult => {
  if (response.status === 200) {
    try {
      return { _tag: "Done", receipt: receiptIn(means, response, request) }
    } catch (thrown) {
      if (!(thrown instanceof UnexpectedResponseError)) throw thrown
      return { _tag: "Vague", error: thrown, after: pause }
    }
  }
  const error = means.failures.of(response, { operation: request.operation })
  if (error._tag === "TransferRejectedError") return { _tag: "Rejected", error }
  // The server does not know either, and looks for it: asking again at once would not help.
  if (error._tag === "TransferOutcomeUnknownError") return { _tag: "Vague", error }
  if (isRunning(response, error)) return { _tag: "Running", error, after: retryAfterOf(response) ?? RUNNING }
  if (isVague(response)) {
    const isRedirect = response.status >= 300 && response.status < 400
    return { _tag: "Vague", error, after: isRedirect ? undefined : (retryAfterOf(response) ?? pause) }
  }
  const isBusy = error._tag === "QueueFullError" || error._tag === "RateLimitedError"
  return { _tag: "Unsent", error, after: isBusy ? (retryAfterOf(response) ?? pause) : undefined }
}

const attempt = async (
  means: Dependencies,
  call: Call,
  request: TransferCall,
  pause: number,
): Promise<AttemptResult> => {
  const came = await means.http(request, call.signal)
  if (came._tag === "Answer") return ofAnswer(means, came, request, pause)
  return { _tag: came.sent ? "Vague" : "Unsent", error: came.error, after: pause }
}

const unknown = (error: Error, { operation, idempotencyKey }: TransferCall): TransferOutcomeUnknownError => {
  const again = `Ask again under the idempotencyKey "${idempotencyKey}", or look at the activity.`
  if (error instanceof TransferOutcomeUnknownError) {
    const words = /[.)]$/.test(error.message) ? error.message : `${error.message}.`
    return new TransferOutcomeUnknownError(`${words} ${again}`, { operation, requestId: error.requestId })
  }
  const requestId = "requestId" in error && typeof error.requestId === "string" ? error.requestId : undefined
  const message = `Transfer outcome unknown: no answer that says what became of it. The money may have moved. ${again}`
  return new TransferOutcomeUnknownError(message, { operation, requestId, cause: error })
}

/** Moves money, once. */
export const transfer = async (
  means: Dependencies,
  call: Call,
  request: TransferCall,
): Promise<RestTransferReceipt> => {
  // Whether a try is out of which it is not known that it moved nothing.
  let isOut = false
  let wasLost = false
  try {
    for (let next = 1; ; ) {
      isOut = true
      const verdict = await attempt(
        means,
        call,
        request,
        backoffDelay(means.backoff, next - 1, Math.random()),
      )
      if (verdict._tag === "Done") return verdict.receipt
      if (verdict._tag === "Rejected") throw verdict.error
      if (verdict._tag !== "Unsent") wasLost = true
      isOut = wasLost
      const { error, after } = verdict
      // It was cut off before it left.
      if (verdict._tag === "Unsent" && call.isOver()) throw call.signal.reason
      const isSpent = verdict._tag !== "Running" && next > means.backoff.times
      if (isSpent || after === undefined || after >= call.timeLeft()) {
        throw wasLost ? unknown(error, request) : error
      }
      if (verdict._tag !== "Running") next++
      await means.sleep(after, call.signal)
    }
  } catch (thrown) {
    if (!call.isOver() || thrown !== call.signal.reason) throw thrown
    throw isOut ? unknown(call.reason(true), request) : call.reason(false)
  }
}
