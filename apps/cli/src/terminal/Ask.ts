/** Questions to a person at the terminal. */
import { createInterface, type Interface } from "node:readline"
import { Writable } from "node:stream"
import type { Interrupts } from "./Interrupts.js"
import type { Stream } from "./Screen.js"

/** An input of the process. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/** Options of a question. */
interface Asking {
  /** Shows nothing of what is typed. */
  readonly isSecret?: boolean
  /** Takes no answer that was typed before the question stood there: what it leads to must have been seen. */
  readonly isFresh?: boolean
}

/** Asks a question and returns the line that was typed; `undefined` where nobody is there. */
export type Ask = (question: string, asking?: Asking) => Promise<string | undefined>

/** The time in which keys that were pressed earlier arrive, in milliseconds. */
const TYPED_AHEAD = 60

/**
 * A single reader for all questions: pasted lines answer them one after another, and nothing is shown while
 * no question wants it to be.
 */
class Reader {
  readonly #lines: Array<string> = []
  readonly #interface: Interface
  readonly #errors: Stream
  #isMuted = true
  #isClosed = false
  #take: ((line: string) => void) | undefined

  constructor(input: Input, errors: Stream, interrupts: Interrupts) {
    this.#errors = errors
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#isMuted) errors.write(String(chunk))
        done()
      },
    })
    this.#interface = createInterface({ input, output, terminal: true, historySize: 0 })
    // In raw mode Ctrl-C is a key: pass it on as what it means.
    this.#interface.on("SIGINT", () => interrupts.receive())
    this.#interface.on("line", (line) => this.#receive(line))
    // Ctrl-D: no answer, but somebody was there.
    this.#interface.on("close", () => {
      this.#isClosed = true
      errors.write("\n")
      this.#take?.("")
    })
  }

  #receive(line: string): void {
    const take = this.#take
    this.#isMuted = true
    this.#take = undefined
    if (take === undefined) this.#lines.push(line)
    else take(line)
  }

  async ask(question: string, { isSecret = false, isFresh = false }: Asking, signal: AbortSignal) {
    if (isFresh) await this.#forget()
    this.#errors.write(question)
    let isEchoed = false
    const line = await new Promise<string | undefined>((resolve) => {
      const early = this.#isClosed ? "" : this.#lines.shift()
      if (early !== undefined || signal.aborted) return resolve(early)
      const stop = () => resolve(undefined)
      signal.addEventListener("abort", stop)
      this.#take = (typed) => {
        signal.removeEventListener("abort", stop)
        isEchoed = !isSecret
        resolve(typed)
      }
      this.#isMuted = isSecret
    })
    this.#take = undefined
    this.#isMuted = true
    // Only what was typed and shown has moved the cursor to the next line.
    if (!this.#isClosed && !isEchoed) this.#errors.write("\n")
    return line
  }

  /** Waits for keys that are on their way, and throws them away. */
  async #forget(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, TYPED_AHEAD))
    this.#lines.length = 0
    this.#interface.write(null, { ctrl: true, name: "e" })
    this.#interface.write(null, { ctrl: true, name: "u" })
  }

  close(): void {
    this.#isClosed = true
    this.#interface.removeAllListeners("close")
    this.#interface.close()
  }
}

/** Asks, and gives the terminal back. */
export interface Questions {
  readonly ask: Ask
  readonly close: () => void
}

/** Makes questions; they go to standard error, so that the result stays clean. */
export const make = (input: Input, errors: Stream, interrupts: Interrupts): Questions => {
  let reader: Reader | undefined
  return {
    ask: async (question, asking = {}) => {
      if (input.isTTY !== true || interrupts.signal.aborted) return undefined
      reader ??= new Reader(input, errors, interrupts)
      return reader.ask(question, asking, interrupts.signal)
    },
    close: () => reader?.close(),
  }
}
