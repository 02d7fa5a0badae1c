/** A stand-in for the Messages API: scripted turns, its errors, and its strictness about tool calls. */
import type { ServerResponse } from "node:http"
import { answer, Changes, isRecord, listen } from "./http.js"

export const API_KEY = "sk-ant-canary-key-000000000000"

/** What the model does next. */
export type Turn =
  | { readonly text: string; readonly stop?: string }
  | { readonly calls: ReadonlyArray<readonly [name: string, input: unknown]>; readonly stop?: string }
  | { readonly status: number; readonly body?: unknown }
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

const idsIn = (content: ReadonlyArray<Record<string, unknown>>, type: string, key: string) =>
  content.filter((block) => block.type === type).map((block) => String(block[key]))

/** What the real one would refuse: parted calls and results, empty messages, a wrong beginning. */
const problemIn = ({ messages }: Question): string | undefined => {
  if (messages[0]?.role !== "user") return "messages must begin with a user's"
  for (const [at, { role, content }] of messages.entries()) {
    if (content.length === 0) return `messages.${at} is empty`
    if (content.some((block) => block.type === "text" && String(block.text).trim() === "")) {
      return `messages.${at} has an empty text`
    }
    if (role === messages[at + 1]?.role) return `messages.${at} and the next have the same role`
    const uses = role === "assistant" ? idsIn(content, "tool_use", "id") : []
    const results = idsIn(messages[at + 1]?.content ?? [], "tool_result", "tool_use_id")
    if (uses.join() !== results.join()) return `messages.${at + 1}: tool_use and tool_result do not match`
    if (at === 0 && idsIn(content, "tool_result", "tool_use_id").length > 0)
      return "a result without its call"
  }
  return undefined
}

let nextCall = 1

const contentOf = (turn: Turn): ReadonlyArray<unknown> => {
  if ("text" in turn) return turn.text === "" ? [] : [{ type: "text", text: turn.text, citations: null }]
  if (!("calls" in turn)) return []
  return turn.calls.map(([name, input]) => ({ type: "tool_use", id: `toolu_${nextCall++}`, name, input }))
}

export class Claude extends Changes {
  readonly questions: Array<Question> = []
  readonly problems: Array<string> = []
  /** Says what comes next; tests put theirs here. */
  think: (question: Question) => Turn = () => ({ text: "Hello." })
  url = ""
  close: () => Promise<void> = async () => {}

  static async start(): Promise<Claude> {
    const claude = new Claude()
    const server = await listen((path, body, response, request) => {
      if (path.split("?")[0] !== "/v1/messages") return answer(response, 404, {})
      const { authorization, "x-api-key": key } = request.headers
      if (authorization !== `Bearer ${API_KEY}` && key !== API_KEY) return answer(response, 401, {})
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
    const problem = problemIn(question)
    if (problem !== undefined) this.problems.push(problem)
    const turn = this.think(question)
    if (problem !== undefined) answer(response, 400, { type: "error", error: { message: problem } })
    else if ("status" in turn) {
      answer(response, turn.status, turn.body ?? { type: "error" }, { "retry-after-ms": "1" })
    } else {
      const stop = "calls" in turn ? "tool_use" : "end_turn"
      answer(response, 200, {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: String(body.model),
        content: contentOf(turn),
        stop_reason: ("stop" in turn ? turn.stop : undefined) ?? stop,
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
