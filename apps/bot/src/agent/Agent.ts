/** The agent: asks the model, uses the tools that it calls, and stops at the first answer without a call. */
import { Clock, Effect, Either } from "effect"
import { MemoryStore } from "../memory/MemoryStore.js"
import type { ToolCaller } from "../tools/Tool.js"
import * as Toolbox from "../tools/Toolbox.js"
import { callIds, callsIn, sendable, textOf } from "./Blocks.js"
import { Conversations } from "./Conversation.js"
import { type Answer, type Block, Model, type ModelError, type Turn } from "./Model.js"
import * as SystemPrompt from "./SystemPrompt.js"

/** Questions to the model that one message of a user may cost. */
const MOST_ROUNDS = 20

const SORRY = {
  tooLong: "Sorry, that took more steps than I can take for one message. Please ask for a part of it.",
  empty: "Done thinking, and I have nothing to add. What would you like to know?",
  refused: "Sorry, I cannot help with that.",
  cut: "(My answer was too long and was cut off here.)",
  cutAtOnce:
    "Sorry, my answer was cut off before it began. The operator of this bot can set agent.max_tokens higher.",
  odd: "Sorry, I stopped in the middle of that. Please ask again.",
  busy: "Sorry, I am overloaded right now. Please try again in a minute.",
  unreachable:
    "Sorry, I cannot think right now: my language model does not answer. Please try again in a minute.",
  broken: "Sorry, my language model refuses my request.",
  full: "This conversation got too long for me, so I am starting a new one. Please ask again.",
} as const

const sayOf = ({ reason, advice = "" }: ModelError): string =>
  reason === "Busy"
    ? SORRY.busy
    : reason === "Unreachable"
      ? SORRY.unreachable
      : `${SORRY.broken} ${advice}`.trim()

/** The model stopped for another reason than its tools: what is said then. */
const conclude = (answer: Answer): string => {
  const text = textOf(answer.content)
  const withText = (note: string) => (text === "" ? note : `${text}\n\n${note}`)
  switch (answer.stopReason) {
    case "end_turn":
    case "stop_sequence":
      return text === "" ? SORRY.empty : text
    case "refusal":
      return SORRY.refused
    case "max_tokens":
      return text === "" ? SORRY.cutAtOnce : withText(SORRY.cut)
    case "model_context_window_exceeded":
      return SORRY.full
    default:
      return withText(SORRY.odd)
  }
}

/** A turn that ended: what to say, and what the conversation is from now on. */
interface Ended {
  readonly text: string
  readonly turns: ReadonlyArray<Turn>
}

const words = (text: string): ReadonlyArray<Block> => [{ type: "text", text }]

/** Facts that cannot be read must not keep the bot from answering. */
const facts = Effect.flatMap(MemoryStore, ({ list }) => list).pipe(
  Effect.catchAll((error) => Effect.logWarning(error.message).pipe(Effect.as([]))),
)

const usesTools = ({ stopReason, content }: Answer): boolean =>
  stopReason === "tool_use" && callsIn(content).length > 0

/** Leaves out earlier turns that hold one of some ids: the Messages API takes each once. */
const withoutIds = (turns: ReadonlyArray<Turn>, ids: ReadonlySet<unknown>): ReadonlyArray<Turn> =>
  turns.filter((turn) => [...callIds(turn)].every((id) => !ids.has(id)))

const takeTurn = (
  earlier: ReadonlyArray<Turn>,
  question: string,
  stableSystem: string,
  caller: ToolCaller,
): Effect.Effect<Ended, never, Model | MemoryStore | Toolbox.Needs> =>
  Effect.gen(function* () {
    const model = yield* Model
    const now = new Date(yield* Clock.currentTimeMillis)
    const changingSystem = SystemPrompt.changing(now, yield* facts, caller.userName)
    let before = earlier
    let turn: Turn = [{ role: "user", content: [{ type: "text", text: question }] }]
    // Ends with the agent's word whatever happened, so that no call stays without its result.
    const end = (text: string, content = words(text)): Ended => {
      const last = { role: "assistant", content } as const
      return { text, turns: [...withoutIds(before, callIds([last])), [...turn, last]] }
    }

    for (let round = 0; round < MOST_ROUNDS; round++) {
      const messages = [...before.flat(), ...turn]
      const asked = yield* Effect.either(
        model.ask({ stableSystem, changingSystem, messages, tools: Toolbox.descriptions }),
      )
      if (Either.isLeft(asked)) {
        yield* Effect.logWarning(`No answer from the model: ${asked.left.message}`)
        const text = sayOf(asked.left)
        switch (asked.left.reason) {
          case "Unfit":
            return { text, turns: [] }
          case "Refused":
            return { text, turns: before }
          default:
            return end(text)
        }
      }
      const answer = asked.right
      // A refused conversation is refused again: this turn is forgotten.
      if (answer.stopReason === "refusal") return { text: SORRY.refused, turns: before }
      if (answer.stopReason === "model_context_window_exceeded") return { text: SORRY.full, turns: [] }
      const content = sendable(answer.content, callIds(turn))
      if (!usesTools(answer) || Either.isLeft(content)) {
        if (usesTools(answer) && Either.isLeft(content)) {
          yield* Effect.logWarning(`An answer of the model was not followed, because ${content.left}.`)
        }
        const text = conclude(answer)
        // Either every block as it came, or the words that the user reads.
        const isLastWord = Either.isRight(content) && callsIn(content.right).length === 0
        return isLastWord ? end(text, content.right) : end(text)
      }
      const said = { role: "assistant", content: content.right } as const
      before = withoutIds(before, callIds([said]))
      const results = yield* Effect.forEach(callsIn(said.content), (call) => Toolbox.use(call, caller), {
        concurrency: "unbounded",
      })
      turn = [...turn, said, { role: "user", content: results }]
    }
    return end(SORRY.tooLong)
  })

/** Answers a user's message in a chat, and keeps what was said. */
export const answer = (text: string, stableSystem: string, caller: ToolCaller) =>
  Effect.gen(function* () {
    // The Messages API takes no blank text, and cutting a long message can leave one.
    if (text.trim() === "") return SORRY.empty
    const conversations = yield* Conversations
    const { text: said, turns } = yield* takeTurn(
      yield* conversations.recall(caller.chatId),
      text,
      stableSystem,
      caller,
    )
    yield* conversations.keep(caller.chatId, turns)
    return said
  }).pipe(Effect.withSpan("Agent.answer", { captureStackTrace: false }))
