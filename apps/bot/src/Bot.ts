/** Who is answered, and in which order: messages of one chat one after another, presses at once. */
import { Clock, Effect, FiberSet } from "effect"
import * as Agent from "./agent/Agent.js"
import { Chat, type ChatError, type Press, type TextMessage, type Update } from "./chat/Chat.js"
import * as Delivery from "./chat/Delivery.js"
import { cut } from "./chat/Split.js"
import type { ConfigFile } from "./config/ConfigFile.js"
import * as RateLimit from "./RateLimit.js"
import type { Caller } from "./tools/Tool.js"
import { Desk } from "./transfers/Desk.js"
import * as UpdateLog from "./UpdateLog.js"

/** Messages older than this when the bot starts are not worked on, in milliseconds. */
const TOO_OLD = 5 * 60_000

/** Milliseconds between two tries to reach the messenger; doubled until the second. */
const [SOON, LATER] = [250, 30_000]

/** Milliseconds between an answer without updates and the next question. */
const IDLE = 100

const WELCOME =
  "Hello! I answer questions about the Sequence account: balances, pods, ports and recent activity. I can also prepare transfers; money moves only when whoever asked presses Confirm under the message that shows the transfer. Ask me in your own words."

const SLOW_DOWN = "Slow down, please: that is more than I can keep up with. Try again in a minute."

const WAS_AWAY =
  "I was away, and have not worked on what was written here meanwhile. Please ask again for what still matters."

/** What the bot is run with. */
export interface Options {
  readonly file: ConfigFile
  readonly dataDir: string
}

const isStart = (text: string, botName: string): boolean => {
  const [command = ""] = text.trim().split(/\s/, 1)
  return command === "/start" || command.toLowerCase() === `/start@${botName.toLowerCase()}`
}

/** Waits longer and longer while the messenger cannot be reached; fails where it never will be. */
const whileUnreachable = <A>(request: Effect.Effect<A, ChatError>) => {
  const attempt = (wait: number): Effect.Effect<A, ChatError> =>
    request.pipe(
      Effect.catchIf(
        ({ reason }) => reason !== "Unauthorized",
        (error) =>
          Effect.logWarning(
            error.reason === "Conflict"
              ? "Another program reads this bot's messages with the same token. Stop it; trying again."
              : `Telegram cannot be read, trying again: ${error.message}`,
          ).pipe(
            Effect.zipRight(Effect.sleep(error.retryAfter ?? wait)),
            Effect.zipRight(attempt(Math.min(LATER, wait * 2))),
          ),
      ),
    )
  return attempt(SOON)
}

/** Runs the bot until it is interrupted; fails where the messenger does not know the token. */
export const run = ({ file, dataDir }: Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { telegram, systemPrompt } = file
      const chat = yield* Chat
      const desk = yield* Desk
      const startedAt = yield* Clock.currentTimeMillis
      const seen = yield* UpdateLog.make(dataDir)
      const verdictOn = RateLimit.make({
        messages: telegram.rateLimitMessages,
        window: telegram.rateLimitWindow,
      })
      const turns = new Map<number, Effect.Semaphore>()
      const toldAway = new Set<number>()
      const fork = yield* FiberSet.makeRuntime<Effect.Effect.Context<ReturnType<typeof work>> | Chat>()
      const botName = yield* whileUnreachable(chat.connect)
      yield* Effect.logInfo(`Listening as @${botName}`)
      yield* Effect.forkScoped(desk.watch)

      const nameOf = ({ userId, chatId, isPrivate }: TextMessage | Press): string | undefined =>
        (isPrivate ? chatId === userId : chatId === telegram.groupId) ? telegram.users.get(userId) : undefined

      const turnOf = (chatId: number) => {
        const turn = turns.get(chatId) ?? Effect.unsafeMakeSemaphore(1)
        turns.set(chatId, turn)
        return turn
      }

      const onMessage = (message: TextMessage, userName: string) =>
        Effect.gen(function* () {
          const { chatId, threadId, userId, text } = message
          const tell = (words: string) => void fork(Effect.asVoid(Delivery.sendPlain(message, words)))
          if (startedAt - message.sentAt > TOO_OLD) {
            if (toldAway.has(chatId)) return
            toldAway.add(chatId)
            return tell(WAS_AWAY)
          }
          const verdict = verdictOn(userId, yield* Clock.currentTimeMillis)
          if (verdict === "SlowDown") tell(SLOW_DOWN)
          if (verdict !== "Work" || text.trim() === "") return
          if (isStart(text, botName)) return tell(WELCOME)
          const caller = { userId, userName, chatId, threadId }
          const asked = work(cut(text, telegram.maxMessageLength), systemPrompt, caller)
          fork(turnOf(chatId).withPermits(1)(asked))
        })

      const handle = (update: Update) =>
        Effect.gen(function* () {
          if (!(yield* seen.isNew(update.updateId)) || update._tag === "Other") return
          const userName = nameOf(update)
          if (userName === undefined) return
          if (update._tag === "Press") fork(desk.press(update, userName))
          else yield* onMessage(update, userName)
        })

      const poll = Effect.flatMap(seen.newest, (newest) => whileUnreachable(chat.receive(newest))).pipe(
        // A server that does not hold questions open must not be asked without a pause.
        Effect.tap((updates) => (updates.length === 0 ? Effect.sleep(IDLE) : Effect.void)),
        Effect.flatMap((updates) =>
          Effect.forEach(
            [...updates].sort((a, b) => a.updateId - b.updateId),
            handle,
            { discard: true },
          ),
        ),
      )
      return yield* Effect.forever(poll)
    }),
  )

/** Lets the agent answer, and shows what it staged. */
const work = (text: string, systemPrompt: string, caller: Caller) =>
  Effect.gen(function* () {
    const desk = yield* Desk
    const answer = yield* Agent.answer(text, systemPrompt, caller).pipe(Delivery.typingWhile(caller))
    yield* Delivery.say(caller, answer)
    yield* desk.show(caller)
  }).pipe(
    Effect.catchAllCause((cause) =>
      Effect.zipRight(
        Effect.logError("A message could not be worked on", cause),
        Delivery.sendPlain(caller, "Sorry, something broke on my side. Please try again."),
      ),
    ),
    Effect.asVoid,
  )
