/** Claude as the bot's model, over the Messages API. */
import Anthropic from "@anthropic-ai/sdk"
import { Effect, Layer, Redacted } from "effect"
import { type Answer, type Block, Model, ModelError, type Question, type Service } from "./Model.js"

/** How Claude is reached, and which one. */
export interface Options {
  readonly apiKey: Redacted.Redacted<string>
  /** Another address of the Messages API. Default: Anthropic's own. */
  readonly baseUrl?: string | undefined
  readonly model: string
  /** Most tokens in one answer. */
  readonly maxTokens: number
}

/** Milliseconds that one request may take. */
const PATIENCE = 120_000

/** Tries after the first, for what may work a little later. */
const RETRIES = 2

const toBlock = (block: Block): Anthropic.ContentBlockParam => {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text }
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input }
    case "tool_result":
      return {
        type: "tool_result",
        tool_use_id: block.toolUseId,
        content: block.content,
        is_error: block.isError,
      }
  }
}

const toAnswer = ({ content, stop_reason }: Anthropic.Message): Answer => ({
  // An answer is not checked by the library: one without content is as good as an empty one.
  content: (Array.isArray(content) ? content : []).flatMap((block): Answer["content"] => {
    if (block.type === "text") return [{ type: "text", text: block.text }]
    return block.type === "tool_use"
      ? [{ type: "tool_use", id: block.id, name: block.name, input: block.input }]
      : []
  }),
  stopReason: stop_reason ?? "none",
})

const OVERLOADED = 529

/** Keeps what is safe of an error: neither headers nor bodies. */
const toError = (thrown: unknown): ModelError => {
  if (thrown instanceof Anthropic.APIConnectionError || !(thrown instanceof Anthropic.APIError)) {
    return new ModelError({ reason: "Unreachable", message: "the Messages API gave no answer" })
  }
  const status = typeof thrown.status === "number" ? thrown.status : 0
  const message = `the Messages API answered ${status}`
  if (status === 429 || status === OVERLOADED) return new ModelError({ reason: "Busy", message })
  return new ModelError({ reason: status >= 500 || status === 0 ? "Unreachable" : "Refused", message })
}

/** Talks to Claude. */
const make = ({ apiKey, baseUrl, model, maxTokens }: Options): Service => {
  const client = new Anthropic({
    apiKey: Redacted.value(apiKey),
    authToken: null,
    baseURL: baseUrl ?? null,
    maxRetries: RETRIES,
    timeout: PATIENCE,
    logLevel: "off",
  })

  const requestOf = (question: Question): Anthropic.MessageCreateParamsNonStreaming => ({
    model,
    max_tokens: maxTokens,
    system: [
      { type: "text", text: question.stableSystem, cache_control: { type: "ephemeral" } },
      { type: "text", text: question.changingSystem },
    ],
    messages: question.messages.map(({ role, content }) => ({ role, content: content.map(toBlock) })),
    tools: question.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      input_schema: inputSchema,
    })),
  })

  return {
    ask: (question) =>
      Effect.tryPromise({
        try: (signal) => client.messages.create(requestOf(question), { signal }),
        catch: toError,
      }).pipe(Effect.map(toAnswer)),
  }
}

/** Claude as the model. */
export const layer = (options: Options): Layer.Layer<Model> => Layer.sync(Model, () => make(options))
