/** A stand-in for Telegram's Bot API: long polling, chats as their members see them, and errors on demand. */
import type { ServerResponse } from "node:http"
import { answer, Changes, isRecord, listen } from "./http.js"

export const TOKEN = "7000000001:canary-bot-token-AAAAAAAAAAAAAAAAA"

/** A button that a member sees. */
interface SeenButton {
  readonly text: string
  readonly data: string
}

/** A message of the bot, as a member sees it now. */
export interface Seen {
  readonly id: number
  text: string
  markdown: boolean
  buttons: ReadonlyArray<SeenButton>
  edits: number
  /** The topic that it is in; none for "General" and chats without topics. */
  readonly thread: number | undefined
}

export interface Call {
  readonly method: string
  readonly payload: Record<string, unknown>
  /** The arrival time, in milliseconds of a monotonic clock. */
  readonly at: number
}

/** An error that the next calls of a method get. */
export interface Fault {
  readonly method: string
  readonly status: number
  readonly description?: string
  readonly retryAfter?: number
  readonly times?: number
  /** Cuts the connection instead. */
  readonly cut?: boolean
}

/** The writer and the chat; a private chat has its user's id. */
export interface From {
  readonly user: number
  readonly chat?: number
  /** The topic that it is written in. */
  readonly topic?: number | undefined
  /** Seconds since 1970. */
  readonly date?: number
}

const buttonsOf = (markup: unknown): ReadonlyArray<SeenButton> => {
  const rows = isRecord(markup) && Array.isArray(markup.inline_keyboard) ? markup.inline_keyboard : []
  return rows.flat().flatMap((button: unknown) => {
    if (!isRecord(button)) return []
    return [{ text: String(button.text), data: String(button.callback_data) }]
  })
}

const GENERAL = 1

/** The location of a message, as Telegram sends it: "General" has no thread. */
const locationOf = ({ user, chat = user, topic }: From) => ({
  chat: { id: chat, type: chat === user ? "private" : "supergroup" },
  ...(topic !== undefined && { message_thread_id: topic, is_topic_message: true }),
})

const UNBALANCED = ["*", "_", "`"]

export class Telegram extends Changes {
  readonly url: string
  readonly close: () => Promise<void>
  readonly calls: Array<Call> = []
  readonly alerts: Array<{ readonly pressId: string; readonly text: string; readonly alert: boolean }> = []
  readonly #chats = new Map<number, Array<Seen>>()
  readonly #upgraded = new Map<number, number>()
  readonly #topics = new Map<number, Map<number, "open" | "closed">>()
  readonly #faults: Array<Fault & { left: number }> = []
  #updates: Array<Record<string, unknown> & { readonly update_id: number }> = []
  #poll: { readonly response: ServerResponse; readonly timer: NodeJS.Timeout } | undefined
  #nextUpdate = 1
  #nextMessage = 100
  #nextPress = 1

