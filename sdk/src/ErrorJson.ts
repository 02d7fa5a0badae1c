/**
 * Errors as JSON, by their tag: what the REST server writes beside `detail`, and what `tsequence/rest` makes the same
 * errors of. Keys are in snake_case and times in milliseconds, as in the rest of the REST contract.
 */
import * as Errors from "./Errors.js"
import {
  array,
  boolean,
  DecodeError,
  type Decoder,
  type Field,
  integer,
  number,
  object,
  string,
} from "./internal/Decode.js"

type Tag = Errors.SequenceError["_tag"]

type Of<T extends Tag> = Extract<Errors.SequenceError, { readonly _tag: T }>

/** Makes an error of one class from its fields in JSON, its message, and what every error has. */
type Reader<E> = (field: Field, message: string, context: Errors.ErrorContext) => E

/**
 * An error of the SDK as JSON. Its message is not part of it: the contract's `detail` is.
 *
 * @category models
 */
export interface ErrorFields {
  /** The error's `_tag`. */
  readonly tag: string
  readonly [field: string]: unknown
}

const maybe =
  <A>(decoder: Decoder<A>): Decoder<A | undefined> =>
  (value: unknown) =>
    value === undefined || value === null ? undefined : decoder(value)

const oneOf =
  <A extends string>(...known: ReadonlyArray<A>): Decoder<A> =>
  (value: unknown) => {
    const found = known.find((one) => one === value)
    if (found === undefined) throw new DecodeError(`one of ${known.join(", ")}`)
    return found
  }

const pathStep: Decoder<string | number> = (value) =>
  typeof value === "number" ? integer(value) : string(value)

const reason = oneOf<Errors.AuthenticationFailure>(
  "InvalidCredentials",
  "InvalidTotp",
  "MfaRequired",
  "TooManyAttempts",
  "CaptchaRequired",
  "RefreshRejected",
  "Unauthorized",
  "CoolingDown",
  "UnexpectedPage",
  "Abandoned",
)

const kind = oneOf<Errors.NotFoundError["kind"]>("organization", "pod", "account", "transfer")

const candidate: Decoder<Errors.NameCandidate> = object((field) => ({
  id: field("id", string),
  name: field("name", string),
  kind: field("kind", oneOf<Errors.NameCandidate["kind"]>("POD", "PORT", "ACCOUNT")),
}))

const graphqlEntry: Decoder<Errors.GraphQLErrorEntry> = object((field) => ({
  message: field("message", string),
  code: field("code", maybe(string)),
  path: field("path", maybe(array(pathStep))),
}))

// Two tables: a client of the REST server needs only the one that reads.
/** The fields of each class in JSON. A new class does not compile without its line here. */
const WRITERS: { readonly [T in Tag]: (error: Of<T>) => Readonly<Record<string, unknown>> } = {
  ConfigError: ({ problems }) => ({ problems }),
  AuthenticationError: ({ reason: why, retryAfter }) => ({ reason: why, retry_after_ms: retryAfter }),
  NetworkError: ({ sent, code }) => ({ sent, code }),
  TimeoutError: ({ sent, timeout }) => ({ sent, timeout_ms: timeout }),
  RateLimitedError: ({ retryAfter }) => ({ retry_after_ms: retryAfter }),
  HttpError: ({ status, body }) => ({ status, body }),
  GraphQLError: ({ errors }) => ({ errors }),
  UnexpectedResponseError: ({ path, status }) => ({ path, status }),
  NotFoundError: ({ kind: what, key }) => ({ kind: what, key }),
  AmbiguousNameError: ({ key, candidates }) => ({
    key,
    candidates: candidates.map(({ id, name, kind: what }) => ({ id, name, kind: what })),
  }),
  TransferRejectedError: ({ reason: why }) => ({ reason: why }),
  TransferOutcomeUnknownError: () => ({}),
  TransferLimitError: ({ amountCents, limitCents }) => ({
    amount_cents: amountCents,
    limit_cents: limitCents,
  }),
  DailyLimitError: ({ amountCents, limitCents, remainingCents }) => ({
    amount_cents: amountCents,
    limit_cents: limitCents,
    remaining_cents: remainingCents,
  }),
  TransferHeldError: ({ heldBy, retryAfter }) => ({ held_by: heldBy, retry_after_ms: retryAfter }),
  IdempotencyKeyError: () => ({}),
  QueueFullError: ({ waiting, retryAfter }) => ({ waiting, retry_after_ms: retryAfter }),
  // The path is of the server's machine, and means nothing to its clients.
  StorageError: () => ({}),
}

