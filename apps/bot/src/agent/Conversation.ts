/** Conversations: one a chat, forgotten after a while, trimmed so that every tool call keeps its result. */
import { Clock, Context, Effect, Layer } from "effect"
import { KEPT_FROM_START } from "../config/ConfigFile.js"
import type { Message } from "./Model.js"

/** How long conversations get, and how long they live. */
export interface Options {
  /** Messages that are kept before trimming. */
  readonly maxHistory: number
  /** Messages that a trim keeps: the first ten, and the newest. */
  readonly trimTo: number
  /** Milliseconds without a message after which a conversation starts anew. */
  readonly ttl: number
}

const has = (type: string) => (message: Message | undefined) =>
  message?.content.some((block) => block.type === type) ?? false
const hasResult = has("tool_result")
const hasUse = has("tool_use")

/** Somebody asks something: what a part of a conversation may begin with. */
const isQuestion = (message: Message): boolean => message.role === "user" && !hasResult(message)

/** The agent said the last word: what a part of a conversation may end with. */
const isConclusion = (message: Message): boolean => message.role === "assistant" && !hasUse(message)

/**
 * Shortens a conversation that got too long to its first ten messages and the newest. Both parts are whole: they
 * begin with a question, and what is called in one has its result in it.
 */
export const trim = (
  messages: ReadonlyArray<Message>,
  { maxHistory, trimTo }: Pick<Options, "maxHistory" | "trimTo">,
): ReadonlyArray<Message> => {
  if (messages.length <= maxHistory) return messages
  const wanted = messages.length - (trimTo - KEPT_FROM_START)
  const next = messages.findIndex((message, at) => at >= wanted && isQuestion(message))
  // A single turn may be longer than what is kept: it stays whole.
  const from = next >= 0 ? next : messages.findLastIndex(isQuestion)
  const head = messages.slice(0, Math.min(KEPT_FROM_START, from))
  return [...head.slice(0, head.findLastIndex(isConclusion) + 1), ...messages.slice(from)]
}

/** What can be done with conversations. */
export interface Service {
  /** Gives what was said in a chat so far; nothing where that was too long ago. */
  readonly recall: (chatId: number) => Effect.Effect<ReadonlyArray<Message>>
  /** Keeps what was said in a chat. */
  readonly keep: (chatId: number, messages: ReadonlyArray<Message>) => Effect.Effect<void>
}

/** Keeps conversations in memory. */
export class Conversations extends Context.Tag("tsequence-bot/Conversations")<Conversations, Service>() {}

/** Keeps conversations for as long as the process lives. */
export const make = ({ ttl, ...limits }: Options): Service => {
  const kept = new Map<number, { readonly messages: ReadonlyArray<Message>; readonly at: number }>()
  return {
    recall: (chatId) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const found = kept.get(chatId)
        return found === undefined || now - found.at >= ttl ? [] : found.messages
      }),
    keep: (chatId, messages) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        kept.set(chatId, { messages: trim(messages, limits), at })
      }),
  }
}

/** Conversations in memory. */
export const layer = (options: Options): Layer.Layer<Conversations> =>
  Layer.sync(Conversations, () => make(options))
