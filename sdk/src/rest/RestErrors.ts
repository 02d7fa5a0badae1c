/** Turns a response that is not a success into one of the SDK's own errors. */
import { errorFromJson } from "../ErrorJson.js"
import {
  AmbiguousNameError,
  AuthenticationError,
  ConfigError,
  DailyLimitError,
  type ErrorContext,
  HttpError,
  NotFoundError,
  QueueFullError,
  RateLimitedError,
  type SequenceError,
  StorageError,
  TransferHeldError,
  TransferLimitError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
  UnexpectedResponseError,
} from "../Errors.js"
import { excerpt, redact } from "../http/Redact.js"
import { parseRetryAfter } from "../http/RetryAfter.js"
import { DecodeError, type Decoder } from "../internal/Decode.js"
import * as RestDecoders from "./RestDecoders.js"
import type { RestResponse } from "./RestHttp.js"

/** The description of a request, for its errors. */
export interface RequestDescription {
  readonly operation: string
  /** The thing that a 404 says does not exist; `undefined` if a 404 can only mean that the address is wrong. */
  readonly lookedFor?: { readonly kind: NotFoundError["kind"]; readonly key: string } | undefined
}

/** Reads answers of one server, whose key must not come back in an error. */
export interface RestErrors {
  /** The error that an answer means. */
  readonly of: (response: RestResponse, asked: RequestDescription) => SequenceError
  /** Decodes the body of a good answer. */
  readonly decode: <A>(response: RestResponse, decoder: Decoder<A>, operation: string) => A
}

/** The class of error that the server says it is; empty if it is not the server that speaks. */
export const tagOf = ({ headers }: RestResponse): string => headers.get("x-error-tag") ?? ""

/** Milliseconds of a `Retry-After`, given in seconds or as a date. */
export const retryAfterOf = ({ headers }: RestResponse): number | undefined =>
  parseRetryAfter(headers.get("retry-after"), Date.now())

/** Refuses a page that says that there is more, and leads nowhere or back. */
export const mustLeadOn = (endCursor: string, earlier: ReadonlySet<string>): void => {
  if (endCursor !== "" && !earlier.has(endCursor)) return
  throw new UnexpectedResponseError("The server says that there is another page, and not where.", {
    operation: "activity",
    path: "page_info.end_cursor",
  })
}

/** The parts of a failed request that its error is built from. */
interface Failed {
  readonly answer: RestResponse
  readonly asked: RequestDescription
  readonly tag: string
  /** The server's words; the start of the body if it is not the server that speaks. */
  readonly words: string
  readonly isServer: boolean
  readonly problems: ReadonlyArray<string>
  readonly context: ErrorContext
}

/** The request ID in a message: of a held transfer's predecessor, or of a transfer without an outcome. */
const REQUEST_ID = /\brequest_id ([\w-]+)/

const LIMIT = /^Amount (\d+) cents exceeds per-transfer limit of (\d+) cents$/
const DAILY = /^Amount (\d+) cents exceeds daily remaining limit of (\d+) cents$/
const REJECTED = /^Transfer failed: (.*)$/s
const UNKNOWN = /^Transfer outcome unknown: /
const KIND = /^There is no such (organization|pod|account|transfer)$/
const WAITING = /^(\d+) requests wait/

const http = ({ answer: { status }, words, context }: Failed, what: string): HttpError =>
  new HttpError(words === "" ? `${what} (HTTP ${status})` : `${what} (HTTP ${status}): ${words}`, {
    ...context,
    status,
    body: words,
  })

const refused = (failed: Failed): SequenceError => {
  const { words, context } = failed
  const limit = LIMIT.exec(words)
  if (limit !== null) return new TransferLimitError(Number(limit[1]), Number(limit[2]), context)
  const daily = DAILY.exec(words)
  if (daily !== null) {
    const amounts = { amountCents: Number(daily[1]), remainingCents: Number(daily[2]) }
    // The contract does not tell the day's whole limit; a number made up would be worse than none.
    return new DailyLimitError({ ...amounts, limitCents: undefined }, context)
  }
  const rejected = REJECTED.exec(words)
  if (rejected !== null) return new TransferRejectedError(rejected[1] ?? "", context)
  return http(failed, "The server refused the request")
}

const missing = (failed: Failed): SequenceError => {
  const { asked, tag, words, isServer, context } = failed
  // A wrong address must not look like a pod that is not there.
  const isFound = tag === "NotFoundError" || (tag === "" && isServer && words !== "Not Found")
  if (!isFound || asked.lookedFor === undefined) return http(failed, "There is nothing at this address")
  const said = KIND.exec(words)?.[1]
  const { kind, key } = asked.lookedFor
  const isSaid = said === "organization" || said === "pod" || said === "account" || said === "transfer"
  return new NotFoundError(words, { ...context, kind: isSaid ? said : kind, key })
}

const candidatesIn = (words: string): AmbiguousNameError["candidates"] => {
  const list = words.replace(/^[^:]*: /, "")
  return [...list.matchAll(/(.+?) \(([^()\s]+)\)(?:, |$)/g)].map(([, name = "", id = ""]) => ({
    id,
    name,
    kind: "POD",
  }))
}

