/** A terminal as the bot's messenger: one user, lines as messages, buttons as numbers. */
import { createInterface } from "node:readline"
import { Effect, Layer } from "effect"
import { type Button, Chat, type Outgoing, type Service, type Update } from "../chat/Chat.js"

/** Milliseconds without a further message after which the bot is taken to have said all. */
const QUIET = 400

const BOLD = /\*([^*\n]+)\*/g

/** The terminal's user, input, and output. */
export interface Options {
  readonly userId: number
  readonly input: NodeJS.ReadableStream
  readonly write: (text: string) => void
  /** Called when there are no more lines. */
  readonly onEnd: () => void
}

interface NumberedButton extends Button {
  readonly messageId: number
}

/** Talks with one user in a terminal. */
const make = ({ userId, input, write, onEnd }: Options): Service => {
  const lines = createInterface({ input, terminal: false })[Symbol.asyncIterator]()
  const buttons = new Map<number, NumberedButton>()
  let messages = 0
  let updates = 0
  let numbers = 0
  let spoken = (): void => {}
  let quiet: Promise<void> = Promise.resolve()

  /** Begins to wait for an answer, and for the silence after it. */
  const awaitAnswer = (): void => {
    quiet = new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      spoken = () => {
        clearTimeout(timer)
        timer = setTimeout(resolve, QUIET)
      }
    })
  }

  const show = (messageId: number, { text, markdown, buttons: rows = [] }: Outgoing): void => {
    const plain = markdown === true ? text.replace(BOLD, "$1") : text
    write(`\nbot> ${plain.replaceAll("\n", "\n     ")}\n`)
    for (const [number, button] of buttons) if (button.messageId === messageId) buttons.delete(number)
    const labels = rows.flat().map((button) => {
      numbers += 1
      buttons.set(numbers, { ...button, messageId })
      return `[${numbers}] ${button.label}`
    })
    if (labels.length > 0) write(`     ${labels.join("   ")}   (type a number)\n`)
    spoken()
  }

  const toUpdate = (line: string): Update => {
    updates += 1
    const place = { updateId: updates, userId, chatId: userId, isPrivate: true }
    const button = /^\d+$/.test(line) ? buttons.get(Number(line)) : undefined
    if (button === undefined) return { _tag: "Message", text: line, sentAt: Date.now(), ...place }
    return { _tag: "Press", pressId: "", messageId: button.messageId, data: button.data, ...place }
  }

  const nextLine = async (): Promise<ReadonlyArray<Update>> => {
    await quiet
    write("\nyou> ")
    const { value, done } = await lines.next()
    if (done === true) {
      onEnd()
      return new Promise(() => {})
    }
    const line = String(value).trim()
    if (line === "") return []
    awaitAnswer()
    return [toUpdate(line)]
  }

  return {
    connect: Effect.succeed("terminal"),
    receive: () => Effect.promise(nextLine),
    send: (_place, message) =>
      Effect.sync(() => {
        messages += 1
        show(messages, message)
        return messages
      }),
    edit: (_chatId, messageId, message) => Effect.sync(() => show(messageId, message)),
    answerPress: (_pressId, text) => Effect.sync(() => write(`     (${text})\n`)),
    showTyping: () => Effect.void,
  }
}

/** A terminal as the messenger. */
export const layer = (options: Options): Layer.Layer<Chat> => Layer.sync(Chat, () => make(options))
