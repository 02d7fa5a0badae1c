/** Messages of transfers whose outcome became known later, or did not reach its message before a restart. */
import { Effect } from "effect"
import type { Attempt } from "tsequence/safeguards"
import * as Delivery from "../chat/Delivery.js"
import * as Texts from "./Texts.js"
import * as Trail from "./Trail.js"

const showAt = (attempt: Attempt, show: typeof Delivery.replace) =>
  Effect.suspend(() => {
    const { chatId, threadId, messageId } = attempt.intent.actor
    return chatId === undefined || messageId === undefined
      ? Effect.void
      : show({ chatId, threadId }, messageId, Texts.outcome(attempt))
  })

/** Says what was found of a transfer, in the message that it was confirmed in. */
export const onChange = (attempt: Attempt) => showAt(attempt, Delivery.replace)

/** After a restart; most messages say what they should already, and some were deleted since. */
export const mendAll = Trail.unsettled.pipe(
  Effect.flatMap((attempts) =>
    Effect.forEach(
      attempts,
      (attempt) =>
        showAt(attempt, ({ chatId }, ...message) => Effect.asVoid(Delivery.edit(chatId, ...message))),
      { discard: true },
    ),
  ),
  Effect.catchAll((error) => Effect.logWarning(`Earlier transfers could not be looked up: ${error.message}`)),
)
