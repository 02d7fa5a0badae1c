/** Answers as they go out, and how each failure becomes one. */
import { Data } from "effect"
import { errorToJson, isSequenceError, type SequenceError } from "tsequence/effect"

/** A response of the server. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A problem with an input: its place, a message, and its kind. */
export interface InputIssue {
  readonly loc: ReadonlyArray<string | number>
  readonly msg: string
  readonly type: string
}

interface RefusalFields {
  readonly status: number
  /** Names the kind of refusal in the header `X-Error-Tag`. */
  readonly tag: string
  readonly detail: string | ReadonlyArray<InputIssue>
  readonly headers?: Readonly<Record<string, string>>
  /** The error of the SDK that the refusal means to a client, if there is one. */
  readonly error?: SequenceError
}

/** A request that the server itself refuses. */
export class Refusal extends Data.TaggedError("Refusal")<RefusalFields> {}

/** A failure of a route. */
export type Failure = SequenceError | Refusal

/** An answer with a JSON body. */
export const json = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
})

const failed = ({ status, tag, detail, headers, error }: RefusalFields): Answer =>
  json(status, { detail, ...(error && { error: errorToJson(error) }) }, { "x-error-tag": tag, ...headers })

/** Refuses inputs that do not fit. */
export const invalidInput = (issues: ReadonlyArray<InputIssue>): Refusal =>
  new Refusal({ status: 422, tag: "ValidationError", detail: issues })

/** There is nothing at this address. */
export const notFound = new Refusal({ status: 404, tag: "NotFound", detail: "Not Found" })

/** The header that says when another try makes sense. */
export const retryAfter = (milliseconds: number): Readonly<Record<string, string>> => ({
  "retry-after": String(Math.max(1, Math.ceil(milliseconds / 1_000))),
})

/** Milliseconds after which a client may try again if the storage cannot be written. */
const MENDING = 10_000

/** Milliseconds that a key may stay in use after its transfer was canceled. */
const KEY_RELEASED = 1_000

/** The contract's two sentences are in cents; clients read the amounts out of them. */
const exceeds = (amountCents: number, limit: string, limitCents: number): string =>
  // A number is written as 1e+21 from there on; clients read digits.
  `Amount ${BigInt(amountCents)} cents exceeds ${limit} of ${limitCents} cents`

const ofSequence = (error: SequenceError): Answer => {
  const failed = (status: number, detail: string, headers: Answer["headers"] = {}): Answer =>
    json(status, { detail, error: errorToJson(error) }, { "x-error-tag": error._tag, ...headers })
  switch (error._tag) {
    case "TransferLimitError":
      return failed(400, exceeds(error.amountCents, "per-transfer limit", error.limitCents))
    case "DailyLimitError":
      return failed(400, exceeds(error.amountCents, "daily remaining limit", error.remainingCents))
    case "TransferRejectedError":
      return failed(400, error.message)
    case "NotFoundError":
      return failed(404, `There is no such ${error.kind}`)
    case "AmbiguousNameError": {
      const meant = error.candidates.map(({ id, name }) => `${name} (${id})`)
      return failed(409, `Several have that name: ${meant.join(", ")}`)
    }
    case "TransferHeldError":
      return failed(409, error.message, retryAfter(error.retryAfter))
    case "IdempotencyKeyError":
      // The route answers what became of the holder; it only gets here if that one was taken back at this moment.
      return failed(409, error.message, { "x-error-tag": "IdempotencyKeyInUse", ...retryAfter(KEY_RELEASED) })
    case "QueueFullError":
      return failed(503, error.message, retryAfter(error.retryAfter))
    case "StorageError":
      return failed(503, error.message, retryAfter(MENDING))
    default:
      return failed(502, error.message)
  }
}

/** The answer to a failure. */
export const ofFailure = (failure: Failure): Answer =>
  isSequenceError(failure) ? ofSequence(failure) : failed(failure)

/** The answer to a bug of the server: nothing of it is told to the client. */
export const ofDefect = failed({ status: 500, tag: "Defect", detail: "Internal Server Error" })
