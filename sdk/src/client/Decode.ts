/**
 * From what the service sent to something with a type. The service's schema is somebody else's and drifts:
 * what the SDK needs and does not find is an error that says where; what it does not need may be missing.
 */
import * as Effect from "effect/Effect"
import { UnexpectedResponseError } from "../Errors.js"
import { array, type Decoder, integer, Misfit, nullish, object } from "../internal/Decode.js"

/** A list that may be null or missing; empty in either case. */
export const listOf = <A>(item: Decoder<A>): Decoder<ReadonlyArray<A>> => {
  const list = nullish(array(item))
  return (value) => list(value) ?? []
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i

/** An instant with its offset, as a `Date`. */
export const Instant: Decoder<Date> = (value) => {
  const date = typeof value === "string" && INSTANT.test(value) ? new Date(value) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) throw new Misfit("an ISO 8601 instant")
  return date
}

/** A `MoneyAmount`, as cents. */
export const Money: Decoder<number> = object((field) => field("cents", integer))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** What stands at a path, by its type alone: values may be personal. */
const describeAt = (data: unknown, path: string): string => {
  let value = data
  for (const key of path.split(/[.[\]]+/).filter((one) => one !== "")) {
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

const misfit = (operation: string, data: unknown, path: string, requestId: string | undefined) =>
  new UnexpectedResponseError(
    `The answer to ${operation} does not fit at ${path === "" ? "its top" : path}: it is ${describeAt(data, path)}. The service may have changed; look for a newer version of tsequence.`,
    { operation, requestId, path },
  )

/**
 * Makes the decoder of an operation's `data`.
 *
 * @param operation - for the error's message
 */
export const decoder =
  <A>(operation: string, decode: Decoder<A>) =>
  (data: unknown, requestId?: string): Effect.Effect<A, UnexpectedResponseError> => {
    try {
      return Effect.succeed(decode(data))
    } catch (thrown) {
      if (!(thrown instanceof Misfit)) throw thrown
      return Effect.fail(misfit(operation, data, thrown.path, requestId))
    }
  }

/** Decodes where it fits, and gives `null` where it does not. */
export const decodeOrNull = <A>(decode: Decoder<A>, value: unknown): A | null => {
  try {
    return decode(value)
  } catch (thrown) {
    if (!(thrown instanceof Misfit)) throw thrown
    return null
  }
}
