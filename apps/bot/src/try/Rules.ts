/** A stand-in for the model: a few rules that understand a handful of sentences, and say that they are no more. */
import { Effect, Layer } from "effect"
import { callsIn } from "../agent/Blocks.js"
import { type Answer, type Message, Model, type Question } from "../agent/Model.js"

/** What the stand-in says of itself. */
const HELP = [
  "I am a small stand-in with a few rules, not Claude. I understand:",
  '- "how much is in groceries", "how much do I have", "list my pods"',
  '- "move 20 from main to gas for fuel"',
  '- "recent activity", "this month"',
  '- "remember that rent is due on the first", "what do you remember"',
].join("\n")

type Rule = readonly [
  pattern: RegExp,
  tool: string,
  input: (match: RegExpExecArray) => Record<string, unknown>,
]

const TRANSFER =
  /^(?:please\s+)?(?:move|send|transfer)\s+\$?([\d.,]+)\s+from\s+(.+?)\s+to\s+(.+?)(?:\s+for\s+(.+?))?[.!]?$/i

const RULES: ReadonlyArray<Rule> = [
  [
    TRANSFER,
    "request_transfer",
    ([, amount, from, to, note]) => ({
      amount_dollars: amount,
      source_name: from,
      destination_name: to,
      ...(note !== undefined && { note }),
    }),
  ],
  [/^remember\s+(?:that\s+)?(.+)$/i, "save_memory", ([, content]) => ({ content })],
  [/what do you (?:remember|know)|memories/i, "list_memories", () => ({})],
  [/how much do (?:i|we) have|total/i, "get_total_balance", () => ({})],
  [
    /(?:how much is (?:left )?in|balance of)\s+(?:the\s+)?(.+?)(?:\s+pod)?[?.!]*$/i,
    "get_pod_balance",
    ([, name]) => ({ pod_name: name }),
  ],
  // What went out is in no tool's sum, so that the transfers themselves are the answer.
  [/\b(?:spend|spent|paid|pay)\b/i, "get_recent_activity", () => ({ count: 20, direction: "OUTGOING" })],
  [/this month|summary/i, "get_activity_summary", () => ({})],
  [/activity|what happened|recent/i, "get_recent_activity", () => ({ count: 5 })],
  [/pods/i, "get_all_pods", () => ({})],
]

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const records = (value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  Array.isArray(value) ? value.filter(isRecord) : []

const shown = (value: unknown): string => (value === null || value === undefined ? "unknown" : String(value))

type Result = Readonly<Record<string, unknown>>

const WORDS: Readonly<Record<string, (result: Result) => string>> = {
  get_pod_balance: ({ name, balance }) => `${shown(name)} holds ${shown(balance)}.`,
  get_total_balance: ({ total_balance, pod_count }) =>
    `${shown(total_balance)} in ${shown(pod_count)} pods altogether.`,
  get_all_pods: ({ pods }) =>
    records(pods)
      .map(({ name, balance }) => `- ${shown(name)}: ${shown(balance)}`)
      .join("\n"),
  get_activity_summary: ({ transfer_count, total_incoming }) =>
    `This month: ${shown(transfer_count)} transfers, ${shown(total_incoming)} came in.`,
  get_recent_activity: ({ transfers }) =>
    records(transfers)
      .map(
        (one) =>
          `- ${shown(one.amount)} from ${shown(one.source)} to ${shown(one.destination)} (${shown(one.status)})`,
      )
      .join("\n"),
  request_transfer: ({ amount, source, destination }) =>
    `${shown(amount)} from ${shown(source)} to ${shown(destination)} waits for your button. Nothing has moved yet.`,
  save_memory: ({ saved }) => `I will remember: ${isRecord(saved) ? shown(saved.content) : ""}`,
  list_memories: ({ facts }) => {
    const all = records(facts).map(({ content }) => `- ${shown(content)}`)
    return all.length === 0 ? "I remember nothing yet." : all.join("\n")
  },
}

const say = (text: string): Answer => ({ content: [{ type: "text", text }], stopReason: "end_turn" })

let calls = 0

const call = (name: string, input: Record<string, unknown>): Answer => {
  calls += 1
  return { content: [{ type: "tool_use", id: `rule-${calls}`, name, input }], stopReason: "tool_use" }
}

const toolOf = (messages: ReadonlyArray<Message>, id: string): string =>
  messages
    .flatMap((message) => (message.role === "assistant" ? callsIn(message.content) : []))
    .findLast((call) => call.id === id)?.name ?? ""

const answerTo = ({ messages }: Question): Answer => {
  const last = messages.at(-1)
  const block = last?.role === "user" ? last.content[0] : undefined
  if (block?.type === "tool_result") {
    const result: unknown = JSON.parse(block.content)
    if (!isRecord(result)) return say(HELP)
    const words = WORDS[toolOf(messages, block.toolUseId)]
    return say(block.isError || words === undefined ? shown(result.error) : words(result))
  }
  const text = block?.type === "text" ? block.text.trim() : ""
  for (const [pattern, tool, input] of RULES) {
    const match = pattern.exec(text)
    if (match !== null) return call(tool, input(match))
  }
  return say(HELP)
}

/** A few rules in the model's place. */
export const layer: Layer.Layer<Model> = Layer.succeed(Model, {
  ask: (question) => Effect.sync(() => answerTo(question)),
})
