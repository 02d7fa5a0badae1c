/** Ctrl-C, and the other ways in which a process is asked to stop. */

/** Tells a command that it is to stop. */
export interface Interrupts {
  /** Aborted by the first one. */
  readonly signal: AbortSignal
  /** Does what a signal does; for Ctrl-C as a key. */
  readonly receive: () => void
  /**
   * Says what the second one does, which ends the process at once: from now on to its end, or until said otherwise.
   *
   * @param farewell - gives the exit code
   */
  readonly onSecond: (farewell: () => number) => void
}

/** The part of a process that signals and exits concern. */
export interface Signals {
  readonly on: (name: "SIGINT" | "SIGTERM" | "SIGHUP", listener: () => void) => unknown
  readonly exit: (code: number) => void
}

/**
 * Listens to the process's signals: the first one asks for an end, the second one is the end.
 *
 * @param usual - the exit code after the second one, where no command says otherwise
 */
export const make = (process: Signals, usual: number): Interrupts => {
  const first = new AbortController()
  let farewell = () => usual
  const receive = (): void => {
    if (first.signal.aborted) process.exit(farewell())
    else first.abort()
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, receive)
  return {
    signal: first.signal,
    receive,
    onSecond: (next) => {
      farewell = next
    },
  }
}
