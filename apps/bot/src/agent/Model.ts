/** The language model behind the agent: what it is asked, and what it answers. */
import { Context, Data, type Effect } from "effect"

/** Something that was said. */
interface Text {
  readonly type: "text"
  readonly text: string
}

/** The model wants a tool to be used. */
export interface ToolUse {
  readonly type: "tool_use"
  readonly id: string
  readonly name: string
  readonly input: unknown
}

/** What a tool gave. */
export interface ToolResult {
  readonly type: "tool_result"
  readonly toolUseId: string
  readonly content: string
  readonly isError: boolean
}

/** Part of a message. */
export type Block = Text | ToolUse | ToolResult

/** A message of a conversation. */
export interface Message {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<Block>
}

/** A tool as the model sees it. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown }
}

/** What the model is asked. */
export interface Question {
  /** What stays the same from one question to the next, and may be cached. */
  readonly stableSystem: string
  /** What changes: time, facts, user. */
  readonly changingSystem: string
  readonly messages: ReadonlyArray<Message>
  readonly tools: ReadonlyArray<ToolDescription>
}

/** What the model answered. */
export interface Answer {
  readonly content: ReadonlyArray<Text | ToolUse>
  /** Why it stopped, in the words of the Messages API. */
  readonly stopReason: string
}

/** The model gave no answer. */
export class ModelError extends Data.TaggedError("ModelError")<{
  /** `Busy` and `Unreachable` pass by themselves; `Refused` needs its owner. */
  readonly reason: "Busy" | "Unreachable" | "Refused"
  readonly message: string
}> {}

/** What can be asked of a model. */
export interface Service {
  readonly ask: (question: Question) => Effect.Effect<Answer, ModelError>
}

/** A language model. */
export class Model extends Context.Tag("tsequence-bot/Model")<Model, Service>() {}
