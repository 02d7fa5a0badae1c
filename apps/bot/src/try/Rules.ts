/** A stand-in for the model: a few rules that understand a handful of sentences, and say that they are no more. */
import { Clock, Effect, Layer } from "effect"
import { Names } from "tsequence/app"
import { formatCents } from "tsequence/effect"
import { type Answer, type Message, Model, type Question } from "../agent/Model.js"

/** The help text of the stand-in. */
const HELP = [
  "I am a small stand-in with a few rules, not Claude. I understand:",
  '- "how much is in groceries", "how much do I have", "list my accounts"',
  '- "move 20 from main to gas for fuel"',
  '- "recent activity", "this month", "what did I spend on groceries this month?"',
  '- "remember that rent is due on the first", "what do you remember"',
].join("\n")

type Result = Readonly<Record<string, unknown>>

/** A sentence that the stand-in understands: the tool that it calls, and how it puts the result into words. */
interface Rule {
  readonly pattern: RegExp
  readonly tool: string
  readonly input?: (match: RegExpExecArray, now: Date) => Record<string, unknown>
  readonly words: (result: Result, match: RegExpExecArray) => string
}

const isRecord = (value: unknown): value is Result =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const records = (value: unknown): ReadonlyArray<Result> =>
  Array.isArray(value) ? value.filter(isRecord) : []

const shown = (value: unknown): string => (value === null || value === undefined ? "unknown" : String(value))

const lines = (all: ReadonlyArray<string>, none: string): string =>
  all.length === 0 ? none : all.map((line) => `- ${line}`).join("\n")

const transferLine = ({ amount, source, destination, status }: Result): string =>
  `${shown(amount)} from ${shown(source)} to ${shown(destination)} (${shown(status)})`

const holderLine = ({ name, balance }: Result): string => `${shown(name)}: ${shown(balance)}`

const balanceOf = ({ pods, ports, accounts }: Result, name: string): string => {
  const all = [pods, ports, accounts].flatMap(records).map((one) => ({ ...one, name: shown(one.name) }))
  const found = Names.match(all, name)
  switch (found._tag) {
    case "One":
      return `${found.value.name} holds ${shown("balance" in found.value ? found.value.balance : null)}.`
    case "None":
      return `There is no pod, port, or account called "${name}". There are:\n${lines(all.map(holderLine), "none")}`
    default:
      return `"${name}" could be any of these:\n${lines(found.values.map(holderLine), "none")}`
  }
}

const GROUPS = ["pods", "ports", "accounts"] as const

/** Lists one kind, or all of them if the question is about accounts. */
const holders = (result: Result, kind: string): string =>
  GROUPS.filter((group) => kind === "accounts" || kind === group)
    .map((group) => lines(records(result[group]).map(holderLine), `There are no ${group}.`))
    .join("\n")

const isoDay = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York", dateStyle: "short" })

const firstOfMonth = (now: Date): string => isoDay.format(now).replace(/\d\d$/, "01")

/** The most transfers that one call of the tool gives. */
const MOST = 50

const UNPAID: ReadonlyArray<unknown> = ["FAILED", "CANCELLED"]

const spending = ({ transfers }: Result, what: string | undefined): string => {
  const about = what === undefined ? "" : ` on "${what}"`
  const paid = records(transfers).filter(({ status }) => !UNPAID.includes(status))
  if (paid.length === 0) return `No transfer went out${about} this month.`
  const cents = paid.reduce((sum, { amount_cents }) => sum + Number(amount_cents), 0)
  const limit = records(transfers).length < MOST ? "" : ` (only the newest ${MOST} transfers are counted)`
  const count = paid.length === 1 ? "1 transfer" : `${paid.length} transfers`
  return `You spent ${formatCents(cents)}${about} this month, in ${count}${limit}:\n${lines(paid.map(transferLine), "")}`
}

