/** A stand-in for the Messages API: scripted turns, thinking, its errors, and the histories that it refuses. */
import type { ServerResponse } from "node:http"
import { answer, Changes, isRecord, listen } from "./http.js"

export const API_KEY = "sk-ant-canary-key-000000000000"

/** A part of a message, of any kind. */
export type Block = Readonly<Record<string, unknown>>

/** The next step of the model. */
export type Turn =
  | { readonly text: string; readonly stop?: string }
  | { readonly calls: ReadonlyArray<readonly [name: string, input: unknown]>; readonly stop?: string }
  | { readonly status: number; readonly body?: unknown }
  | { readonly blocks: ReadonlyArray<Block>; readonly stop?: string }
  | { readonly raw: Record<string, unknown> }

/** A question that the bot asked. */
export interface Question {
  readonly system: ReadonlyArray<Record<string, unknown>>
  readonly messages: ReadonlyArray<{
    readonly role: string
    readonly content: ReadonlyArray<Record<string, unknown>>
  }>
  readonly tools: ReadonlyArray<Record<string, unknown>>
  readonly [key: string]: unknown
}

const isCall = ({ type }: Block): boolean => type === "tool_use"
const isServerCall = ({ type }: Block): boolean => /_tool_use$/.test(String(type))
const isServerResult = ({ type }: Block): boolean => /_tool_result$/.test(String(type))
const isThinking = ({ type }: Block): boolean => type === "thinking" || type === "redacted_thinking"
const ids = (content: ReadonlyArray<Block>, is: (block: Block) => boolean, key = "id") =>
  content.filter(is).map((block) => String(block[key]))
const results = (content: ReadonlyArray<Block>) =>
  ids(content, ({ type }) => type === "tool_result", "tool_use_id")

type Message = Question["messages"][number]

const problemInBlock = (role: string, block: Block): string | undefined => {
  if (block.type === "text") {
    if (block.text === "") return "text content blocks must be non-empty"
    return String(block.text).trim() === ""
      ? "text content blocks must contain non-whitespace text"
      : undefined
  }
  const isAnswer = block.type === "tool_result"
  if (role === "user")
    return isAnswer ? undefined : `\`${block.type}\` blocks can only be in assistant messages`
  if (isAnswer) return "`tool_result` blocks can only be in `user` messages"
  if (!isCall(block)) return undefined
  if (!/^[a-zA-Z0-9_-]+$/.test(String(block.id))) return "tool_use.id: String should match pattern"
  return isRecord(block.input) ? undefined : "tool_use.input: Input should be a valid dictionary"
}

/** Calls and results, those of the service included. */
const problemInCalls = (before: Message | undefined, { content }: Message, after: Message | undefined) => {
  const answers = results(after?.content ?? [])
  const alone = ids(content, isCall).filter((id) => !answers.includes(id))
  if (alone.length > 0) {
    return `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${alone}`
  }
  const asked = ids(before?.content ?? [], isCall)
  const odd = results(content).find((id) => !asked.includes(id))
  if (odd !== undefined) return `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${odd}`
  if (new Set(results(content)).size < results(content).length)
    return "each tool_use must have a single result"
  const answered = ids(content, isServerResult, "tool_use_id")
  const open = ids(content, isServerCall).find((id) => !answered.includes(id))
  if (open !== undefined) return `tool use with id ${open} was found without a corresponding result block`
  const stray = answered.find((id) => !ids(content, isServerCall).includes(id))
  return stray === undefined ? undefined : `unexpected \`tool_use_id\` found in a result block: ${stray}`
}

const problemInMessages = (messages: ReadonlyArray<Message>): string | undefined => {
  if (messages[0]?.role !== "user") return 'messages: first message must use the "user" role'
  if (messages.at(-1)?.role !== "user") return "The conversation must end with a user message."
  const seen = new Set<string>()
  for (const [at, message] of messages.entries()) {
    const { role, content } = message
    const [before, after] = [messages[at - 1], messages[at + 1]]
    const says = (problem: string) => `messages.${at}: ${problem}`
    if (content.length === 0) return says("all messages must have non-empty content")
    if (role === after?.role) return says("roles must alternate")
    for (const block of content) {
      const problem = problemInBlock(role, block)
      if (problem !== undefined) return says(problem)
    }
    for (const id of ids(content, (block) => isCall(block) || isServerCall(block))) {
      if (seen.has(id)) return says("`tool_use` ids must be unique")
      seen.add(id)
    }
    const problem = problemInCalls(before, message, after)
    if (problem !== undefined) return says(problem)
    const last = content.at(-1)
    if (last !== undefined && isThinking(last)) {
      return says("The final block in an assistant message cannot be `thinking`.")
    }
  }
  return undefined
}