  private constructor(server: { readonly url: string; readonly close: () => Promise<void> }) {
    super()
    this.url = server.url
    this.close = async () => {
      clearTimeout(this.#poll?.timer)
      await server.close()
    }
  }

  static async start(): Promise<Telegram> {
    let made: Telegram | undefined
    const server = await listen((path, body, response) => made?.handle(path, body, response))
    made = new Telegram(server)
    return made
  }

  fail(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? 1 })
  }

  /** `true` while the bot waits for updates. */
  get isAsked(): boolean {
    return this.#poll !== undefined
  }

  /** Forgets the errors that wait. */
  mend(): void {
    for (const fault of this.#faults) fault.left = 0
  }

  /** Gives topics to a group, or opens and closes those that it has; "General" is number 1. */
  topics(chat: number, topics: Readonly<Record<number, "open" | "closed">>): void {
    const known = this.#topics.get(chat) ?? new Map([[GENERAL, "open"]])
    for (const [topic, state] of Object.entries(topics)) known.set(Number(topic), state)
    this.#topics.set(chat, known)
  }

  /** Makes a supergroup of a group, as its owner would, or without a word about it. */
  upgrade(from: number, to: number, { isSilent = false } = {}): void {
    this.#upgraded.set(from, to)
    if (isSilent) return
    const message = { message_id: this.#nextMessage++, date: 1, from: { id: 1, is_bot: false } }
    this.push({ message: { ...message, chat: { id: from, type: "group" }, migrate_to_chat_id: to } })
    this.push({ message: { ...message, chat: { id: to, type: "supergroup" }, migrate_from_chat_id: from } })
  }

  /** The reason why nothing can be posted in a place. */
  #closure(chat: number, thread: unknown): string | undefined {
    const topics = this.#topics.get(chat)
    if (thread === undefined && topics === undefined) return undefined
    const state = thread === GENERAL ? undefined : topics?.get(Number(thread ?? GENERAL))
    if (state === undefined) return "Bad Request: message thread not found"
    return state === "closed" ? "Bad Request: TOPIC_CLOSED" : undefined
  }

  /** The bot's messages that members of a chat see. */
  seen(chat: number): ReadonlyArray<Seen> {
    return this.#chats.get(chat) ?? []
  }

  /** Gives an update of any kind to the bot, and its number. */
  push(update: Record<string, unknown>, updateId = this.#nextUpdate): number {
    this.#nextUpdate = Math.max(this.#nextUpdate, updateId) + 1
    this.#updates.push({ ...update, update_id: updateId })
    this.#deliver()
    return updateId
  }

  message(text: string, from: From) {
    const { user, date = Math.floor(Date.now() / 1_000) } = from
    return {
      message: {
        message_id: this.#nextMessage++,
        date,
        text,
        ...locationOf(from),
        from: { id: user, is_bot: false, first_name: "Whoever" },
      },
    }
  }

  write(text: string, from: From): number {
    return this.push(this.message(text, from))
  }

  /** Presses a button; gives the id of the press. */
  press(data: string, messageId: number, from: From): string {
    const id = `press-${this.#nextPress++}`
    this.push({
      callback_query: {
        id,
        from: { id: from.user, is_bot: false, first_name: "Whoever" },
        chat_instance: "1",
        data,
        message: { message_id: messageId, date: 1, ...locationOf(from), text: "shown" },
      },
    })
    return id
  }

  handle(path: string, body: Record<string, unknown>, response: ServerResponse) {
    const [, bot = "", method = ""] = path.split("/")
    this.calls.push({ method, payload: body, at: performance.now() })
    if (bot !== `bot${TOKEN}`) return this.#error(response, 401, "Unauthorized")
    const movedTo = this.#upgraded.get(Number(body.chat_id))
    if (movedTo !== undefined) {
      const description = "Bad Request: group chat was upgraded to a supergroup chat"
      return this.#error(response, 400, description, { migrate_to_chat_id: movedTo })
    }
    const fault = this.#faults.find((one) => one.method === method && one.left > 0)
    if (fault !== undefined) {
      fault.left -= 1
      if (fault.cut === true) return void response.destroy()
      return this.#error(response, fault.status, fault.description ?? "made up", {
        ...(fault.retryAfter !== undefined && { retry_after: fault.retryAfter }),
      })
    }
    this.#answer(method, body, response)
    this.changed()
  }

  #error(
    response: ServerResponse,
    code: number,
    description: string,
    parameters: Readonly<Record<string, number>> = {},
  ) {
    const more = Object.keys(parameters).length === 0 ? {} : { parameters }
    answer(response, code, { ok: false, error_code: code, description, ...more })
    this.changed()
  }

  #answer(method: string, body: Record<string, unknown>, response: ServerResponse) {
    const ok = (result: unknown) => answer(response, 200, { ok: true, result })
    switch (method) {
      case "getMe":
        return ok({ id: 7_000_000_001, is_bot: true, first_name: "Bot", username: "house_bot" })
      case "deleteWebhook":
        return ok(true)
      case "sendChatAction": {
        const closure = this.#closure(Number(body.chat_id), body.message_thread_id)
        return closure === undefined ? ok(true) : this.#error(response, 400, closure)
      }
      case "getUpdates":
        return this.#getUpdates(body, response)
      case "sendMessage":
      case "editMessageText":
        return this.#post(method, body, response)
      case "answerCallbackQuery":
        this.alerts.push({
          pressId: String(body.callback_query_id),
          text: String(body.text),
          alert: body.show_alert === true,
        })
        return ok(true)
      default:
        return this.#error(response, 404, "Not Found")
    }
  }

  #getUpdates(body: Record<string, unknown>, response: ServerResponse) {
    const offset = typeof body.offset === "number" ? body.offset : 0
    this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset)
    const before = this.#poll
    if (before !== undefined && !before.response.destroyed) {
      clearTimeout(before.timer)
      this.#poll = undefined
      this.#error(before.response, 409, "Conflict: terminated by other getUpdates request")
    }
    const seconds = typeof body.timeout === "number" ? body.timeout : 0
    const timer = setTimeout(() => this.#deliver(true), seconds * 1_000)
    this.#poll = { response, timer }
    response.on("close", () => {
      clearTimeout(timer)
      if (this.#poll?.response === response) this.#poll = undefined
    })
    this.#deliver()
  }

  #deliver(evenNothing = false) {
    const poll = this.#poll
    if (poll === undefined || (this.#updates.length === 0 && !evenNothing)) return
    this.#poll = undefined
    clearTimeout(poll.timer)
    answer(poll.response, 200, { ok: true, result: this.#updates.slice(0, 100) })
  }

  #post(method: string, body: Record<string, unknown>, response: ServerResponse) {
    const text = String(body.text ?? "")
    const buttons = buttonsOf(body.reply_markup)
    const markdown = body.parse_mode === "Markdown"
    if (text.trim() === "") return this.#error(response, 400, "Bad Request: message text is empty")
    if (/\p{Cs}/u.test(text))
      return this.#error(response, 400, "Bad Request: strings must be encoded in UTF-8")
    if (text.length > 4_096) return this.#error(response, 400, "Bad Request: message is too long")
    if (markdown && UNBALANCED.some((mark) => text.split(mark).length % 2 === 0)) {
      return this.#error(response, 400, "Bad Request: can't parse entities: Can't find end of the entity")
    }
    if (buttons.some(({ data }) => Buffer.byteLength(data) > 64)) {
      return this.#error(response, 400, "Bad Request: BUTTON_DATA_INVALID")
    }
    const chat = Number(body.chat_id)
    const edited = this.#chats.get(chat)?.find(({ id }) => id === body.message_id)
    const closure = this.#closure(chat, method === "sendMessage" ? body.message_thread_id : edited?.thread)
    if (closure !== undefined) return this.#error(response, 400, closure)
    const messages = this.#chats.get(chat) ?? []
    this.#chats.set(chat, messages)
    if (method === "sendMessage") {
      const id = this.#nextMessage++
      const thread = typeof body.message_thread_id === "number" ? body.message_thread_id : undefined
      messages.push({ id, text, markdown, buttons, edits: 0, thread })
      return answer(response, 200, { ok: true, result: { message_id: id, chat: { id: chat }, text } })
    }
    if (edited === undefined) return this.#error(response, 400, "Bad Request: message to edit not found")
    const isSame = edited.text === text && edited.buttons.length === buttons.length
    if (isSame) return this.#error(response, 400, "Bad Request: message is not modified")
    Object.assign(edited, { text, buttons, markdown, edits: edited.edits + 1 })
    answer(response, 200, { ok: true, result: { message_id: edited.id, chat: { id: chat }, text } })
  }
}
