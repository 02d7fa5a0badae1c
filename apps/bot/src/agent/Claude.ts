/** Claude as the bot's model, over the Messages API. */
import Anthropic from "@anthropic-ai/sdk"
import { Effect, Layer, Redacted } from "effect"
import { wellFormed } from "../memory/Fact.js"
import { isBlock, isThinking } from "./Blocks.js"
import { type Answer, type Message, Model, type ModelError, type Question, type Service } from "./Model.js"
import * as Refusal from "./Refusal.js"

/** The API key, address, and model to use. */
export interface Options {
  readonly apiKey: Redacted.Redacted<string>
  /** Another address of the Messages API. Default: Anthropic's own. */
  readonly baseUrl?: string | undefined
  readonly model: string
  /** Most tokens in one answer, thinking included. */
  readonly maxTokens: number
}

/** Milliseconds that one request may take. */
const PATIENCE = 120_000

/** Tries after the first, for what may work a little later. */
const RETRIES = 2

/** Tokens that leave room for an answer after thinking. */
const ROOMY = 8_192

const toMessage = (message: Message): unknown => {
  // What the model said goes back as it came, thinking and unknown kinds included.
  if (message.role === "assistant") return message
  const content = message.content.map((block) =>
    block.type === "text"
      ? { type: "text", text: wellFormed(block.text) }
      : {
          type: "tool_result",
          tool_use_id: block.toolUseId,
          content: wellFormed(block.content),
          is_error: block.isError,
        },
  )
  return { role: "user", content }
}

/** Reads an answer, which the library does not check: one without content is as good as an empty one. */
const toAnswer = (answer: unknown): Answer => {
  const { content, stop_reason }: { readonly content?: unknown; readonly stop_reason?: unknown } =
    typeof answer === "object" && answer !== null ? answer : {}
  return {
    content: Array.isArray(content) && content.every(isBlock) ? content : [],
    stopReason: typeof stop_reason === "string" ? stop_reason : "none",
  }
}

/** Talks to Claude. */
const make = ({ apiKey, baseUrl, model, maxTokens }: Options): Service => {
  const secret = Redacted.value(apiKey)
  const client = new Anthropic({
    apiKey: secret,
    authToken: null,
    baseURL: baseUrl ?? null,
    maxRetries: RETRIES,
    timeout: PATIENCE,
    logLevel: "off",
  })

  const bodyOf = (question: Question): unknown => ({
    model,
    max_tokens: maxTokens,
    system: [
      { type: "text", text: question.stableSystem, cache_control: { type: "ephemeral" } },
      { type: "text", text: wellFormed(question.changingSystem) },
    ],
    messages: question.messages.map(toMessage),
    tools: question.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      input_schema: inputSchema,
    })),
  })

  const tellCut = ({ content, stopReason }: Answer) =>
    stopReason === "max_tokens"
      ? Effect.logWarning(
          `An answer was cut off after ${maxTokens} tokens${content.some(isThinking) ? ", which count the model's thinking" : ""}: set agent.max_tokens in the config file to ${Math.max(ROOMY, 2 * maxTokens)}.`,
        )
      : Effect.void

  return {
    ask: (question): Effect.Effect<Answer, ModelError> =>
      Effect.tryPromise({
        // Not the typed method: its types know the kinds of blocks of today only.
        try: (signal) =>
          client.post<unknown>("/v1/messages", { body: bodyOf(question), signal, timeout: PATIENCE }),
        catch: (thrown) => Refusal.toError(thrown, secret),
      }).pipe(Effect.map(toAnswer), Effect.tap(tellCut)),
  }
}

/** Claude as the model. */
export const layer = (options: Options): Layer.Layer<Model> => Layer.sync(Model, () => make(options))