const RULES: ReadonlyArray<Rule> = [
  {
    pattern:
      /^(?:please\s+)?(?:move|send|transfer)\s+\$?([\d.,]+)\s+from\s+(.+?)\s+to\s+(.+?)(?:\s+for\s+(.+?))?[.!]?$/i,
    tool: "request_transfer",
    input: ([, amount, from, to, note]) => ({
      amount_dollars: amount,
      source_name: from,
      destination_name: to,
      ...(note !== undefined && { note }),
    }),
    words: ({ amount, source, destination }) =>
      `${shown(amount)} from ${shown(source)} to ${shown(destination)} waits for you to press Confirm. Nothing has been sent yet.`,
  },
  {
    pattern: /^remember\s+(?:that\s+)?(.+)$/i,
    tool: "save_memory",
    input: ([, content]) => ({ content }),
    words: ({ saved }) => `I will remember: ${isRecord(saved) ? shown(saved.content) : ""}`,
  },
  {
    pattern: /what do you (?:remember|know)|memories/i,
    tool: "list_memories",
    words: ({ facts }) =>
      lines(
        records(facts).map(({ content }) => shown(content)),
        "I remember nothing yet.",
      ),
  },
  {
    pattern: /how much do (?:i|we) have|total/i,
    tool: "get_total_balance",
    words: ({ total_balance, pod_count }) => `You have ${shown(total_balance)} in ${shown(pod_count)} pods.`,
  },
  {
    pattern:
      /(?:how much is (?:left )?in|balance of)\s+(?:the\s+|my\s+)?(.+?)(?:\s+(?:pod|port|account))?[?.!]*$/i,
    tool: "get_all_accounts",
    words: (result, [, name = ""]) => balanceOf(result, name),
  },
  {
    pattern:
      /\b(?:spend|spent|pay|paid)\b(?:.*?\b(?:on|for|at|to|from)\s+(?:the\s+|my\s+)?(.+?))?(?:\s+this month)?[?.!]*$/i,
    tool: "get_recent_activity",
    input: ([, name], now) => ({
      count: MOST,
      direction: "OUTGOING",
      date_start: firstOfMonth(now),
      ...(name !== undefined && { name }),
    }),
    words: (result, [, name]) => spending(result, name),
  },
  {
    pattern: /this month|summary/i,
    tool: "get_activity_summary",
    words: ({ transfer_count, total_incoming }) =>
      `This month: ${shown(transfer_count)} transfers, ${shown(total_incoming)} came in.`,
  },
  {
    pattern: /activity|what happened|recent/i,
    tool: "get_recent_activity",
    input: () => ({ count: 5 }),
    words: ({ transfers }) => lines(records(transfers).map(transferLine), "There are no transfers yet."),
  },
  {
    pattern: /\b(pods|ports|accounts)\b/i,
    tool: "get_all_accounts",
    words: (result, [, kind = ""]) => holders(result, kind.toLowerCase()),
  },
]

const say = (text: string): Answer => ({ content: [{ type: "text", text }], stopReason: "end_turn" })

let calls = 0

const call = (name: string, input: Record<string, unknown>): Answer => {
  calls += 1
  return { content: [{ type: "tool_use", id: `rule-${calls}`, name, input }], stopReason: "tool_use" }
}

/** Finds the rule for what the user asked last. */
const ruleFor = (messages: ReadonlyArray<Message>): readonly [Rule, RegExpExecArray] | undefined => {
  const texts = messages.flatMap(({ role, content: [block] }) =>
    role === "user" && block?.type === "text" ? [String(block.text).trim()] : [],
  )
  for (const rule of RULES) {
    const match = rule.pattern.exec(texts.at(-1) ?? "")
    if (match !== null) return [rule, match]
  }
  return undefined
}

const answerTo = ({ messages }: Question, now: Date): Answer => {
  const found = ruleFor(messages)
  if (found === undefined) return say(HELP)
  const [{ tool, input, words }, match] = found
  const last = messages.at(-1)
  const block = last?.role === "user" ? last.content[0] : undefined
  if (block?.type !== "tool_result") return call(tool, input?.(match, now) ?? {})
  const result: unknown = JSON.parse(block.content)
  if (!isRecord(result)) return say(HELP)
  return say(block.isError ? shown(result.error) : words(result, match))
}

/** A few rules in the model's place. */
export const layer: Layer.Layer<Model> = Layer.succeed(Model, {
  ask: (question) => Effect.map(Clock.currentTimeMillis, (now) => answerTo(question, new Date(now))),
})
