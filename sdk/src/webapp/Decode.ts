/**
 * Decodes data of the service into typed values. The SDK does not control the service's schema, and the schema changes.
 * Data that the SDK needs and does not find is an error that names its path. Data that it does not need may be missing.
 */
import * as Effect from "effect/Effect"
import { UnexpectedResponseError } from "../Errors.js"
import { array, DecodeError, type Decoder, integer, nullish, object } from "../internal/Decode.js"
import type { Operation } from "../transport/GraphQL.js"

/** A list that may be null or missing; empty in either case. */
export const listOf = <A, Input>(
  item: Decoder<A, Input>,
): Decoder<ReadonlyArray<A>, ReadonlyArray<Input> | null | undefined> => {
  const list = nullish(array(item))
  return (value: unknown) => list(value) ?? []
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i

/** An instant with its offset, as a `Date`. */
export const Instant: Decoder<Date, string> = (value) => {
  const date = typeof value === "string" && INSTANT.test(value) ? new Date(value) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) throw new DecodeError("an ISO 8601 instant")
  return date
}

/** A `MoneyAmount`, as cents. */
export const Money: Decoder<number, { readonly cents: number }> = object((field) => field("cents", integer))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Describes the value at a path by its type alone: values may be personal. */
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

const unexpectedResponse = (operation: string, data: unknown, path: string, requestId: string | undefined) =>
  new UnexpectedResponseError(
    `The answer to ${operation} does not fit at ${path === "" ? "its top" : path}: it is ${describeAt(data, path)}. The service may have changed; look for a newer version of tsequence.`,
    { operation, requestId, path },
  )

type Primitive = string | number | boolean | null | undefined

/** Every key of every member of a union. */
type AnyKey<Member> = Member extends unknown ? keyof Member : never

/** The type of a key over all members of a union: `undefined` for a member that does not have it. */
type AnyValue<Member, Key> = Member extends unknown
  ? Key extends keyof Member
    ? Member[Key]
    : undefined
  : never

/** The members of a union as one object that has the keys of all of them. */
type Merged<Member> = [Member] extends [never]
  ? never
  : { readonly [Key in AnyKey<Member>]: Selected<AnyValue<Member, Key>> }

/** The elements of lists. */
type Elements<List> = List extends ReadonlyArray<infer Element> ? ReadonlyArray<Selected<Element>> : never

/**
 * The generated type of a selection, in the form that decoders are checked against: the members of a union are merged
 * into one object, since a decoder reads them as one.
 */
export type Selected<Wire> = unknown extends Wire
  ? unknown
  :
      | Extract<Wire, Primitive>
      | Elements<Extract<Wire, ReadonlyArray<unknown>>>
      | Merged<Exclude<Wire, Primitive | ReadonlyArray<unknown>>>

/** A decoder that accepts all that a generated fragment can hold. */
export type Reads<Fragment> = Decoder<unknown, Selected<Fragment>>

/**
 * Makes the decoder of an operation's `data`. The decoder must accept everything that the operation's document selects.
 */
export const decoder =
  <Data, Variables, A>({ name }: Operation<Data, Variables>, decode: Decoder<A, Selected<Data>>) =>
  (data: unknown, requestId?: string): Effect.Effect<A, UnexpectedResponseError> => {
    try {
      return Effect.succeed(decode(data))
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown
      return Effect.fail(unexpectedResponse(name, data, thrown.path, requestId))
    }
  }

/** Decodes a value; returns `null` if it does not fit. */
export const decodeOrNull = <A>(decode: Decoder<A>, value: unknown): A | null => {
  try {
    return decode(value)
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown
    return null
  }
}
