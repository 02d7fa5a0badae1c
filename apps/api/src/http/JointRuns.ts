/** Reads that are asked for at the same moment, and alike, are answered by one run. */
import type { Exit, Fiber } from "effect"
import type { Answer } from "./Answer.js"

/** Is told how a run ended. */
export type Listener = (exit: Exit.Exit<Answer>) => void

interface Run {
  readonly listeners: Set<Listener>
  fiber: Fiber.RuntimeFiber<Answer> | undefined
}

/** The runs of one server. */
export class JointRuns {
  readonly #open = new Map<string, Run>()

  /**
   * Waits for the run under way of this name, or starts one when everything that has arrived by now was looked at.
   *
   * @param start - begins the work
   * @returns how to leave; a run that everybody left is cut off
   */
  join(name: string, start: () => Fiber.RuntimeFiber<Answer>, listener: Listener): () => void {
    const known = this.#open.get(name)
    const run: Run = known ?? { listeners: new Set(), fiber: undefined }
    run.listeners.add(listener)
    if (known === undefined) {
      this.#open.set(name, run)
      setImmediate(() => this.#begin(name, run, start))
    }
    return () => {
      run.listeners.delete(listener)
      if (run.listeners.size > 0) return
      this.#close(name, run)
      if (run.fiber !== undefined) run.fiber.unsafeInterruptAsFork(run.fiber.id())
    }
  }

  /** Money may have moved: whoever asks from now on waits for no run that began before. */
  outdate(): void {
    this.#open.clear()
  }

  #begin(name: string, run: Run, start: () => Fiber.RuntimeFiber<Answer>): void {
    if (run.listeners.size === 0) return
    run.fiber = start()
    run.fiber.addObserver((exit) => {
      this.#close(name, run)
      const listeners = [...run.listeners]
      // Whatever still holds the fiber must not hold the requests as well.
      run.listeners.clear()
      run.fiber = undefined
      for (const listener of listeners) listener(exit)
    })
  }

  #close(name: string, run: Run): void {
    if (this.#open.get(name) === run) this.#open.delete(name)
  }
}
