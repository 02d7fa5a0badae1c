/** Answers a request whose `Idempotency-Key` was used before. */
import { Effect } from "effect"
import {
  Activity,
  IdempotencyKeyError,
  type SequenceError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
} from "tsequence/effect"
import type { TransferRecord } from "tsequence/safeguards"
import * as Mapping from "../contract/Mapping.js"
import { type Answer, json, ofFailure, Refusal, retryAfter } from "../http/Answer.js"

/** Milliseconds after which a client may ask again for a request that is still running. */
const RUNNING_FOR = 2_000

const running = json(
  409,
  { detail: "A request with this Idempotency-Key is still running" },
  { "x-error-tag": "IdempotencyKeyInUse", ...retryAfter(RUNNING_FOR) },
)

/** The key came with another body before. */
export const otherBody = ({ intent }: TransferRecord): Refusal =>
  new Refusal({
    status: 422,
    error: new IdempotencyKeyError(intent.requestId),
    tag: "IdempotencyKeyReused",
    detail: [
      {
        loc: ["header", "idempotency-key"],
        msg: "This Idempotency-Key was used with another body",
        type: "value_error",
      },
    ],
  })

const NOT_FOUND = "not found at Sequence; send it again under a new key"

const endOf = ({ id, type, name }: { id: string; type: string; name: string | null }) => ({
  id,
  type,
  name,
  icon: null,
})

/** Gets a transfer as the service shows it now; `undefined` if the service cannot be asked. */
const look = ({ transferId, intent }: TransferRecord) =>
  Effect.gen(function* () {
    const [organizationId] = intent.organizationIds
    if (transferId === undefined) return undefined
    return yield* (yield* Activity.Activity).getTransferDetail(transferId, { organizationId })
  }).pipe(Effect.catchAll((_: SequenceError) => Effect.succeed(undefined)))

const accepted = (record: TransferRecord) =>
  Effect.map(look(record), (shown) => {
    const { requestId, transfer } = record.intent
    return json(
      200,
      Mapping.receipt({
        id: record.transferId ?? null,
        status: shown?.status ?? record.serviceStatus ?? null,
        amountCents: transfer.amountCents,
        source: shown?.source ?? endOf(transfer.source),
        destination: shown?.destination ?? endOf(transfer.destination),
        createdAt: shown?.createdAt ?? null,
        requestId,
        organization: null,
      }),
    )
  })

const unknown = ({ intent: { requestId }, error }: TransferRecord): Answer => {
  const why = error ?? "no answer came. The money may have moved."
  const words = why.startsWith("Transfer outcome unknown: ") ? why : `Transfer outcome unknown: ${why}`
  return ofFailure(new TransferOutcomeUnknownError(`${words} (request_id ${requestId})`, { requestId }))
}

const refused = (reason: string, { intent: { requestId } }: TransferRecord): Answer =>
  ofFailure(new TransferRejectedError(reason.replace(/^Transfer failed: /, ""), { requestId }))

/** An answer made from the trail. */
export interface Rebuilt {
  readonly answer: Answer
  /** True if the answer can never change. */
  readonly isFinal: boolean
}

/** Makes the answer to a request again from what the trail knows of it. */
export const rebuild = (record: TransferRecord): Effect.Effect<Rebuilt, never, Activity.Activity> => {
  switch (record.status) {
    case "accepted":
      return Effect.map(accepted(record), (answer) => ({ answer, isFinal: true }))
    case "refused": {
      const reason = record.error ?? "refused by the service"
      return Effect.succeed({ answer: refused(reason, record), isFinal: true })
    }
    case "not_found":
      return Effect.succeed({ answer: refused(NOT_FOUND, record), isFinal: false })
    case "unknown":
    case "ambiguous":
      return Effect.succeed({ answer: unknown(record), isFinal: false })
    default:
      return Effect.succeed({ answer: running, isFinal: false })
  }
}
