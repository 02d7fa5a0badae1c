/** Reads the inputs of a request, and says of all that do not fit where they stand. */
import { Effect, Either, ParseResult, Schema } from "effect"
import { HINTS } from "../contract/Inputs.js"
import { type InputIssue, invalidInput, type Refusal } from "./Answer.js"

/** A request whose route is known. */
export interface Incoming {
  readonly requestId: string
  readonly path: unknown
  /** As `queryValues` reads it. */
  readonly query: unknown
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** The body as it came, in bytes. */
  readonly body: Uint8Array
}

type Source = "path" | "query" | "header" | "body"

const step = (key: PropertyKey): string | number => (typeof key === "number" ? key : String(key))

const toIssue = (source: Source, { _tag, path }: ParseResult.ArrayFormatterIssue): InputIssue => {
  const loc = [source, ...path.map(step)]
  if (_tag === "Missing") return { loc, msg: "Field required", type: "missing" }
  if (_tag === "Unexpected") return { loc, msg: "Extra inputs are not permitted", type: "extra_forbidden" }
  // The decoder's own words hold the value, which must not come back.
  return { loc, msg: HINTS[String(path[0])] ?? "Input does not fit", type: "value_error" }
}

const atOnce = (issues: ReadonlyArray<InputIssue>): ReadonlyArray<InputIssue> => [
  ...new Map(issues.map((one) => [JSON.stringify(one.loc), one])).values(),
]

const decode = <A, I>(
  source: Source,
  schema: Schema.Schema<A, I>,
  value: unknown,
): Effect.Effect<A, Refusal> => {
  const excess = source === "body" ? "error" : "ignore"
  const decoded = Schema.decodeUnknownEither(schema)(value, { errors: "all", onExcessProperty: excess })
  if (Either.isRight(decoded)) return Effect.succeed(decoded.right)
  const issues = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)
  return Effect.fail(invalidInput(atOnce(issues.map((issue) => toIssue(source, issue)))))
}

/** Reads what the path holds. */
export const path = <A, I>(incoming: Incoming, schema: Schema.Schema<A, I>) =>
  decode("path", schema, incoming.path)

/** Reads what stands behind the question mark: an empty value is not given, but for a number; two of one name do not fit. */
export const queryValues = (query: URLSearchParams): Record<string, unknown> =>
  Object.fromEntries(
    [...new Set(query.keys())].flatMap((name): ReadonlyArray<readonly [string, unknown]> => {
      const all = query.getAll(name)
      const [only] = all
      if (all.length > 1) return [[name, all]]
      return only === "" && name !== "first" ? [] : [[name, only]]
    }),
  )

/** Decodes the query. */
export const query = <A, I>(incoming: Incoming, schema: Schema.Schema<A, I>) =>
  decode("query", schema, incoming.query)

/** Reads headers. */
export const headers = <A, I>(incoming: Incoming, schema: Schema.Schema<A, I>) =>
  decode("header", schema, incoming.headers)

const notJson = invalidInput([{ loc: ["body"], msg: "Body is not valid JSON", type: "json_invalid" }])
const notAnObject = invalidInput([
  { loc: ["body"], msg: "Body should be a JSON object", type: "value_error" },
])

const parse = (bytes: Uint8Array): Effect.Effect<unknown, Refusal> =>
  Effect.try({
    try: (): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    catch: () => notJson,
  })

/** Reads the body as JSON, whatever its content type says. */
export const body = <A, I>(incoming: Incoming, schema: Schema.Schema<A, I>) =>
  Effect.flatMap(parse(incoming.body), (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? decode("body", schema, value)
      : Effect.fail(notAnObject),
  )
