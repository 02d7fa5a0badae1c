/**
 * The follow-up of confirmed transfers: the message that was confirmed shows the outcome, however long that takes, and
 * after restarts too.
 */
import { Context, Effect, Layer } from "effect"
import type { TransferRecord } from "tsequence/safeguards"
import type { Chat, Place } from "../chat/Chat.js"
import { ChatFile, type State } from "../chat/ChatFile.js"
import * as Delivery from "../chat/Delivery.js"
import * as Messages from "./Messages.js"
import * as TransferHistory from "./TransferHistory.js"

/** A message that shows a transfer. */
interface Shown extends Place {
  readonly messageId: number
}

/** The outcome to show for a transfer. */
export interface Outcome {
  readonly text: string
  /** The status of the transfer. */
  readonly status: TransferRecord["status"]
}

/** The service that shows outcomes. */
export interface Service {
  /** Notes, before money moves, that a message will have to show an outcome. */
  readonly expect: (shown: Shown) => Effect.Effect<void>
  /** Shows an outcome, and does not give up while the messenger cannot be reached. */
  readonly tell: (shown: Shown, outcome: Outcome) => Effect.Effect<void>
  /** Shows what was found out of a transfer. */
  readonly onChange: (record: TransferRecord) => Effect.Effect<void>
  /** Shows what an earlier run left unsaid. */
  readonly resume: Effect.Effect<void>
}

/** Outcomes on their way to the chat. */
export class FollowUp extends Context.Tag("tsequence-bot/FollowUp")<FollowUp, Service>() {}

/** Statuses after which something may still be found out. */
const OPEN: ReadonlySet<TransferRecord["status"]> = new Set<TransferRecord["status"]>(["open", "unknown"])

type Open = NonNullable<State["open_outcomes"]>[number]

const isOf =
  ({ chatId, messageId }: Shown) =>
  ({ chat_id, message_id }: Open): boolean =>
    chat_id === chatId && message_id === messageId

const outcomeOf = (record: TransferRecord): Outcome => ({
  text: Messages.outcome(record),
  status: record.status,
})

const make = Effect.gen(function* () {
  const context = yield* Effect.context<Chat | TransferHistory.Needs>()
  const file = yield* ChatFile
  const turns = new Map<string, Effect.Semaphore>()

  const turnOf = ({ chatId, messageId }: Shown): Effect.Semaphore => {
    const key = `${chatId}:${messageId}`
    const turn = turns.get(key) ?? Effect.unsafeMakeSemaphore(1)
    turns.set(key, turn)
    return turn
  }

  /** Notes what a message shows; `undefined` where it will never change again. */
  const note = (shown: Shown, open: Omit<Open, "chat_id" | "message_id"> | undefined) =>
    file.change(({ open_outcomes = [], ...state }) => {
      const others = open_outcomes.filter((one) => !isOf(shown)(one))
      const entry = { chat_id: shown.chatId, message_id: shown.messageId, ...open }
      return { ...state, open_outcomes: open === undefined ? others : [...others, entry] }
    }, true)

  const tell: Service["tell"] = (shown, { text, status }) =>
    Effect.gen(function* () {
      const isOpen = OPEN.has(status)
      if (!(file.read().open_outcomes ?? []).some(isOf(shown))) yield* note(shown, {})
      const isTold = yield* Delivery.replace(shown, shown.messageId, text, { giveUp: false })
      if (isTold) yield* note(shown, isOpen ? { told: status } : undefined)
    }).pipe(turnOf(shown).withPermits(1), Effect.provide(context))

  const onChange: Service["onChange"] = (record) => {
    const { chatId, threadId, messageId } = record.intent.actor
    return chatId === undefined || messageId === undefined
      ? Effect.void
      : tell({ chatId, threadId, messageId }, outcomeOf(record))
  }

  const resumeOne = ({ chat_id, message_id, told }: Open) =>
    Effect.gen(function* () {
      const shown = { chatId: chat_id, messageId: message_id }
      const record = yield* TransferHistory.attemptAt(chat_id, message_id)
      // Confirmed, but the bot ended before the transfer was on record: it was never sent.
      if (record === undefined) return yield* tell(shown, { text: Messages.lost, status: "not_sent" })
      if (record.status !== told) yield* onChange(record)
    }).pipe(
      Effect.catchAll((error) =>
        Effect.logWarning(`An earlier transfer could not be looked up: ${error.message}`),
      ),
      Effect.provide(context),
    )

  const resume = Effect.suspend(() =>
    Effect.forEach(file.read().open_outcomes ?? [], resumeOne, { concurrency: "unbounded", discard: true }),
  )

  const service: Service = { expect: (shown) => note(shown, {}), tell, onChange, resume }
  return service
})

/** Outcomes over the messenger and the trail in context. */
export const layer = Layer.effect(FollowUp, make)