/** Makes an error of each class from its fields. A new class does not compile without its line here. */
const READERS: { readonly [T in Tag]: Reader<Of<T>> } = {
  ConfigError: (field, _, context) => new Errors.ConfigError(field("problems", array(string)), context),
  AuthenticationError: (field, message, context) =>
    new Errors.AuthenticationError(field("reason", reason), message, {
      ...context,
      retryAfter: field("retry_after_ms", maybe(number)),
    }),
  NetworkError: (field, message, context) =>
    new Errors.NetworkError(message, {
      ...context,
      sent: field("sent", boolean),
      code: field("code", maybe(string)),
    }),
  TimeoutError: (field, message, context) =>
    new Errors.TimeoutError(message, {
      ...context,
      sent: field("sent", boolean),
      timeout: field("timeout_ms", number),
    }),
  RateLimitedError: (field, message, context) =>
    new Errors.RateLimitedError(message, {
      ...context,
      retryAfter: field("retry_after_ms", maybe(number)),
    }),
  HttpError: (field, message, context) =>
    new Errors.HttpError(message, {
      ...context,
      status: field("status", integer),
      body: field("body", string),
    }),
  GraphQLError: (field, message, context) =>
    new Errors.GraphQLError(message, { ...context, errors: field("errors", array(graphqlEntry)) }),
  UnexpectedResponseError: (field, message, context) =>
    new Errors.UnexpectedResponseError(message, {
      ...context,
      path: field("path", string),
      status: field("status", maybe(integer)),
    }),
  NotFoundError: (field, message, context) =>
    new Errors.NotFoundError(message, { ...context, kind: field("kind", kind), key: field("key", string) }),
  AmbiguousNameError: (field, _, context) =>
    new Errors.AmbiguousNameError(field("key", string), field("candidates", array(candidate)), context),
  TransferRejectedError: (field, _, context) =>
    new Errors.TransferRejectedError(field("reason", string), context),
  TransferOutcomeUnknownError: (_, message, context) =>
    new Errors.TransferOutcomeUnknownError(message, context),
  TransferLimitError: (field, _, context) =>
    new Errors.TransferLimitError(field("amount_cents", number), field("limit_cents", number), context),
  DailyLimitError: (field, _, context) =>
    new Errors.DailyLimitError(
      {
        amountCents: field("amount_cents", number),
        limitCents: field("limit_cents", maybe(number)),
        remainingCents: field("remaining_cents", number),
      },
      context,
    ),
  TransferHeldError: (field, _, context) =>
    new Errors.TransferHeldError(field("held_by", string), field("retry_after_ms", number), context),
  IdempotencyKeyError: (field, _, context) =>
    new Errors.IdempotencyKeyError(field("request_id", string), context),
  QueueFullError: (field, _, context) =>
    new Errors.QueueFullError(field("waiting", integer), field("retry_after_ms", number), context),
  StorageError: (_, message, context) => new Errors.StorageError(message, { ...context, path: undefined }),
}

const write = <T extends Tag>(tag: T, error: Of<T>) => WRITERS[tag](error)

/**
 * Writes an error as JSON: its tag, the `request_id` if there is one, and the fields of its class.
 *
 * @category errors
 */
export const errorToJson = (error: Errors.SequenceError): ErrorFields => ({
  tag: error._tag,
  request_id: error.requestId,
  ...write(error._tag, error),
})

const isTag = (tag: string): tag is Tag => Object.hasOwn(READERS, tag)

/**
 * Makes the error that {@link errorToJson} wrote.
 *
 * @param message - what happened; classes that word their message themselves do not use it
 * @param context - what the error has besides the fields of its class; a `request_id` in the JSON wins
 * @returns `undefined` for anything that is no such error, a class of a newer version included
 * @category errors
 */
export const errorFromJson = (
  value: unknown,
  message: string,
  context: Errors.ErrorContext,
): Errors.SequenceError | undefined => {
  const decode = object((field) => {
    const tag = field("tag", string)
    if (!isTag(tag)) return undefined
    const requestId = field("request_id", maybe(string)) ?? context.requestId
    return READERS[tag](field, message, { ...context, requestId })
  })
  try {
    return decode(value)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}
