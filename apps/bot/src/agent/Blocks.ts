/** Reads the model's blocks, and decides which messages the Messages API takes back. */
import { Either } from "effect"
import { wellFormed } from "../memory/Fact.js"
import type { Block, Message, ToolUse } from "./Model.js"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Tells a block from any other value. */
export const isBlock = (value: unknown): value is Block => isRecord(value) && typeof value.type === "string"

const isFilled = (value: unknown): value is string => typeof value === "string" && value.trim() !== ""

const isBlank = (block: Block): boolean => block.type === "text" && !isFilled(block.text)

/** Tells whether a block holds the model's thinking, readable or not. */
export const isThinking = ({ type }: Block): boolean => type === "thinking" || type === "redacted_thinking"

/** Joins the texts of a message; empty if there are none. */
export const textOf = (content: ReadonlyArray<Block>): string =>
  content
    .flatMap(({ type, text }) => (type === "text" && isFilled(text) ? [wellFormed(text.trim())] : []))
    .join("\n\n")

/** Reads the calls of the bot's tools. */
export const callsIn = (content: ReadonlyArray<Block>): ReadonlyArray<ToolUse> =>
  content.flatMap(({ type, id, name, input }) =>
    type === "tool_use" && typeof id === "string" && typeof name === "string" ? [{ id, name, input }] : [],
  )

/** Every kind of call: `tool_use` is the bot's to answer, any other was answered by the service. */
const isCall = ({ type }: Block): boolean => type === "tool_use" || type.endsWith("_tool_use")

/** Gives the ids of all calls in some messages. */
export const callIds = (messages: ReadonlyArray<Message>): ReadonlySet<unknown> =>
  new Set(
    messages.flatMap(({ role, content }) =>
      role === "assistant" ? content.filter(isCall).map(({ id }) => id) : [],
    ),
  )

const ID = /^[a-zA-Z0-9_-]+$/
const NAME = /^[a-zA-Z0-9_-]{1,200}$/

const isWhole = ({ type, id, name, input, signature, data }: Block): boolean => {
  switch (type) {
    case "thinking":
      return isFilled(signature)
    case "redacted_thinking":
      return isFilled(data)
    case "tool_use":
      return ID.test(String(id)) && NAME.test(String(name)) && isRecord(input)
    default:
      return type !== "tool_result"
  }
}

/** The service's own calls without a result, and its results without a call. */
const isPaired = (content: ReadonlyArray<Block>): boolean => {
  const waiting = new Set<unknown>()
  for (const block of content) {
    if (isCall(block) && block.type !== "tool_use") waiting.add(block.id)
    else if (block.tool_use_id !== undefined && !waiting.delete(block.tool_use_id)) return false
  }
  return waiting.size === 0
}

/**
 * Gives the content of an answer as the Messages API takes it back: every block as it came, without blank texts,
 * which it refuses. Fails with the reason if it would refuse the rest too.
 */
export const sendable = (
  content: ReadonlyArray<Block>,
  taken: ReadonlySet<unknown>,
): Either.Either<ReadonlyArray<Block>, string> => {
  const blocks = content.filter((block) => !isBlank(block))
  const last = blocks.at(-1)
  const ids = blocks.filter(isCall).map(({ id }) => id)
  if (last === undefined) return Either.left("it is empty")
  if (isThinking(last)) return Either.left("it ends while it thinks")
  if (!blocks.every(isWhole)) return Either.left("a block is incomplete")
  if (new Set(ids).size < ids.length || ids.some((id) => taken.has(id))) {
    return Either.left("two tool calls have the same id")
  }
  return isPaired(blocks) ? Either.right(blocks) : Either.left("a tool of the service has no result")
}
