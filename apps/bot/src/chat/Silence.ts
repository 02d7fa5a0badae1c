/** Patience that the messenger asked for: until its time is over nothing is sent, by later runs neither. */
import { Clock, Duration, Effect } from "effect"
import { ChatError, type Service as ChatService } from "./Chat.js"
import type * as ChatFile from "./ChatFile.js"

/** Milliseconds of a silence that are left; clocks that were set back do not make it longer than it was. */
export const left = (silence: ChatFile.State["silence"], now: number): number =>
  silence === undefined ? 0 : Math.max(0, Math.min(silence.until - now, silence.until - silence.from))

const monotonic = Effect.map(Clock.currentTimeNanos, (nanos) => Duration.toMillis(Duration.nanos(nanos)))

/** A messenger that is asked for nothing while it wants silence: such requests fail at once, with the time that is left. */
export const keeping = (chat: ChatService, { read, change }: ChatFile.Service) =>
  Effect.gen(function* () {
    // Within a process, the system's clock may jump.
    let end = (yield* monotonic) + left(read().silence, yield* Clock.currentTimeMillis)

    const begin = (milliseconds: number) =>
      Effect.gen(function* () {
        const until = (yield* monotonic) + milliseconds
        if (until <= end) return
        end = until
        const from = yield* Clock.currentTimeMillis
        // On disk first: a process that is killed after the log line must not send too early when it is back.
        yield* change((state) => ({ ...state, silence: { from, until: from + milliseconds } }), true)
        yield* Effect.logWarning(
          `Telegram asks for patience (429): nothing is sent to it for ${Math.ceil(milliseconds / 1_000)} seconds`,
        )
      })

    const kept = <A>(request: Effect.Effect<A, ChatError>): Effect.Effect<A, ChatError> =>
      Effect.gen(function* () {
        const retryAfter = end - (yield* monotonic)
        if (retryAfter > 0) {
          const message = `429, and to be asked again in ${Math.ceil(retryAfter / 1_000)} seconds`
          return yield* Effect.fail(new ChatError({ reason: "TooMany", message, retryAfter }))
        }
        return yield* Effect.tapError(request, (error) =>
          error.reason === "TooMany" && error.retryAfter !== undefined && error.retryAfter > 0
            ? begin(error.retryAfter)
            : Effect.void,
        )
      })

    const service: ChatService = {
      connect: kept(chat.connect),
      receive: (after) => kept(chat.receive(after)),
      send: (place, message) => kept(chat.send(place, message)),
      edit: (chatId, messageId, message) => kept(chat.edit(chatId, messageId, message)),
      answerPress: (pressId, text, options) => kept(chat.answerPress(pressId, text, options)),
      showTyping: (place) => kept(chat.showTyping(place)),
    }
    return service
  })
