/** Meaning of a response of the service: the error that it is, if that error may pass, and the data that it holds. */
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
import { excerpt, redact } from "../http/Redact.js"
import { milliseconds } from "../internal/Milliseconds.js"
import type { GraphQLResponse } from "./GraphQLHttp.js"

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
    message: typeof message === "string" ? redact(message) : "an error without a message",
    code: typeof code === "string" ? code : undefined,
    path: parsePath(path),
  }
}

/** Returns the `errors` of a response; none if it has no such list or an empty one. */
export const errorsOf = (response: GraphQLResponse): ReadonlyArray<GraphQLErrorEntry> => {
  const errors = response.payload?.errors
  return Array.isArray(errors) ? errors.map(parseEntry) : []
}

/** Tells if the answer has the key `data`, be it null: the service has begun to act on the operation. */
export const hasData = (response: GraphQLResponse): boolean =>
  response.payload !== undefined && "data" in response.payload

/** Returns the service's own words about what went wrong, without secrets and on one line; empty if it has none. */
export const wordsOf = (response: GraphQLResponse): string => {
  const errors = errorsOf(response)
  if (errors.length > 0) return excerpt(errors.map(({ message }) => message).join("; "))
  const { message, error } = response.payload ?? {}
  const said = [message, error].find((one) => typeof one === "string")
  if (typeof said === "string") return excerpt(said)
  return /^text\/plain\b/i.test(response.contentType ?? "") && response.payload === undefined
    ? excerpt(response.text)
    : ""
}

const isSuccess = ({ status }: GraphQLResponse): boolean => status >= 200 && status < 300

/** Tells if no field of the operation has a value. */
const isUntouched = ({ payload }: GraphQLResponse): boolean => {
  const data = payload?.data ?? null
  return data === null || (isRecord(data) && Object.values(data).every((value) => value === null))
}

/**
 * Tells if GraphQL errors say that the token was refused. An error from deep inside the operation does not count,
 * nor does one in a response with a status other than success or 401, which may come from a proxy.
 */
const isUnauthenticated = (response: GraphQLResponse): boolean => {
  const errors = errorsOf(response)
  return (
    (isSuccess(response) || response.status === 401) &&
    isUntouched(response) &&
    errors.length > 0 &&
    errors.every(({ code, path }) => code === "UNAUTHENTICATED" && (path?.length ?? 0) <= 1)
  )
}

/** Tells if the token was refused, by status or in GraphQL errors. */
export const isUnauthorized = (response: GraphQLResponse): boolean =>
  response.status === 401 || isUnauthenticated(response)

/** Reason of a response that asks for the same request again. */
export type TurnedAwayBy = "unauthenticated" | "rateLimited"

/**
 * Tells why an answer asks for the same request again; `undefined` if it does not, or if it has data, which then
 * says more. It does not prove that the service did not act.
 */
export const turnedAwayBy = (response: GraphQLResponse): TurnedAwayBy | undefined => {
  if (isUnauthenticated(response)) return "unauthenticated"
  if (hasData(response)) return undefined
  if (response.status === 401) return "unauthenticated"
  return response.status === 429 ? "rateLimited" : undefined
}

/** Tells if the response asks the client to back off. */
export const asksToBackOff = (response: GraphQLResponse): boolean =>
  response.status === 429 || (response.status === 503 && response.retryAfter !== undefined)

const rateLimited = (response: GraphQLResponse, operation: string): RateLimitedError =>
  new RateLimitedError(
    `The service answered 429 to ${operation}: too many requests${
      response.retryAfter === undefined ? "" : `; it asks to wait ${Math.ceil(response.retryAfter / 1000)} s`
    }`,
    { operation, requestId: response.requestId, retryAfter: response.retryAfter },
  )

const statusHint = (response: GraphQLResponse): string => {
  if (response.challenged) {
    return ". The network edge wants a browser: hand in a token (SEQUENCE_ACCESS_TOKEN), a tokenProvider or a fetch of your own"
  }
  if (response.status >= 300 && response.status < 400)
    return ", a redirect, which is never followed. Check SEQUENCE_API_URL"
  if (response.status === 404) return ". Check SEQUENCE_API_URL"
  return ""
}

const httpError = (response: GraphQLResponse, operation: string): HttpError =>
  new HttpError(`The service answered HTTP ${response.status} to ${operation}${statusHint(response)}`, {
    operation,
    requestId: response.requestId,
    status: response.status,
    body: excerpt(response.text),
  })

const graphQLError = (
  response: GraphQLResponse,
  operation: string,
  errors: ReadonlyArray<GraphQLErrorEntry>,
) =>
  new GraphQLError(
    `The service answered ${operation} with ${errors.length === 1 ? "an error" : `${errors.length} errors`}: ${errors
      .map(({ message, code }) => (code === undefined ? message : `${message} (${code})`))
      .join("; ")}`,
    { operation, requestId: response.requestId, errors },
  )

const describeBody = (response: GraphQLResponse): string => {
  if (response.text === "") return "is empty"
  if (/^text\/html\b/i.test(response.contentType ?? "") || response.text.trimStart().startsWith("<")) {
    return "is an HTML page, not JSON: something between here and the service answered in its place"
  }
  return "is not a JSON object"
}

const unexpected = (response: GraphQLResponse, operation: string, what: string) =>
  new UnexpectedResponseError(`The answer to ${operation} ${what}`, {
    operation,
    requestId: response.requestId,
    status: response.status,
  })

/** Turns a response into its data, or into the error that it means. */
export const classifyResponse = (
  response: GraphQLResponse,
  operation: string,
): Either.Either<Success, RateLimitedError | HttpError | GraphQLError | UnexpectedResponseError> => {
  if (response.status === 429) return Either.left(rateLimited(response, operation))
  const errors = errorsOf(response)
  if (response.status < 200 || response.status >= 300) {
    // A refused document comes with its reasons in the body of a 400.
    const explained = errors.length > 0 && response.status >= 400 && response.status < 500
    return Either.left(explained ? graphQLError(response, operation, errors) : httpError(response, operation))
  }
  if (response.payload === undefined)
    return Either.left(unexpected(response, operation, describeBody(response)))
  if (errors.length > 0) return Either.left(graphQLError(response, operation, errors))
  const data = response.payload.data
  if (!isRecord(data)) return Either.left(unexpected(response, operation, "has no data"))
  return Either.right({ data, date: response.date, requestId: response.requestId })
}

/** Tells if the same query may do better later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof NetworkError ||
  error instanceof TimeoutError ||
  error instanceof RateLimitedError ||
  (error instanceof HttpError && error.status >= 500)

/** Tells if it is certain that the service never saw the request. */
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
