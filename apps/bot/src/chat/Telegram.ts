/** Telegram as the bot's messenger. Nothing else in the bot knows telegraf, or Telegram's own names. */

import { globalAgent } from "node:https"
import { AbortController as TelegrafAbortController } from "abort-controller"
import { Effect, Layer, Redacted } from "effect"
import { Telegram, TelegramError } from "telegraf"
import { EnvProxy } from "tsequence/app"
import {
  type Buttons,
  Chat,
  ChatError,
  type Outgoing,
  type Place,
  type Reason,
  type Service,
  type Update,
} from "./Chat.js"
import * as Unreachable from "./Unreachable.js"

/** The token and the address of the Bot API. */
export interface Options {
  readonly token: Redacted.Redacted<string>
  /** Another address of the Bot API. Default: Telegram's own. */
  readonly apiRoot?: string | undefined
}

const TELEGRAM = "https://api.telegram.org"

/** Seconds that Telegram holds a question for updates open. */
const POLL_SECONDS = 30

/** Milliseconds that a request may take; a question for updates takes longer by the time that it is held open. */
const PATIENCE = 20_000

type RawUpdate = Awaited<ReturnType<Telegram["getUpdates"]>>[number]

/** The location of a message. A message that Telegram no longer shows has no topic. */
interface Located {
  readonly chat: { readonly id: number; readonly type: string }
  readonly message_thread_id?: number | undefined
  readonly is_topic_message?: boolean | undefined
}

// Outside of topics, Telegram gives threads of replies a number too; it takes none of these for sending.
const sceneOf = ({ chat, message_thread_id, is_topic_message }: Located) => ({
  chatId: chat.id,
  isPrivate: chat.type === "private",
  threadId: is_topic_message === true ? message_thread_id : undefined,
})

const targetOf = ({ chatId, threadId }: Place) => ({
  chat_id: chatId,
  ...(threadId !== undefined && { message_thread_id: threadId }),
})

const toUpdate = (raw: RawUpdate): Update => {
  const updateId = raw.update_id
  const other: Update = { _tag: "Other", updateId }
  if ("message" in raw) {
    const { message } = raw
    if ("migrate_to_chat_id" in message) {
      return { _tag: "Moved", updateId, from: message.chat.id, to: message.migrate_to_chat_id }
    }
    if ("migrate_from_chat_id" in message) {
      return { _tag: "Moved", updateId, from: message.migrate_from_chat_id, to: message.chat.id }
    }
    // Who writes in the name of a channel or of the group is nobody that could be looked up.
    if (!("text" in message) || message.from === undefined || message.sender_chat !== undefined) return other
    const { text, date, from } = message
    return { _tag: "Message", updateId, userId: from.id, text, sentAt: date * 1_000, ...sceneOf(message) }
  }
  if ("callback_query" in raw) {
    const { callback_query: press } = raw
    if (press.message === undefined || !("data" in press)) return other
    const { message, from, id, data } = press
    return {
      _tag: "Press",
      updateId,
      userId: from.id,
      pressId: id,
      messageId: message.message_id,
      data,
      ...sceneOf(message),
    }
  }
  return other
}

const reasonOf = (code: number, description: string): Reason => {
  if (code === 401 || code === 404) return "Unauthorized"
  if (code === 409) return "Conflict"
  if (code === 429) return "TooMany"
  if (code >= 500) return "Unreachable"
  if (/TOPIC_(CLOSED|DELETED)|message thread not found/i.test(description)) return "NoTopic"
  if (/message is not modified/i.test(description)) return "Unchanged"
  return /can't parse entities|can't find end/i.test(description) ? "Markup" : "Refused"
}

const keyboardOf = (buttons: Buttons = []) => ({
  inline_keyboard: buttons.map((row) => row.map(({ label, data }) => ({ text: label, callback_data: data }))),
})

const withSlash = (address: string): string => (address.endsWith("/") ? address : `${address}/`)

/** telegraf takes signals of the package that it was written with, and no others. */
const signalFor = (signal: AbortSignal) => {
  const controller = new TelegrafAbortController()
  signal.addEventListener("abort", () => controller.abort(), { once: true })
  return controller.signal
}

