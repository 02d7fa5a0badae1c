/** The agent: asks the model, uses the tools that it calls, and stops at the first answer without a call. */
import { Clock, Effect } from "effect"
import { MemoryStore } from "../memory/MemoryStore.js"
import type { Caller } from "../tools/Tool.js"
import * as Toolbox from "../tools/Toolbox.js"
import { Conversations } from "./Conversation.js"
import { type Answer, type Message, Model, type ModelError, type ToolUse } from "./Model.js"
import * as SystemPrompt from "./SystemPrompt.js"

/** Questions to the model that one message of a user may cost. */
const MOST_ROUNDS = 20

const SORRY = {
  tooLong: "Sorry, that took more steps than I can take for one message. Please ask for a part of it.",
  empty: "Done thinking, and I have nothing to add. What would you like to know?",
  refused: "Sorry, I cannot help with that.",
  cut: "(My answer was too long and was cut off here.)",
  odd: "Sorry, I stopped in the middle of that. Please ask again.",
  busy: "Sorry, I am overloaded right now. Please try again in a minute.",
  unreachable:
    "Sorry, I cannot think right now: my language model does not answer. Please try again in a minute.",
  broken: "Sorry, my language model refuses my requests. Whoever runs this bot should look at its log.",
} as const

const sayOf = ({ reason }: ModelError): string =>
  reason === "Busy" ? SORRY.busy : reason === "Unreachable" ? SORRY.unreachable : SORRY.broken

const textOf = ({ content }: Answer): string =>
  content
    .flatMap((block) => (block.type === "text" && block.text.trim() !== "" ? [block.text.trim()] : []))
    .join("\n\n")

const callsIn = ({ content }: Answer): ReadonlyArray<ToolUse> =>
  content.flatMap((block) => (block.type === "tool_use" ? [block] : []))

/** The model stopped for another reason than its tools: what is said then. */
const conclude = (answer: Answer): string => {
  const text = textOf(answer)
  const withText = (note: string) => (text === "" ? note : `${text}\n\n${note}`)
  switch (answer.stopReason) {
    case "end_turn":
    case "stop_sequence":
      return text === "" ? SORRY.empty : text
    case "refusal":
      return SORRY.refused
    case "max_tokens":
      return withText(SORRY.cut)
    default:
      return withText(SORRY.odd)
  }
}

/** A turn that ended: what to say, and what the conversation is from now on. */
interface Turn {
  readonly text: string
  readonly messages: ReadonlyArray<Message>
}

const said = (role: Message["role"], text: string): Message => ({ role, content: [{ type: "text", text }] })

/** Facts that cannot be read must not keep the bot from answering. */
const facts = Effect.flatMap(MemoryStore, ({ list }) => list).pipe(
  Effect.catchAll((error) => Effect.logWarning(error.message).pipe(Effect.as([]))),
)

const usesTools = (answer: Answer): boolean => answer.stopReason === "tool_use" && callsIn(answer).length > 0

const takeTurn = (before: ReadonlyArray<Message>, question: string, stableSystem: string, caller: Caller) =>
  Effect.gen(function* () {
    const model = yield* Model
    const now = new Date(yield* Clock.currentTimeMillis)
    const changingSystem = SystemPrompt.changing(now, yield* facts, caller.userName)
    let messages: ReadonlyArray<Message> = [...before, said("user", question)]
    // Ends with the agent's word whatever happened, so that no call stays without its result.
    const end = (text: string): Turn => ({ text, messages: [...messages, said("assistant", text)] })

    for (let round = 0; round < MOST_ROUNDS; round++) {
      const asked = yield* Effect.either(
        model.ask({ stableSystem, changingSystem, messages, tools: Toolbox.descriptions }),
      )
      if (asked._tag === "Left") {
        yield* Effect.logWarning(`No answer from the model: ${asked.left.message}`)
        const turn = end(sayOf(asked.left))
        // What is refused once is refused again: the next message begins anew.
        return asked.left.reason === "Refused" ? { ...turn, messages: [] } : turn
      }
      const answer = asked.right
      // A refused conversation is refused again: this turn is forgotten.
      if (answer.stopReason === "refusal") return { text: SORRY.refused, messages: before }
      if (!usesTools(answer)) return end(conclude(answer))
      const calls = callsIn(answer)
      const results = yield* Effect.forEach(calls, (call) => Toolbox.use(call, caller), {
        concurrency: "unbounded",
      })
      const content = answer.content.filter((block) => block.type !== "text" || block.text.trim() !== "")
      messages = [...messages, { role: "assistant", content }, { role: "user", content: results }]
    }
    return end(SORRY.tooLong)
  })

/** Answers a user's message in a chat, and keeps what was said. */
export const answer = (text: string, stableSystem: string, caller: Caller) =>
  Effect.gen(function* () {
    const conversations = yield* Conversations
    const turn = yield* takeTurn(yield* conversations.recall(caller.chatId), text, stableSystem, caller)
    yield* conversations.keep(caller.chatId, turn.messages)
    return turn.text
  }).pipe(Effect.withSpan("Agent.answer", { captureStackTrace: false }))