const conflict = (failed: Failed): SequenceError => {
  const { answer: response, asked, tag, words, context } = failed
  if (tag === "AmbiguousNameError") {
    return new AmbiguousNameError(asked.lookedFor?.key ?? "", candidatesIn(words), context)
  }
  const heldBy = REQUEST_ID.exec(words)?.[1]
  if (tag === "TransferHeldError" || (tag === "" && words.startsWith("Held back: "))) {
    return new TransferHeldError(heldBy ?? "", retryAfterOf(response) ?? 0, context)
  }
  return http(failed, "The request is in conflict with another")
}

const upstream = (failed: Failed): SequenceError => {
  const { answer: response, tag, words, context } = failed
  if (tag === "TransferOutcomeUnknownError" || UNKNOWN.test(words)) {
    const requestId = REQUEST_ID.exec(words)?.[1] ?? context.requestId
    return new TransferOutcomeUnknownError(words, { ...context, requestId })
  }
  if (tag === "RateLimitedError") {
    return new RateLimitedError(words, { ...context, retryAfter: retryAfterOf(response) })
  }
  return http(failed, "The server could not get an answer from the service")
}

const unavailable = (failed: Failed): SequenceError => {
  const { answer: response, tag, words, context } = failed
  if (tag === "StorageError") return new StorageError(words, { ...context, path: undefined })
  const retryAfter = retryAfterOf(response)
  const waiting = WAITING.exec(words)?.[1]
  if (tag === "QueueFullError" && waiting !== undefined) {
    return new QueueFullError(Number(waiting), retryAfter ?? 0, context)
  }
  if (tag !== "QueueFullError" && (tag !== "" || retryAfter === undefined)) {
    return http(failed, "The server is not available")
  }
  return new RateLimitedError(words === "" ? "The server is busy" : words, { ...context, retryAfter })
}

const ofStatus = (failed: Failed): SequenceError => {
  const { answer: response, problems, words, context } = failed
  switch (response.status) {
    case 400:
      return refused(failed)
    case 401:
      return new AuthenticationError("Unauthorized", "The server refused the API key", context)
    case 404:
      return missing(failed)
    case 409:
      return conflict(failed)
    case 422:
      return new ConfigError(problems.length > 0 ? problems : [words || "An input does not fit"], context)
    case 429:
      return new RateLimitedError(words || "Too many requests", {
        ...context,
        retryAfter: retryAfterOf(response),
      })
    case 502:
      return upstream(failed)
    case 503:
      return unavailable(failed)
    default:
      return http(failed, "The server answered with an error")
  }
}

/** The placeholder for a body that could not be read as JSON. */
const NOT_JSON = Symbol("not JSON")

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}

/** Frees every text of a JSON value of secrets. */
const scrubbed = (value: unknown, secrets: ReadonlyArray<string>): unknown => {
  if (typeof value === "string") return redact(value, secrets)
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, secrets))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, scrubbed(one, secrets)]))
}

/** The `error` beside `detail`, in which the server writes the error with its fields. */
const errorIn = (body: string): unknown => {
  const value = parsed(body)
  return typeof value === "object" && value !== null && "error" in value ? value.error : undefined
}

const detailIn = (body: string): string | ReadonlyArray<string> | undefined => {
  try {
    return RestDecoders.detail(parsed(body))
  } catch {
    return undefined
  }
}

/** Every shape that a key may come back in: in a header, a JSON text, an address. */
const shapesOf = (key: string): ReadonlyArray<string> => [
  key,
  JSON.stringify(key).slice(1, -1),
  encodeURIComponent(key),
]

/** Makes a reader of one server's answers. */
export const make = (apiKey: string): RestErrors => {
  const secrets = shapesOf(apiKey)
  const contextOf = ({ headers }: RestResponse, operation: string): ErrorContext => ({
    operation,
    requestId: headers.get("x-request-id") ?? undefined,
  })

  const of = (response: RestResponse, asked: RequestDescription): SequenceError => {
    const detail = detailIn(response.body)
    const problems = typeof detail === "object" ? detail.map((problem) => redact(problem, secrets)) : []
    const words = typeof detail === "string" ? redact(detail, secrets) : excerpt(response.body, secrets)
    const context = contextOf(response, asked.operation)
    const told = errorFromJson(scrubbed(errorIn(response.body), secrets), words, context)
    if (told !== undefined) return told
    // Another server, such as PySequence's, says it in sentences.
    return ofStatus({
      answer: response,
      asked,
      tag: tagOf(response),
      words,
      isServer: detail !== undefined,
      problems,
      context,
    })
  }

  const decode = <A>(response: RestResponse, decoder: Decoder<A>, operation: string): A => {
    const context = { ...contextOf(response, operation), status: response.status }
    const value = parsed(response.body)
    if (value === NOT_JSON) throw new UnexpectedResponseError("The server's answer is not JSON.", context)
    try {
      return decoder(value)
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown
      const message = `The server's answer does not fit the contract: ${thrown.message}.`
      throw new UnexpectedResponseError(message, { ...context, path: thrown.path })
    }
  }

  return { of, decode }
}
