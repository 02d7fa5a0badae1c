/** Answers as they go out, and how each failure becomes one. */
import { Data } from "effect"
import { isSequenceError, type SequenceError } from "tsequence/effect"

/** What goes out. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One input that does not fit. */
export interface Misfit {
  readonly loc: ReadonlyArray<string | number>
  readonly msg: string
  readonly type: string
}

/** A request that the server itself refuses. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  /** Names the kind of refusal in the header `X-Error-Tag`. */
  readonly tag: string
  readonly detail: string | ReadonlyArray<Misfit>
  readonly headers?: Readonly<Record<string, string>>
}> {}

/** Everything that a route can fail with. */
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

const failed = (
  status: number,
  tag: string,
  detail: string | ReadonlyArray<Misfit>,
  headers: Readonly<Record<string, string>> = {},
): Answer => json(status, { detail }, { "x-error-tag": tag, ...headers })

/** Refuses inputs that do not fit. */
export const misfit = (misfits: ReadonlyArray<Misfit>): Refusal =>
  new Refusal({ status: 422, tag: "ValidationError", detail: misfits })

/** There is nothing at this address. */
export const notFound = new Refusal({ status: 404, tag: "NotFound", detail: "Not Found" })

/** The header that says when another try makes sense. */
export const retryAfter = (milliseconds: number): Readonly<Record<string, string>> => ({
  "retry-after": String(Math.max(1, Math.ceil(milliseconds / 1_000))),
})

/** How long a storage that cannot be written may take to mend. */
const MENDING = 10_000

/** The contract's two sentences are in cents; clients read the amounts out of them. */
const exceeds = (amountCents: number, limit: string, limitCents: number): string =>
  // A number is written as 1e+21 from there on; clients read digits.
  `Amount ${BigInt(amountCents)} cents exceeds ${limit} of ${limitCents} cents`

const ofSequence = (error: SequenceError): Answer => {
  switch (error._tag) {
    case "TransferLimitError":
      return failed(400, error._tag, exceeds(error.amountCents, "per-transfer limit", error.limitCents))
    case "DailyLimitError":
      return failed(
        400,
        error._tag,
        exceeds(error.amountCents, "daily remaining limit", error.remainingCents),
      )
    case "TransferRejectedError":
      return failed(400, error._tag, error.message)
    case "NotFoundError":
      return failed(404, error._tag, `There is no such ${error.kind}`)
    case "AmbiguousNameError": {
      const meant = error.candidates.map(({ id, name }) => `${name} (${id})`)
      return failed(409, error._tag, `Several have that name: ${meant.join(", ")}`)
    }
    case "TransferHeldError":
      return failed(409, error._tag, error.message, retryAfter(error.retryAfter))
    case "QueueFullError":
      return failed(503, error._tag, error.message, retryAfter(error.retryAfter))
    case "StorageError":
      return failed(503, error._tag, error.message, retryAfter(MENDING))
    default:
      return failed(502, error._tag, error.message)
  }
}

/** The answer to a failure. */
export const ofFailure = (failure: Failure): Answer =>
  isSequenceError(failure)
    ? ofSequence(failure)
    : failed(failure.status, failure.tag, failure.detail, failure.headers)

/** The answer to a bug of the server: nothing of it is told to the client. */
export const ofDefect = failed(500, "Defect", "Internal Server Error")
