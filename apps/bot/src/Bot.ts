/** The bot's main loop: it handles the messages of one chat one after another, and button presses at once. */
import { Clock, Effect, FiberSet, Queue } from "effect"
import * as Agent from "./agent/Agent.js"
import { Chat, type ChatError, type Press, type TextMessage, type Update } from "./chat/Chat.js"
import { ChatFile } from "./chat/ChatFile.js"
import * as Delivery from "./chat/Delivery.js"
import { Groups, type Move } from "./chat/Groups.js"
import { cut } from "./chat/Split.js"
import type { ConfigFile } from "./config/ConfigFile.js"
import * as RateLimit from "./RateLimit.js"
import type { ToolCaller } from "./tools/Tool.js"
import { PendingTransfers } from "./transfers/PendingTransfers.js"
import * as UpdateLog from "./UpdateLog.js"

/** Messages older than this when the bot starts are not worked on, in milliseconds. */
const TOO_OLD = 5 * 60_000

/** Milliseconds between two tries to reach the messenger; doubled until the second. */
const [SOON, LATER] = [250, 30_000]

/** Milliseconds between an answer without updates and the next question. */
const IDLE = 100

/** Ids of supergroups are below this one. */
const NO_SUPERGROUP = -1_000_000_000_000

const WELCOME =
  "Hello! I answer questions about your Sequence account: balances, pods, ports, and recent activity. I can also prepare transfers. A transfer is sent only after the person who asked for it presses Confirm under the message that shows it. Just ask in your own words."

const SLOW_DOWN = "Please slow down: that is more than I can keep up with. Try again in a minute."

const WAS_AWAY =
  "I was offline, and I have not worked on the messages that were sent here in that time. Please ask again for what you still need."

const isStart = (text: string, botName: string): boolean => {
  const [command = ""] = text.trim().split(/\s/, 1)
  return command === "/start" || command.toLowerCase() === `/start@${botName.toLowerCase()}`
}

/** Waits longer and longer while the messenger cannot be reached; fails where it never will be. */
const whileUnreachable = <A>(request: Effect.Effect<A, ChatError>) => {
  const record = (wait: number): Effect.Effect<A, ChatError> =>
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
            Effect.zipRight(record(Math.min(LATER, wait * 2))),
          ),
      ),
    )
  return record(SOON)
}

/** Says which group is served, and follows it when it gets a new id. */
const followGroup = (groupId: number) =>
  Effect.gen(function* () {
    const { current, moves } = yield* Groups
    const pending = yield* PendingTransfers
    const warn = Effect.suspend(() =>
      current(groupId) === groupId
        ? Effect.void
        : Effect.logWarning(
            `The group ${groupId} is a supergroup now, with the id ${current(groupId)}: the bot serves it under that id. Set telegram.group_id to ${current(groupId)} in the config file.`,
          ),
    )
    yield* warn
    // Only what would post there is told of a new id; of supergroups there is none.
    if (current(groupId) > NO_SUPERGROUP) yield* Effect.ignore((yield* Chat).showTyping({ chatId: groupId }))
    const follow = (move: Move) => Effect.zipRight(warn, pending.move(move))
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(moves), follow)))
  })

/** Runs the bot until it is interrupted; fails where the messenger does not know the token. */
export const run = ({ telegram, systemPrompt }: ConfigFile) =>
  Effect.scoped(
    Effect.gen(function* () {
      const chat = yield* Chat
      const pending = yield* PendingTransfers
      const { current, moved } = yield* Groups
      const startedAt = yield* Clock.currentTimeMillis
      const seen = UpdateLog.make(yield* ChatFile)
      const verdictOn = RateLimit.make({
        messages: telegram.rateLimitMessages,
        window: telegram.rateLimitWindow,
      })
      const turns = new Map<number, Effect.Semaphore>()
      const toldAway = new Set<number>()
      const toldElsewhere = new Set<number>()
      const fork = yield* FiberSet.makeRuntime<Effect.Effect.Context<ReturnType<typeof work>> | Chat>()
      const isServed = (chatId: number) => current(chatId) === current(telegram.groupId)

      /** All ids of the group have one turn. */
      const turnOf = (chatId: number) => {
        const key = isServed(chatId) ? telegram.groupId : chatId
        const turn = turns.get(key) ?? Effect.unsafeMakeSemaphore(1)
        turns.set(key, turn)
        return turn
      }

      const botName = yield* whileUnreachable(chat.connect)
      yield* Effect.logInfo(`Listening as @${botName}`)
      yield* followGroup(telegram.groupId)
      yield* Effect.forkScoped(pending.watch)

      /** A known user in another chat is most likely in the right one, and the file names another. */
      const noteElsewhere = ({ chatId }: TextMessage | Press, userName: string) =>
        Effect.suspend(() => {
          if (toldElsewhere.has(chatId)) return Effect.void
          toldElsewhere.add(chatId)
          return Effect.logWarning(
            `${userName} wrote in the chat ${chatId}, where the bot answers no one: telegram.group_id is ${telegram.groupId}.`,
          )
        })

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
          if (update._tag === "Moved") return isServed(update.from) ? yield* moved(update) : undefined
          const userName = telegram.users.get(update.userId)
          if (userName === undefined) return
          const isHere = update.isPrivate ? update.chatId === update.userId : isServed(update.chatId)
          if (!isHere) yield* noteElsewhere(update, userName)
          else if (update._tag === "Press") fork(pending.press(update, userName))
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
const work = (text: string, systemPrompt: string, caller: ToolCaller) =>
  Effect.gen(function* () {
    const pending = yield* PendingTransfers
    const answer = yield* Agent.answer(text, systemPrompt, caller).pipe(Delivery.typingWhile(caller))
    yield* Delivery.say(caller, answer)
    yield* pending.show(caller)
  }).pipe(
    Effect.catchAllCause((cause) =>
      Effect.zipRight(
        Effect.logError("A message could not be worked on", cause),
        Delivery.sendPlain(caller, "Sorry, something broke on my side. Please try again."),
      ),
    ),
    Effect.asVoid,
  )
