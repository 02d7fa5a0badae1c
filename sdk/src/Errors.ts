/**
 * The errors of the SDK, one class for each kind. Every class carries a `_tag`, so that a `switch` over
 * `error._tag` is exhaustive and Effect's `catchTag` works, and is a real `Error`, so that `instanceof` does.
 *
 * No message, field or cause holds a password, a one-time code, a token, a cookie or the variables of a
 * request. This module imports nothing but a formatter, so that every entry point of the package shares its classes.
 */
import { formatCents } from "./model/Cents.js"

const brand = Symbol.for("tsequence/SequenceError")

/** The fields that every error of the SDK has besides its own. */
export interface ErrorContext {
  /** The GraphQL operation or the step that failed, such as `SelectSourceAndDestination` or `login`. */
  readonly operation?: string | undefined
  /** The `x-request-id` that was sent to the service, for its support to find the request. */
  readonly requestId?: string | undefined
  /** The cause of the error, without secrets. */
  readonly cause?: unknown
}

/**
 * The base class of all errors. Catch the single classes, or {@link isSequenceError}.
 *
 * @category errors
 */
export abstract class SequenceErrorBase extends Error {
  /** Names the class, for `switch` and `catchTag`. */
  abstract readonly _tag: string
  /** True if the same call may succeed later without a change by the caller, and is safe to repeat. */
  abstract readonly retryable: boolean
  /** The GraphQL operation or the step that failed, if there is one. */
  readonly operation: string | undefined
  /** The `x-request-id` that was sent to the service, if a request was made. */
  readonly requestId: string | undefined

  constructor(message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.operation = context.operation
    this.requestId = context.requestId
    Object.defineProperty(this, brand, { value: true })
    // The class name for stack traces, without an own enumerable property.
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true })
  }
}

/**
 * Options or environment variables that do not fit; lists every problem at once.
 *
 * @category errors
 */
export class ConfigError extends SequenceErrorBase {
  readonly _tag = "ConfigError"
  readonly retryable = false
  /** The problems, one sentence each. They never hold the value of a secret. */
  readonly problems: ReadonlyArray<string>

