/** Ctrl-C, and the other ways in which a process is asked to stop. */

/** Tells a command that it is to stop. */
export interface Interrupts {
  /** Aborted by the first one. */
  readonly signal: AbortSignal
  /** Runs something at the next one instead of stopping at once; call the result to stop listening. */
  readonly onNext: (run: () => void) => () => void
}

/** Listens to the process's signals. Without a listener, the second one ends the process. */
export const make = (end: () => void): Interrupts => {
  const first = new AbortController()
  const listeners: Array<() => void> = []
  const receive = (): void => {
    const listener = listeners.at(-1)
    if (!first.signal.aborted) first.abort()
    else if (listener === undefined) end()
    if (listener !== undefined) listener()
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, receive)
  return {
    signal: first.signal,
    onNext: (run) => {
      listeners.push(run)
      return () => {
        const index = listeners.indexOf(run)
        if (index >= 0) listeners.splice(index, 1)
      }
    },
  }
}
