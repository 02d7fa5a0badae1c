/** `POST /api/transfers`: moves money within the limits, once for each `Idempotency-Key`. */
import { Cause, Effect, Exit, Option } from "effect"
import type { Activity, SequenceError } from "tsequence/effect"
import {
  canonicalTransfer,
  GuardedTransfers,
  isSameTransfer,
  type TransferRecord,
} from "tsequence/safeguards"
import * as Contract from "../contract/Contract.js"
import * as Schemas from "../contract/Inputs.js"
import * as Mapping from "../contract/Mapping.js"
import { type Answer, type Failure, invalidInput, json, ofFailure } from "../http/Answer.js"
import * as Inputs from "../http/Inputs.js"
import type { Metrics } from "../http/Metrics.js"
import type { Route } from "../http/Route.js"
import * as IdempotencyKeys from "../idempotency/IdempotencyKeys.js"
import { ResponseCache } from "../idempotency/ResponseCache.js"

type Body = typeof Schemas.TransferBody.Type

const sameEnds = invalidInput([
  {
    loc: ["body", "destination_id"],
    msg: "Source and destination should not be the same",
    type: "value_error",
  },
])

/** The transfer that a decoded body asks for. */
const requestOf = (body: Body) => ({
  source: { id: body.source_id, type: body.source_type },
  destination: { id: body.destination_id, type: body.destination_type },
  amountCents: body.amount_cents,
  description: body.description,
  instant: body.instant,
  kycId: body.kyc_id ?? undefined,
})

const send = (body: Body, key: string | undefined) =>
  Effect.gen(function* () {
    const guarded = yield* GuardedTransfers.GuardedTransfers
    const request = requestOf(body)
    const options = key === undefined ? {} : { idempotency: { key, body: canonicalTransfer(request) } }
    const receipt = yield* guarded.transfer(request, options)
    return { requestId: receipt.requestId, answer: json(200, Mapping.receipt(receipt)) }
  })

const isReplay = { "idempotent-replayed": "true" }

/** The answer to a request whose key was used before. */
const replay = (
  record: TransferRecord,
  body: Body,
): Effect.Effect<Answer, Failure, ResponseCache | Activity.Activity> =>
  Effect.gen(function* () {
    if (!isSameTransfer(record, canonicalTransfer(requestOf(body))))
      return yield* Effect.fail(IdempotencyKeys.otherBody(record))
    const cache = yield* ResponseCache
    const { requestId } = record.intent
    const isSettled = record.status === "accepted" || record.status === "refused"
    const kept = isSettled ? yield* cache.find(requestId) : undefined
    if (kept !== undefined) return { ...kept, headers: { ...kept.headers, ...isReplay } }
    const { answer, isFinal } = yield* IdempotencyKeys.rebuild(record)
    if (!isFinal) return answer
    yield* cache.keep(requestId, answer)
    return { ...answer, headers: { ...answer.headers, ...isReplay } }
  })

/** The transfer that holds a key, where one does. */
const holderOf = (key: string) =>
  Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) => guarded.byKey(key))

const refusedBy = (error: SequenceError): string | undefined =>
  error._tag === "TransferRejectedError" ? error.requestId : undefined

/** Sends under a key, and keeps the answer before it goes out. */
const sendOnce = (body: Body, key: string) =>
  Effect.gen(function* () {
    const cache = yield* ResponseCache
    const sent = yield* Effect.either(send(body, key))
    if (sent._tag === "Right") {
      yield* cache.keep(sent.right.requestId, sent.right.answer)
      return sent.right.answer
    }
    const error = sent.left
    const requestId = refusedBy(error)
    if (requestId !== undefined) yield* cache.keep(requestId, ofFailure(error))
    const isHeld = error._tag === "TransferHeldError" || error._tag === "IdempotencyKeyError"
    if (!isHeld) return yield* Effect.fail(error)
    // Held back by an identical transfer, or by another request under this very key?
    const holder = yield* holderOf(key)
    return holder === undefined ? yield* Effect.fail(error) : yield* replay(holder, body)
  })

const handle = (incoming: Inputs.Incoming) =>
  Effect.gen(function* () {
    const { "idempotency-key": key } = yield* Inputs.headers(incoming, Schemas.TransferHeaders)
    const body = yield* Inputs.body(incoming, Schemas.TransferBody)
    if (body.source_id === body.destination_id && body.source_type === body.destination_type) {
      return yield* Effect.fail(sameEnds)
    }
    if (key === undefined) return (yield* send(body, undefined)).answer
    const holder = yield* holderOf(key)
    return holder === undefined ? yield* sendOnce(body, key) : yield* replay(holder, body)
  })

/** Names the outcome of a request for the counters: `accepted`, `replayed`, or the tag of its error. */
const outcomeOf = (exit: Exit.Exit<Answer, Failure>): string => {
  if (Exit.isSuccess(exit)) {
    const { status, headers } = exit.value
    if ("idempotent-replayed" in headers) return "replayed"
    return headers["x-error-tag"] ?? (status === 200 ? "accepted" : "other")
  }
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (failure === undefined) return Cause.isInterruptedOnly(exit.cause) ? "cancelled" : "defect"
  return failure._tag === "Refusal" ? failure.tag : failure._tag
}

/** The route that moves money. */
export const transferRoute = (
  metrics: Metrics,
): Route<GuardedTransfers.GuardedTransfers | ResponseCache | Activity.Activity> => ({
  method: Contract.createTransfer.method,
  path: Contract.createTransfer.path,
  isOpen: false,
  run: (incoming) =>
    Effect.onExit(handle(incoming), (exit) => Effect.sync(() => metrics.transfer(outcomeOf(exit)))),
})
