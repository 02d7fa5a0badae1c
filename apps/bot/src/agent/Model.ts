/** The language model behind the agent: what it is asked, and what it answers. */
import { Context, Data, type Effect } from "effect"

/** Text of a user. */
interface Text {
  readonly type: "text"
  readonly text: string
}

/** The result of a tool call. */
export interface ToolResult {
  readonly type: "tool_result"
  readonly toolUseId: string
  readonly content: string
  readonly isError: boolean
}

/** A part of the model's message, as it came. The model gets every kind back, unknown ones too. */
export interface Block {
  readonly type: string
  readonly [key: string]: unknown
}

/** A call of a tool, read from a block. */
export interface ToolUse {
  readonly id: string
  readonly name: string
  readonly input: unknown
}

/** A message to the model. */
interface Asked {
  readonly role: "user"
  readonly content: ReadonlyArray<Text | ToolResult>
}

/** A message of the model. */
interface Said {
  readonly role: "assistant"
  readonly content: ReadonlyArray<Block>
}

/** A message of a conversation. */
export type Message = Asked | Said

/** A question of a user and all that followed: calls, each with its result, and the model's last word. */
export type Turn = ReadonlyArray<Message>

/** A tool as the model sees it. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown }
}

/** A request to the model. */
export interface Question {
  /** The part of the system prompt that is the same in every request, and can be cached. */
  readonly stableSystem: string
  /** The part that changes: time, facts, user. */
  readonly changingSystem: string
  readonly messages: ReadonlyArray<Message>
  readonly tools: ReadonlyArray<ToolDescription>
}

/** The model's response. */
export interface Answer {
  readonly content: ReadonlyArray<Block>
  /** The stop reason, as the Messages API names it. */
  readonly stopReason: string
}

/** The model gave no answer. */
export class ModelError extends Data.TaggedError("ModelError")<{
  /**
   * `Busy` and `Unreachable` pass by themselves. `Refused` needs the operator. `Unfit` is a request that is refused
   * again, so that the conversation starts over.
   */
  readonly reason: "Busy" | "Unreachable" | "Refused" | "Unfit"
  readonly message: string
  /** A sentence for the user: what the bot's operator can do. */
  readonly advice?: string
}> {}

/** The model service. */
export interface Service {
  readonly ask: (question: Question) => Effect.Effect<Answer, ModelError>
}

/** A language model. */
export class Model extends Context.Tag("tsequence-bot/Model")<Model, Service>() {}
