/** A tool: a schema for what the model hands over, and a handler that answers it. */
import { Data, Effect, JSONSchema, ParseResult, Schema } from "effect"
import type { ToolDescription } from "../agent/Model.js"
import type { Place } from "../chat/Chat.js"

/** For whom a tool is used, and where it was asked for. */
export interface ToolCaller extends Place {
  readonly userId: number
  readonly userName: string
}

/** Something that the model can mend, or has to tell the user. */
export class ToolProblem extends Data.TaggedError("ToolProblem")<{ readonly message: string }> {}

/** A tool that can be used. */
export interface Tool<R> {
  readonly description: ToolDescription
  /** Gives what the model is told, or the problem that it is told of. */
  readonly use: (input: unknown, caller: ToolCaller) => Effect.Effect<unknown, ToolProblem, R>
}

/** A tool before it is one. */
export interface Definition<A, I, E extends { readonly message: string }, R> {
  readonly name: string
  readonly description: string
  readonly input: Schema.Schema<A, I>
  readonly handle: (input: A, caller: ToolCaller) => Effect.Effect<unknown, E, R>
}

/** The schema of an object without fields. */
const EMPTY = { type: "object", properties: {}, required: [], additionalProperties: false } as const

const inputSchemaOf = <A, I>(schema: Schema.Schema<A, I>): ToolDescription["inputSchema"] => {
  const { $schema: _, ...described } = JSONSchema.make(schema)
  return "type" in described && described.type === "object" ? { ...described, type: "object" } : EMPTY
}

/** Says what does not fit, field by field, without repeating values. */
const complaint = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ path, message }) => {
      const field = path.map(String).join(".")
      return `${field === "" ? "input" : field}: ${message.replace(/, actual .*$/s, "")}`
    })
    .join("; ")

/** Makes a tool: what the model is told of its input is derived from the schema that checks it. */
export const define = <A, I, E extends { readonly message: string }, R>({
  name,
  description,
  input,
  handle,
}: Definition<A, I, E, R>): Tool<R> => {
  const decode = Schema.decodeUnknown(input, { onExcessProperty: "error", errors: "all" })
  return {
    description: { name, description, inputSchema: inputSchemaOf(input) },
    use: (given, caller) =>
      decode(given ?? {}).pipe(
        Effect.mapError((error) => new ToolProblem({ message: `Does not fit: ${complaint(error)}` })),
        Effect.flatMap((decoded) =>
          handle(decoded, caller).pipe(
            Effect.mapError((error) => new ToolProblem({ message: error.message })),
          ),
        ),
        Effect.withSpan(`Tool.${name}`, { captureStackTrace: false }),
      ),
  }
}

/** A field that may be left out, or be null. */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
