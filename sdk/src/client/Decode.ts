/**
 * From what the service sent to something with a type. The service's schema is somebody else's and drifts:
 * what the SDK needs and does not find is an error that says where; what it does not need may be missing.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UnexpectedResponseError } from "../Errors.js"

/** A field that may be null or missing; `null` in either case. */
export const nullish = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.NullOr(schema), { default: () => null })

/** A list that may be null or missing; empty in either case. */
export const listOf = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Array(schema), { default: () => [], nullable: true })

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i

/** An instant with its offset, as a `Date`. */
export const Instant = Schema.String.pipe(
  Schema.filter((text) => (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) || "an ISO 8601 instant"),
  Schema.transform(Schema.DateFromSelf, {
    strict: true,
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  }),
)

/** A `MoneyAmount`, as cents. */
export const Money = Schema.transform(Schema.Struct({ cents: Schema.Int }), Schema.Int, {
  strict: true,
  decode: ({ cents }) => cents,
  encode: (cents) => ({ cents }),
})

const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "")

const isRecord = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === "object" && value !== null

/** What stands at a path, by its type alone: values may be personal. */
const describeAt = (data: unknown, path: ReadonlyArray<PropertyKey>): string => {
  let value = data
  for (const key of path) {
    if (!isRecord(value) || !(key in value)) return "missing"
    value = value[key]
  }
  if (value === null) return "null"
  return Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value} that does not fit`
}

/**
 * Makes the decoder of an operation's `data`.
 *
 * @param operation - for the error's message
 */
export const decoder = <A, I>(operation: string, schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (data: unknown, requestId?: string): Effect.Effect<A, UnexpectedResponseError> => {
    const result = decode(data)
    if (Either.isRight(result)) return Effect.succeed(result.right)
    const path = ParseResult.ArrayFormatter.formatErrorSync(result.left)[0]?.path ?? []
    const where = formatPath(path)
    return Effect.fail(
      new UnexpectedResponseError(
        `The answer to ${operation} does not fit at ${where === "" ? "its top" : where}: it is ${describeAt(data, path)}. The service may have changed; look for a newer version of tsequence.`,
        { operation, requestId, path: where },
      ),
    )
  }
}
