/** Sending that does not give up at once: waits as asked, tries again, and falls back to plain text. */
import { Effect, Option, Schedule } from "effect"
import { type Buttons, Chat, type ChatError, type Outgoing, type Place } from "./Chat.js"
import { split } from "./Split.js"

/** Tries in all, for what may work a little later. */
const TRIES = 5

/** The longest that is waited between two tries for which the messenger names no time, in milliseconds. */
const LONGEST = 60_000

const isPassing = ({ reason }: ChatError): boolean => reason === "TooMany" || reason === "Unreachable"

/** The retry policy of a message. */
interface Patience {
  /** `true` gives up after five attempts without a response. @default true */
  readonly giveUp?: boolean
}

/** Tries again when the messenger says that it may be asked, or after 0.5, 1, 2, … seconds where it says nothing. */
const patiently = <A>(
  request: Effect.Effect<A, ChatError>,
  { giveUp = true }: Patience = {},
): Effect.Effect<A, ChatError> => {
  const record = (tried: number): Effect.Effect<A, ChatError> =>
    Effect.catchIf(request, isPassing, (error) => {
      const { retryAfter } = error
      if (retryAfter !== undefined) return Effect.zipRight(Effect.sleep(retryAfter), record(tried))
      if (giveUp && tried >= TRIES) return Effect.fail(error)
      const wait = Math.min(LONGEST, 500 * 2 ** (tried - 1))
      return Effect.zipRight(Effect.sleep(wait), record(tried + 1))
    })
  return record(1)
}

const warn = (doing: string) => (error: ChatError) =>
  Effect.logWarning(`Could not ${doing}: ${error.message}`)

const sendOne = ({ chatId, threadId }: Place, message: Outgoing, patience?: Patience) =>
  Effect.flatMap(Chat, (chat) => {
    const sendTo = (place: Place) =>
      patiently(chat.send(place, message), patience).pipe(
        Effect.catchIf(
          ({ reason }) => message.markdown === true && (reason === "Markup" || reason === "Refused"),
          () => patiently(chat.send(place, { ...message, markdown: false }), patience),
        ),
      )
    return sendTo({ chatId, threadId }).pipe(
      // A topic may be closed or deleted while the bot is at work: what it has to say still belongs in the group.
      Effect.catchIf(
        ({ reason }) => reason === "NoTopic" && threadId !== undefined,
        () => sendTo({ chatId }),
      ),
    )
  })

/** Sends what the agent says, in as many messages as it takes; what cannot be sent is logged. */
export const say = (place: Place, text: string): Effect.Effect<void, never, Chat> =>
  Effect.forEach(split(text), (part) => sendOne(place, { text: part, markdown: true }), {
    discard: true,
  }).pipe(Effect.catchAll(warn("send an answer")))

/** Sends plain text with buttons, and gives its id; `undefined` where it could not be sent, which is logged. */
export const sendPlain = (
  place: Place,
  text: string,
  buttons?: Buttons,
  patience?: Patience,
): Effect.Effect<number | undefined, never, Chat> =>
  sendOne(place, { text, ...(buttons !== undefined && { buttons }) }, patience).pipe(
    Effect.tapError(warn("send a message")),
    Effect.option,
    Effect.map(Option.getOrUndefined),
  )

const edit = (
  chatId: number,
  messageId: number,
  text: string,
  patience?: Patience,
): Effect.Effect<boolean, never, Chat> =>
  Effect.flatMap(Chat, (chat) =>
    patiently(chat.edit(chatId, messageId, { text, buttons: [] }), patience),
  ).pipe(
    Effect.as(true),
    Effect.catchIf(
      ({ reason }) => reason === "Unchanged",
      () => Effect.succeed(true),
    ),
    Effect.catchAll((error) => Effect.as(warn("edit a message")(error), false)),
  )

/**
 * Replaces a message of the bot by plain text without buttons. Where that does not work any more, sends a new message:
 * an outcome must not get lost. Gives whether it was delivered; where not, that is logged.
 */
export const replace = (
  place: Place,
  messageId: number,
  text: string,
  patience?: Patience,
): Effect.Effect<boolean, never, Chat> =>
  Effect.flatMap(edit(place.chatId, messageId, text, patience), (isDone) =>
    isDone
      ? Effect.succeed(true)
      : Effect.map(sendPlain(place, text, undefined, patience), (sent) => sent !== undefined),
  )

/** Answers a press. One that is too old to be answered costs nothing. */
export const answerPress = (
  pressId: string,
  text: string,
  options?: { readonly isAlert?: boolean },
): Effect.Effect<void, never, Chat> =>
  Effect.flatMap(Chat, (chat) => chat.answerPress(pressId, text, options)).pipe(
    Effect.retry({ times: 1, while: isPassing, schedule: Schedule.spaced(500) }),
    Effect.catchAll((error) => Effect.logDebug(`A press could not be answered: ${error.message}`)),
  )

/** Milliseconds after which "typing…" is shown again; Telegram takes it away after five seconds. */
const TYPING = 4_000

/** Shows that the bot is at work for as long as an effect runs. */
export const typingWhile =
  (place: Place) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Chat> =>
    Effect.scoped(
      Effect.gen(function* () {
        const chat = yield* Chat
        const show = Effect.ignore(chat.showTyping(place))
        yield* Effect.forkScoped(Effect.forever(Effect.zipRight(show, Effect.sleep(TYPING))))
        return yield* work
      }),
    )
