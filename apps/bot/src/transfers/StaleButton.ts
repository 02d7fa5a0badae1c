/** Buttons of which this process knows nothing: they were shown before a restart, or long ago. */
import { Effect } from "effect"
import type { Chat, Press } from "../chat/Chat.js"
import * as Delivery from "../chat/Delivery.js"
import { Groups } from "../chat/Groups.js"
import * as Messages from "./Messages.js"
import * as TransferHistory from "./TransferHistory.js"

/** Answers a press with a text that its user has to close. */
export const alert = (press: Press, text: string): Effect.Effect<void, never, Chat> =>
  Delivery.answerPress(press.pressId, text, { isAlert: true })

/** Tells what the trail knows of the transfer behind a button, to the user who staged it. */
export const answer = (
  press: Press,
  stagedId: string,
): Effect.Effect<void, never, Chat | Groups | TransferHistory.Needs> =>
  Effect.gen(function* () {
    const stager = yield* TransferHistory.stagerOf(stagedId)
    if (stager === undefined) return yield* alert(press, Messages.lost)
    const { current } = yield* Groups
    const isSameChat = stager.chatId !== undefined && current(stager.chatId) === current(press.chatId)
    if (stager.userId !== press.userId || !isSameChat) {
      return yield* alert(press, "Only the person who asked for this transfer can confirm or cancel it.")
    }
    // Telegram does not name the topic of an old message.
    const place = { chatId: press.chatId, threadId: press.threadId ?? stager.threadId }
    const record = yield* TransferHistory.attemptAt(press.chatId, press.messageId)
    if (record === undefined) {
      yield* alert(press, Messages.lost)
      return void (yield* Delivery.replace(place, press.messageId, Messages.lost))
    }
    yield* alert(press, "This was already confirmed; see the message.")
    yield* Delivery.replace(place, press.messageId, Messages.outcome(record))
  }).pipe(
    Effect.catchAll((error) =>
      Effect.zipRight(
        Effect.logWarning(`A press could not be looked up: ${error.message}`),
        alert(press, "I cannot look up this transfer right now. Nothing was sent by this press."),
      ),
    ),
  )