  constructor(problems: ReadonlyArray<string>, context?: ErrorContext) {
    const [only] = problems
    super(
      problems.length === 1 && only !== undefined
        ? only
        : `The configuration has ${problems.length} problems:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
      context,
    )
    this.problems = problems
  }
}

/**
 * The reason why a login or a refresh failed.
 *
 * - `InvalidCredentials`: wrong email or password, or the password must be reset.
 * - `InvalidTotp`: the one-time code was refused.
 * - `MfaRequired`: a second factor other than a one-time code is asked for, or none is set up.
 * - `TooManyAttempts`: the login is blocked for a while.
 * - `CaptchaRequired`: a person has to log in by browser.
 * - `RefreshRejected`: the refresh token is spent or revoked, and no login is possible.
 * - `Unauthorized`: the service refused a token that cannot be renewed.
 * - `CoolingDown`: the SDK itself waits after failed logins, so that a loop cannot lock the account.
 * - `UnexpectedPage`: the login went somewhere that the SDK does not know.
 * - `Abandoned`: a person was to log in, and closed the window or took too long.
 */
export type AuthenticationFailure =
  | "InvalidCredentials"
  | "InvalidTotp"
  | "MfaRequired"
  | "TooManyAttempts"
  | "CaptchaRequired"
  | "RefreshRejected"
  | "Unauthorized"
  | "CoolingDown"
  | "UnexpectedPage"
  | "Abandoned"

/**
 * Logging in or renewing the access token failed.
 *
 * @category errors
 */
export class AuthenticationError extends SequenceErrorBase {
  readonly _tag = "AuthenticationError"
  readonly retryable = false
  /** The reason, for a program. */
  readonly reason: AuthenticationFailure
  /** Milliseconds until another try makes sense, if that is known. */
  readonly retryAfter: number | undefined

  constructor(
    reason: AuthenticationFailure,
    message: string,
    context?: ErrorContext & { readonly retryAfter?: number | undefined },
  ) {
    super(message, context)
    this.reason = reason
    this.retryAfter = context?.retryAfter
  }
}

/**
 * No connection, or one that was lost.
 *
 * @category errors
 */
export class NetworkError extends SequenceErrorBase {
  readonly _tag = "NetworkError"
  readonly retryable = true
  /** True if the request may have reached the service. `false`: it certainly has not. */
  readonly sent: boolean
  /** The system's error code, such as `ECONNREFUSED`, if there is one. */
  readonly code: string | undefined

  constructor(
    message: string,
    context: ErrorContext & { readonly sent: boolean; readonly code?: string | undefined },
  ) {
    super(message, context)
    this.sent = context.sent
    this.code = context.code
  }
}

/**
 * No answer in time.
 *
 * @category errors
 */
export class TimeoutError extends SequenceErrorBase {
  readonly _tag = "TimeoutError"
  readonly retryable = true
  /** True if the request may have reached the service. `false`: it still waited for its turn. */
  readonly sent: boolean
  /** The time-out that ran out, in milliseconds. */
  readonly timeout: number

  constructor(message: string, context: ErrorContext & { readonly sent: boolean; readonly timeout: number }) {
    super(message, context)
    this.sent = context.sent
    this.timeout = Math.ceil(context.timeout)
  }
}

/**
 * The service answered 429: too many requests.
 *
 * @category errors
 */
export class RateLimitedError extends SequenceErrorBase {
  readonly _tag = "RateLimitedError"
  readonly retryable = true
  /** Milliseconds that the service asks to wait, if it says so. */
  readonly retryAfter: number | undefined

  constructor(message: string, context: ErrorContext & { readonly retryAfter?: number | undefined } = {}) {
    super(message, context)
    this.retryAfter = context.retryAfter
  }
}

/**
 * The service answered with an HTTP status that is none of the other errors', a redirect included.
 *
 * @category errors
 */
export class HttpError extends SequenceErrorBase {
  readonly _tag = "HttpError"
  readonly retryable: boolean
  /** The HTTP status. */
  readonly status: number
  /** The start of the answer's body, without tokens and addresses. */
  readonly body: string

  constructor(message: string, context: ErrorContext & { readonly status: number; readonly body: string }) {
    super(message, context)
    this.status = context.status
    this.body = context.body
    this.retryable = context.status >= 500
  }
}

/** An entry of the `errors` in a GraphQL response. */
export interface GraphQLErrorEntry {
  /** The service's own words. */
  readonly message: string
  /** `extensions.code`, if there is one. */
  readonly code: string | undefined
  /** The place in the response where it happened. */
  readonly path: ReadonlyArray<string | number> | undefined
}

/**
 * The service answered with GraphQL `errors`.
 *
 * @category errors
 */
export class GraphQLError extends SequenceErrorBase {
  readonly _tag = "GraphQLError"
  readonly retryable = false
  /** The errors of the answer, in its order. */
  readonly errors: ReadonlyArray<GraphQLErrorEntry>

  constructor(
    message: string,
    context: ErrorContext & { readonly errors: ReadonlyArray<GraphQLErrorEntry> },
  ) {
    super(message, context)
    this.errors = context.errors
  }
}

/**
 * An answer that does not fit what is known of the service: not JSON, cut off, too large, a field missing
 * or of another type.
 *
 * @category errors
 */
export class UnexpectedResponseError extends SequenceErrorBase {
  readonly _tag = "UnexpectedResponseError"
  readonly retryable = false
  /** The place in the response, such as `me.memberships[0].organization.pods[1].name`; empty for the whole. */
  readonly path: string
  /** The HTTP status of the response, if it is known. */
  readonly status: number | undefined

  constructor(
    message: string,
    context: ErrorContext & { readonly path?: string; readonly status?: number | undefined } = {},
  ) {
    super(message, context)
    this.path = context.path ?? ""
    this.status = context.status
  }
}

/**
 * There is no such pod, account, transfer or organization.
 *
 * @category errors
 */
export class NotFoundError extends SequenceErrorBase {
  readonly _tag = "NotFoundError"
  readonly retryable = false
  /** The kind of thing that was looked for. */
  readonly kind: "organization" | "pod" | "account" | "transfer"
  /** The id or name that was asked for. */
  readonly key: string

  constructor(
    message: string,
    context: ErrorContext & { readonly kind: NotFoundError["kind"]; readonly key: string },
  ) {
    super(message, context)
    this.kind = context.kind
    this.key = context.key
  }
}

/** Something that an ambiguous name could mean. */
export interface NameCandidate {
  readonly id: string
  readonly name: string
  readonly kind: "POD" | "PORT" | "ACCOUNT"
}

/** Most candidates that a message lists. */
const MOST_LISTED = 20

/** Lists candidates, one line each. A line break in a name becomes a space, so that it stays one line. */
const listed = (candidates: ReadonlyArray<NameCandidate>): string => {
  const lines = candidates
    .slice(0, MOST_LISTED)
    .map(
      ({ name, kind, id }) =>
        `  ${name.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")} (${kind.toLowerCase()} ${id})`,
    )
  const others = candidates.length - MOST_LISTED
  return [...lines, ...(others > 0 ? [`  and ${others} more`] : [])].join("\n")
}

/**
 * A name that means more than one pod, port or account. Use the id of one of the candidates.
 *
 * @category errors
 */
export class AmbiguousNameError extends SequenceErrorBase {
  readonly _tag = "AmbiguousNameError"
  readonly retryable = false
  /** The name that was asked for. */
  readonly key: string
  /** All that it could mean. */
  readonly candidates: ReadonlyArray<NameCandidate>

  constructor(key: string, candidates: ReadonlyArray<NameCandidate>, context?: ErrorContext) {
    super(
      `"${key}" could be any of ${candidates.length}. Use an id instead of the name:\n${listed(candidates)}`,
      context,
    )
    this.key = key
    this.candidates = candidates
  }
}

/**
 * The service, or the SDK before anything was sent, refused a transfer. No money moved.
 *
 * @category errors
 */
export class TransferRejectedError extends SequenceErrorBase {
  readonly _tag = "TransferRejectedError"
  readonly retryable = false
  /** The reason alone, in the words of the service or of the SDK. */
  readonly reason: string

  constructor(reason: string, context?: ErrorContext) {
    super(`Transfer failed: ${reason}`, context)
    this.reason = reason
  }
}

/**
 * A transfer was sent, and no answer that can be understood came back: **the money may have moved**. Look
 * at the activity before sending it again.
 *
 * @category errors
 */
export class TransferOutcomeUnknownError extends SequenceErrorBase {
  readonly _tag = "TransferOutcomeUnknownError"
  readonly retryable = false
}

/** Amounts that were refused may be no amounts at all. */
const dollars = (cents: number): string =>
  Number.isSafeInteger(cents) ? formatCents(cents) : `${cents} cents`

/**
 * A single transfer is above the limit for one transfer. Nothing was sent.
 *
 * @category errors
 */
export class TransferLimitError extends SequenceErrorBase {
  readonly _tag = "TransferLimitError"
  readonly retryable = false
  /** The requested amount, in cents. */
  readonly amountCents: number
  /** The most that one transfer may move, in cents. */
  readonly limitCents: number

  constructor(amountCents: number, limitCents: number, context?: ErrorContext) {
    super(`${dollars(amountCents)} is over the limit of ${dollars(limitCents)} for one transfer`, context)
    this.amountCents = amountCents
    this.limitCents = limitCents
  }
}

/**
 * A transfer does not fit into what is left of the day's limit. Nothing was sent.
 *
 * @category errors
 */
export class DailyLimitError extends SequenceErrorBase {
  readonly _tag = "DailyLimitError"
  readonly retryable = false
  /** The requested amount, in cents. */
  readonly amountCents: number
  /** The most that may move in a day, in cents; `undefined` if only a server knows it that does not tell it. */
  readonly limitCents: number | undefined
  /** The part of the limit that is left today, in cents. */
  readonly remainingCents: number

  constructor(
    amounts: {
      readonly amountCents: number
      readonly limitCents: number | undefined
      readonly remainingCents: number
    },
    context?: ErrorContext,
  ) {
    const { amountCents, limitCents, remainingCents } = amounts
    const whole = limitCents === undefined ? "" : ` of ${dollars(limitCents)}`
    super(
      `${dollars(amountCents)} is over the ${dollars(remainingCents)} left of the daily limit${whole}`,
      context,
    )
    this.amountCents = amountCents
    this.limitCents = limitCents
    this.remainingCents = remainingCents
  }
}

/**
 * An identical transfer has no known outcome yet, so this one was held back. Nothing was sent.
 *
 * @category errors
 */
export class TransferHeldError extends SequenceErrorBase {
  readonly _tag = "TransferHeldError"
  readonly retryable = true
  /** The id of the transfer that is in the way. */
  readonly heldBy: string
  /** Milliseconds until another try makes sense. */
  readonly retryAfter: number

  constructor(heldBy: string, retryAfter: number, context?: ErrorContext) {
    super(`Held back: an identical transfer (request_id ${heldBy}) has no known outcome yet`, context)
    this.heldBy = heldBy
    this.retryAfter = retryAfter
  }
}

/**
 * An idempotency key that another transfer used. Nothing was sent.
 *
 * @category errors
 */
export class IdempotencyKeyError extends SequenceErrorBase {
  readonly _tag = "IdempotencyKeyError"
  readonly retryable = false
  /** The id on record of the transfer that holds the key. */
  declare readonly requestId: string

  constructor(requestId: string, context: Omit<ErrorContext, "requestId"> = {}) {
    super(
      `This idempotencyKey was used with another transfer (request_id ${requestId}); choose a new key for a new one`,
      { ...context, requestId },
    )
  }
}

/**
 * Too many requests wait for their turn already. Nothing was sent.
 *
 * @category errors
 */
export class QueueFullError extends SequenceErrorBase {
  readonly _tag = "QueueFullError"
  readonly retryable = true
  /** The number of requests that wait for their turn. */
  readonly waiting: number
  /** Milliseconds until another try makes sense. */
  readonly retryAfter: number

  constructor(waiting: number, retryAfter: number, context?: ErrorContext) {
    super(`${waiting} requests wait for their turn already; try again later`, context)
    this.waiting = waiting
    this.retryAfter = retryAfter
  }
}

/**
 * A data file that cannot be read or written.
 *
 * @category errors
 */
export class StorageError extends SequenceErrorBase {
  readonly _tag = "StorageError"
  readonly retryable = false
  /** The file or folder; `undefined` if it is a REST server's. */
  readonly path: string | undefined

  constructor(message: string, context: ErrorContext & { readonly path: string | undefined }) {
    super(message, context)
    this.path = context.path
  }
}

/**
 * Every error that a method of the SDK fails with. (An abort is an `AbortError`, as everywhere.)
 *
 * @category errors
 */
export type SequenceError =
  | ConfigError
  | AuthenticationError
  | NetworkError
  | TimeoutError
  | RateLimitedError
  | HttpError
  | GraphQLError
  | UnexpectedResponseError
  | NotFoundError
  | AmbiguousNameError
  | TransferRejectedError
  | TransferOutcomeUnknownError
  | TransferLimitError
  | DailyLimitError
  | TransferHeldError
  | IdempotencyKeyError
  | QueueFullError
  | StorageError

/**
 * Tells whether something that was thrown is an error of this SDK.
 *
 * @example
 * ```ts
 * try {
 *   await sequence.getPods()
 * } catch (error) {
 *   if (isSequenceError(error) && error._tag === "RateLimitedError") console.log(error.retryAfter)
 *   else throw error
 * }
 * ```
 *
 * @category errors
 */
export const isSequenceError = (thrown: unknown): thrown is SequenceError =>
  typeof thrown === "object" && thrown !== null && brand in thrown
