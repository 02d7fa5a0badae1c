/**
 * Reads JSON of which nothing is known: each function says what a value must be, and throws a {@link DecodeError} that
 * names the place where it is not. A value itself is never part of what is thrown, since it may be private.
 */

/** A response of an unexpected shape. */
export class DecodeError extends Error {
  readonly #expected: string
  /** Path in the response, such as `transfers[0].amount_cents`; empty for the whole. */
  readonly path: string

  constructor(expected: string, path = "") {
    super(`${path === "" ? "it" : path} is not ${expected}`)
    this.#expected = expected
    this.path = path
  }

  /** The same of what holds it, under this key or index. */
  within(step: string): DecodeError {
    const isJoined = this.path === "" || this.path.startsWith("[")
    return new DecodeError(this.#expected, `${step}${isJoined ? "" : "."}${this.path}`)
  }
}

/**
 * Turns a value into what it must be, or throws a {@link DecodeError}. The path of a value is found only
 * after an error, from the inside out, because tracking it costs more than the decoding.
 */
export interface Decoder<A, Input = never> {
  (value: unknown): A
  /** Holds nothing: it only tells the compiler which inputs the decoder accepts. */
  readonly [accepts]?: (input: Input) => void
}

declare const accepts: unique symbol

const atField = (thrown: unknown, step: string): unknown =>
  thrown instanceof DecodeError ? thrown.within(step) : thrown

/** A value of an object by its key, as a decoder wants it. */
export type Field = <A>(key: string, decoder: Decoder<A>) => A

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An object, built from its fields. Further fields are ignored. */
export const object =
  <A, Input = never>(build: (field: Field) => A): Decoder<A, Input> =>
  (value: unknown) => {
    if (!isRecord(value)) throw new DecodeError("an object")
    return build((key, decoder) => {
      try {
        return decoder(value[key])
      } catch (thrown) {
        throw atField(thrown, key)
      }
    })
  }

/** The decoders of an object's fields. */
export type Fields = Readonly<Record<string, Decoder<unknown>>>

/** Result of a decoder. */
export type Decoded<D> = D extends Decoder<infer A> ? A : never

/** The input that a decoder accepts. */
export type InputOf<D> = D extends Decoder<unknown, infer Input> ? Input : never

/** Decodes an object field by field, and can be extended by its fields. */
export interface StructDecoder<F extends Fields>
  extends Decoder<
    { readonly [Key in keyof F]: Decoded<F[Key]> },
    { readonly [Key in keyof F]: InputOf<F[Key]> }
  > {
  readonly fields: F
}

/** An object with these fields under the same names. Fields that are not named may be there, and are dropped. */
export function struct<F extends Fields>(fields: F): StructDecoder<F>
export function struct(fields: Fields): StructDecoder<Fields> {
  const entries = Object.entries(fields)
  const decode: Decoder<Record<string, unknown>, unknown> = (value: unknown) => {
    if (!isRecord(value)) throw new DecodeError("an object")
    const decoded: Record<string, unknown> = {}
    let at = ""
    try {
      // By index: taking the pair apart would go through an iterator, field by field.
      for (const entry of entries) {
        at = entry[0]
        decoded[at] = entry[1](value[at])
      }
    } catch (thrown) {
      throw atField(thrown, at)
    }
    return decoded
  }
  return Object.assign(decode, { fields })
}

/** A list of equal things. */
export const array =
  <A, Input>(item: Decoder<A, Input>): Decoder<ReadonlyArray<A>, ReadonlyArray<Input>> =>
  (value: unknown) => {
    if (!Array.isArray(value)) throw new DecodeError("a list")
    let at = 0
    try {
      return value.map((one: unknown, index) => {
        at = index
        return item(one)
      })
    } catch (thrown) {
      throw atField(thrown, `[${at}]`)
    }
  }

/** Something that may be null. A field that is missing is not null. */
export const nullable =
  <A, Input>(decoder: Decoder<A, Input>): Decoder<A | null, Input | null> =>
  (value: unknown) =>
    value === null ? null : decoder(value)

/** Something that may be left out, and then is null. */
export const optional =
  <A, Input>(decoder: Decoder<A, Input>): Decoder<A | null, Input | undefined> =>
  (value: unknown) =>
    value === undefined ? null : decoder(value)

/** Something that may be null or left out, and is null in either case. */
export const nullish =
  <A, Input>(decoder: Decoder<A, Input>): Decoder<A | null, Input | null | undefined> =>
  (value: unknown) =>
    value === undefined || value === null ? null : decoder(value)

/** Anything at all, as it is. */
export const unknown: Decoder<unknown, unknown> = (value) => value

/** A text. */
export const string: Decoder<string, string> = (value) => {
  if (typeof value !== "string") throw new DecodeError("a text")
  return value
}

/** True or false. */
export const boolean: Decoder<boolean, boolean> = (value) => {
  if (typeof value !== "boolean") throw new DecodeError("true or false")
  return value
}

/** A number. */
export const number: Decoder<number, number> = (value) => {
  if (typeof value !== "number") throw new DecodeError("a number")
  return value
}

/** A whole number that JavaScript holds exactly: cents, counts. */
export const integer: Decoder<number, number> = (value) => {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new DecodeError("a whole number")
  return value
}

/** This text and no other. */
export const literal =
  <Text extends string>(wanted: Text): Decoder<Text, string> =>
  (value: unknown) => {
    if (value !== wanted) throw new DecodeError(`"${wanted}"`)
    return wanted
  }

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** A moment. Without an offset it could be any of 24, and is refused. */
export const time: Decoder<Date, string> = (value) => {
  const date = typeof value === "string" && TIME.test(value) ? new Date(value) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) throw new DecodeError("a time with its offset")
  return date
}
