/** What an answer of the service means: which error it is, whether that may pass, and what it holds. */
import * as Either from "effect/Either"
import {
  GraphQLError,
  type GraphQLErrorEntry,
  HttpError,
  NetworkError,
  RateLimitedError,
  SequenceErrorBase,
  TimeoutError,
  UnexpectedResponseError,
} from "../Errors.js"
import { milliseconds } from "../internal/Milliseconds.js"
import { excerpt, scrub } from "../internal/Scrub.js"
import type { Answer } from "./GraphQLHttp.js"

/** A good answer. */
export interface Success {
  readonly data: unknown
  /** The service's time when it answered, in milliseconds since 1970. */
  readonly date: number | undefined
  readonly requestId: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isStep = (key: unknown): key is string | number => typeof key === "string" || typeof key === "number"

const parsePath = (path: unknown): ReadonlyArray<string | number> | undefined =>
  Array.isArray(path) && path.every(isStep) ? path : undefined

const parseEntry = (entry: unknown): GraphQLErrorEntry => {
  if (!isRecord(entry)) return { message: "an error without a message", code: undefined, path: undefined }
  const { message, extensions, path } = entry
  const code = isRecord(extensions) ? extensions.code : undefined
  return {
    message: typeof message === "string" ? scrub(message) : "an error without a message",
    code: typeof code === "string" ? code : undefined,
    path: parsePath(path),
  }
}

/** The `errors` of an answer; none where it has no such list or an empty one. */
export const errorsOf = (answer: Answer): ReadonlyArray<GraphQLErrorEntry> => {
  const errors = answer.payload?.errors
  return Array.isArray(errors) ? errors.map(parseEntry) : []
}

/** Whether the answer has the key `data`, be it null: the service has begun to act on the operation. */
export const hasData = (answer: Answer): boolean => answer.payload !== undefined && "data" in answer.payload

/** The service's own words about what went wrong, without secrets and on one line; empty if it has none. */
export const wordsOf = (answer: Answer): string => {
  const errors = errorsOf(answer)
  if (errors.length > 0) return excerpt(errors.map(({ message }) => message).join("; "))
  const { message, error } = answer.payload ?? {}
  const said = [message, error].find((one) => typeof one === "string")
  if (typeof said === "string") return excerpt(said)
  return /^text\/plain\b/i.test(answer.contentType ?? "") && answer.payload === undefined
    ? excerpt(answer.text)
    : ""
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300

/** Whether no field of the operation has a value. */
const isUntouched = ({ payload }: Answer): boolean => {
  const data = payload?.data ?? null
  return data === null || (isRecord(data) && Object.values(data).every((value) => value === null))
}

/**
 * Whether GraphQL errors say that the token was refused. An error from deep inside the operation does not count,
 * nor does any in an answer of something that stands between here and the service.
 */
const isUnauthenticated = (answer: Answer): boolean => {
  const errors = errorsOf(answer)
  return (
    (isSuccess(answer) || answer.status === 401) &&
    isUntouched(answer) &&
    errors.length > 0 &&
    errors.every(({ code, path }) => code === "UNAUTHENTICATED" && (path?.length ?? 0) <= 1)
  )
}

/** Whether the token was refused, by status or in GraphQL errors. */
export const isUnauthorized = (answer: Answer): boolean => answer.status === 401 || isUnauthenticated(answer)

/** Why an answer asks for the same request again. */
export type TurnedAwayBy = "unauthenticated" | "rateLimited"

/**
 * Tells why an answer asks for the same request again; `undefined` if it does not, or if it has data, which then
 * says more. It does not prove that the service did not act.
 */
export const turnedAwayBy = (answer: Answer): TurnedAwayBy | undefined => {
  if (isUnauthenticated(answer)) return "unauthenticated"
  if (hasData(answer)) return undefined
  if (answer.status === 401) return "unauthenticated"
  return answer.status === 429 ? "rateLimited" : undefined
}

/** Whether the service wants to be left alone for a while. */
export const asksToWait = (answer: Answer): boolean =>
  answer.status === 429 || (answer.status === 503 && answer.retryAfter !== undefined)

const rateLimited = (answer: Answer, operation: string): RateLimitedError =>
  new RateLimitedError(
    `The service answered 429 to ${operation}: too many requests${
      answer.retryAfter === undefined ? "" : `; it asks to wait ${Math.ceil(answer.retryAfter / 1000)} s`
    }`,
    { operation, requestId: answer.requestId, retryAfter: answer.retryAfter },
  )

const statusHint = (answer: Answer): string => {
  if (answer.challenged) {
    return ". The network edge wants a browser: hand in a token (SEQUENCE_ACCESS_TOKEN), a tokenProvider or a fetch of your own"
  }
  if (answer.status >= 300 && answer.status < 400)
    return ", a redirect, which is never followed. Check SEQUENCE_API_URL"
  if (answer.status === 404) return ". Check SEQUENCE_API_URL"
  return ""
}

const httpError = (answer: Answer, operation: string): HttpError =>
  new HttpError(`The service answered HTTP ${answer.status} to ${operation}${statusHint(answer)}`, {
    operation,
    requestId: answer.requestId,
    status: answer.status,
    body: excerpt(answer.text),
  })

const graphQLError = (answer: Answer, operation: string, errors: ReadonlyArray<GraphQLErrorEntry>) =>
  new GraphQLError(
    `The service answered ${operation} with ${errors.length === 1 ? "an error" : `${errors.length} errors`}: ${errors
      .map(({ message, code }) => (code === undefined ? message : `${message} (${code})`))
      .join("; ")}`,
    { operation, requestId: answer.requestId, errors },
  )

const describeBody = (answer: Answer): string => {
  if (answer.text === "") return "is empty"
  if (/^text\/html\b/i.test(answer.contentType ?? "") || answer.text.trimStart().startsWith("<")) {
    return "is an HTML page, not JSON: something between here and the service answered in its place"
  }
  return "is not a JSON object"
}

const unexpected = (answer: Answer, operation: string, what: string) =>
  new UnexpectedResponseError(`The answer to ${operation} ${what}`, {
    operation,
    requestId: answer.requestId,
    status: answer.status,
  })

/** The error that an answer is, or the data of a good one. */
export const interpret = (
  answer: Answer,
  operation: string,
): Either.Either<Success, RateLimitedError | HttpError | GraphQLError | UnexpectedResponseError> => {
  if (answer.status === 429) return Either.left(rateLimited(answer, operation))
  const errors = errorsOf(answer)
  if (answer.status < 200 || answer.status >= 300) {
    // A refused document comes with its reasons in the body of a 400.
    const explained = errors.length > 0 && answer.status >= 400 && answer.status < 500
    return Either.left(explained ? graphQLError(answer, operation, errors) : httpError(answer, operation))
  }
  if (answer.payload === undefined) return Either.left(unexpected(answer, operation, describeBody(answer)))
  if (errors.length > 0) return Either.left(graphQLError(answer, operation, errors))
  const data = answer.payload.data
  if (!isRecord(data)) return Either.left(unexpected(answer, operation, "has no data"))
  return Either.right({ data, date: answer.date, requestId: answer.requestId })
}

/** Whether the same query may do better later. */
export const mayPass = (error: unknown): boolean =>
  error instanceof NetworkError ||
  error instanceof TimeoutError ||
  error instanceof RateLimitedError ||
  (error instanceof HttpError && error.status >= 500)

/** Whether it is certain that the service never saw the request. */
export const wasNotSent = (error: unknown): boolean =>
  (error instanceof NetworkError || error instanceof TimeoutError) && !error.sent

export const requestIdOf = (error: unknown): string | undefined =>
  error instanceof SequenceErrorBase ? error.requestId : undefined

export const callTimedOut = (operation: string, timeout: number, sent: boolean): TimeoutError =>
  new TimeoutError(
    sent
      ? `No answer to ${operation} within the ${milliseconds(timeout)} that the call may take`
      : `${operation} still waited for its turn after the ${milliseconds(timeout)} that the call may take; nothing was sent`,
    { operation, sent, timeout },
  )
