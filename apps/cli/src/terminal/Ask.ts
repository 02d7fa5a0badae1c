/** Questions to a person at the terminal. */
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import type { Ask } from "../Session.js"
import type { Interrupts } from "./Interrupts.js"

/** Makes questions, which are answered with `undefined` where nobody is there; they go to standard error, so that the result stays clean. */
export const make =
  (interrupts: Interrupts): Ask =>
  async (question, { isSecret = false } = {}) => {
    if (!process.stdin.isTTY || interrupts.signal.aborted) return undefined
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({
      input: process.stdin,
      output: isSecret ? silent : process.stderr,
      terminal: true,
    })
    // In raw mode Ctrl-C is a key: pass it on as what it means.
    lines.on("SIGINT", () => process.emit("SIGINT"))
    // Ctrl-D: no answer, but somebody was there.
    const closed = new Promise<string>((resolve) => lines.on("close", () => resolve("")))
    const { signal } = interrupts
    const answer = lines.question(isSecret ? "" : question, { signal }).catch(() => undefined)
    try {
      return await Promise.race([answer, closed])
    } finally {
      lines.close()
      if (isSecret || signal.aborted) process.stderr.write("\n")
    }
  }