/** Thinking must be its own, and stand unchanged beside the calls of the turn under way. */
const problemInThinking = (
  messages: ReadonlyArray<Message>,
  issued: ReadonlyMap<string, ReadonlyArray<Block>>,
): string | undefined => {
  const own = new Set(
    [...issued.values()]
      .flat()
      .filter(isThinking)
      .map((block) => JSON.stringify(block)),
  )
  const isQuestion = ({ role, content }: Message) => role === "user" && results(content).length === 0
  const turn = messages.findLastIndex(isQuestion)
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== "assistant") continue
    const thinking = content.filter(isThinking).map((block) => JSON.stringify(block))
    if (thinking.some((one) => !own.has(one))) {
      return `messages.${at}: Invalid \`signature\` in \`thinking\` block`
    }
    const [call = ""] = ids(content, isCall)
    const wanted = (issued.get(call) ?? []).filter(isThinking).map((block) => JSON.stringify(block))
    if (at > turn && wanted.join() !== thinking.join()) {
      return `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${content[0]?.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`
    }
  }
  return undefined
}

/** The body of an error, in the API's shape. */
export const errorOf = (type: string, message: string) => ({
  type: "error",
  error: { type, message },
  request_id: "req_011CSHoEeqs5C35K2UUqR7Fy",
})

let next = 1

const contentOf = (turn: Turn): ReadonlyArray<Block> => {
  if ("blocks" in turn) return turn.blocks
  if ("text" in turn) return turn.text === "" ? [] : [{ type: "text", text: turn.text, citations: null }]
  if (!("calls" in turn)) return []
  return turn.calls.map(([name, input]) => ({ type: "tool_use", id: `toolu_${next++}`, name, input }))
}

/** Thinking as it comes without being asked for; its text is left out, its signature is not. */
export const thinking = (): Block => ({
  type: "thinking",
  thinking: "",
  signature: `c2lnbmF0dXJl${next++}==`,
})

export class Claude extends Changes {
  readonly questions: Array<Question> = []
  readonly problems: Array<string> = []
  /** Says what comes next; tests put theirs here. */
  think: (question: Question) => Turn = () => ({ text: "Hello." })
  /** `true` makes it think before each response without being asked, as models of 2026 do. */
  thinks = false
  /** All contents that it gave, and the same by the ids of their calls. */
  readonly given: Array<ReadonlyArray<Block>> = []
  readonly #issued = new Map<string, ReadonlyArray<Block>>()
  url = ""
  close: () => Promise<void> = async () => {}

  static async start(): Promise<Claude> {
    const claude = new Claude()
    const server = await listen((path, body, response, request) => {
      if (path.split("?")[0] !== "/v1/messages") return answer(response, 404, {})
      const { authorization, "x-api-key": key } = request.headers
      if (authorization !== `Bearer ${API_KEY}` && key !== API_KEY)
        return answer(response, 401, errorOf("authentication_error", "invalid x-api-key"))
      claude.#handle(body, response)
    })
    claude.url = server.url
    claude.close = server.close
    return claude
  }

  /** Thinks these turns, one after another, and says nothing new after them. */
  script(...turns: ReadonlyArray<Turn>): void {
    const left = [...turns]
    this.think = () => left.shift() ?? { text: "That is all." }
  }

  #handle(body: Record<string, unknown>, response: ServerResponse) {
    const list = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : [])
    const question: Question = {
      ...body,
      system: list(body.system),
      tools: list(body.tools),
      messages: list(body.messages).map(({ role, content }) => ({
        role: String(role),
        content: list(content),
      })),
    }
    this.questions.push(question)
    const problem = problemInMessages(question.messages) ?? problemInThinking(question.messages, this.#issued)
    if (problem !== undefined) this.problems.push(problem)
    const turn = this.think(question)
    if (problem !== undefined) answer(response, 400, errorOf("invalid_request_error", problem))
    else if ("status" in turn) {
      const body = turn.body ?? errorOf("api_error", "made up")
      answer(response, turn.status, body, { "retry-after-ms": "1" })
    } else {
      const content = this.thinks ? [thinking(), ...contentOf(turn)] : contentOf(turn)
      this.given.push(content)
      this.#issued.set(`only ${this.given.length}`, content)
      for (const id of ids(content, isCall)) this.#issued.set(id, content)
      answer(response, 200, {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: String(body.model),
        content,
        stop_reason:
          ("stop" in turn ? turn.stop : undefined) ?? (content.some(isCall) ? "tool_use" : "end_turn"),
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
        ...("raw" in turn && turn.raw),
      })
    }
    this.changed()
  }

  /** The results of the tools that the newest question brings, in the order of their calls. */
  get results(): ReadonlyArray<{ readonly isError: boolean; readonly value: unknown }> {
    const content = this.questions.at(-1)?.messages.at(-1)?.content ?? []
    return content
      .filter((block) => block.type === "tool_result")
      .map((block) => ({ isError: block.is_error === true, value: JSON.parse(String(block.content)) }))
  }
}