type Signal = ReturnType<typeof signalFor>

/** Talks to Telegram. */
const make = ({ token, apiRoot }: Options): Service => {
  const secret = Redacted.value(token)
  const address = withSlash(apiRoot ?? TELEGRAM)
  // The agent of the runtime's own knows the proxies of the environment; telegraf's does not.
  const telegram = new Telegram(secret, { apiRoot: address, agent: globalAgent })
  const { host } = new URL(address)
  const proxy = EnvProxy.proxyFor(process.env, address)

  // What telegraf throws may hold the address, and the token stands in it.
  const toError = (thrown: unknown): ChatError => {
    // What stands between may give answers of its own kind.
    if (thrown instanceof TelegramError && Number.isInteger(thrown.code)) {
      const { code, description, parameters } = thrown
      const seconds = parameters?.retry_after
      return new ChatError({
        reason: reasonOf(code, description),
        message: `${code} ${description.replaceAll(secret, "•••")}`,
        movedTo: parameters?.migrate_to_chat_id,
        retryAfter: seconds === undefined ? undefined : seconds * 1_000,
      })
    }
    return new ChatError({ reason: "Unreachable", message: Unreachable.explain(host, thrown, proxy) })
  }

  const call = <A>(run: (signal: Signal) => Promise<A>, patience = PATIENCE): Effect.Effect<A, ChatError> =>
    Effect.tryPromise({ try: (signal) => run(signalFor(signal)), catch: toError }).pipe(
      Effect.timeoutFail({
        duration: patience,
        onTimeout: () =>
          new ChatError({
            reason: "Unreachable",
            message: `no answer from ${host} in ${patience / 1_000} seconds`,
          }),
      }),
    )

  const optionsOf = ({ markdown, buttons }: Outgoing) => ({
    link_preview_options: { is_disabled: true },
    ...(markdown === true && { parse_mode: "Markdown" as const }),
    ...(buttons !== undefined && { reply_markup: keyboardOf(buttons) }),
  })

  return {
    // As long as a webhook is set, Telegram gives no updates to who asks for them.
    connect: call((signal) => telegram.callApi("getMe", {}, { signal })).pipe(
      Effect.zipLeft(
        Effect.catchIf(
          call((signal) => telegram.callApi("deleteWebhook", {}, { signal })),
          ({ reason }) => reason !== "TooMany",
          () => Effect.void,
        ),
      ),
      Effect.map(({ username }) => username),
    ),
    receive: (after) =>
      call(
        (signal) =>
          telegram.callApi(
            "getUpdates",
            {
              timeout: POLL_SECONDS,
              allowed_updates: ["message", "callback_query"],
              ...(after !== undefined && { offset: after + 1 }),
            },
            { signal },
          ),
        PATIENCE + POLL_SECONDS * 1_000,
      ).pipe(Effect.map((updates) => updates.map(toUpdate))),
    send: (place, message) =>
      call((signal) =>
        telegram.callApi(
          "sendMessage",
          { ...targetOf(place), text: message.text, ...optionsOf(message) },
          { signal },
        ),
      ).pipe(Effect.map(({ message_id }) => message_id)),
    edit: (chatId, messageId, message) =>
      call((signal) =>
        telegram.callApi(
          "editMessageText",
          { chat_id: chatId, message_id: messageId, text: message.text, ...optionsOf(message) },
          { signal },
        ),
      ).pipe(Effect.asVoid),
    answerPress: (pressId, text, { isAlert = false } = {}) =>
      call((signal) =>
        telegram.callApi(
          "answerCallbackQuery",
          { callback_query_id: pressId, text, show_alert: isAlert },
          { signal },
        ),
      ).pipe(Effect.asVoid),
    showTyping: (place) =>
      call((signal) =>
        telegram.callApi("sendChatAction", { ...targetOf(place), action: "typing" }, { signal }),
      ).pipe(Effect.asVoid),
  }
}

/** Telegram as the messenger. */
export const layer = (options: Options): Layer.Layer<Chat> => Layer.sync(Chat, () => make(options))
