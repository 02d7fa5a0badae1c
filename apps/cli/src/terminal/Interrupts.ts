/** Ctrl-C, and the other ways in which a process is asked to stop. */

/** Tells a command that it is to stop. */
export interface Interrupts {
  /** Aborted by the first one. */
  readonly signal: AbortSignal
  /** What the second one ends the process with, where that matters; call the result to take it back. */
  readonly onSecond: (farewell: () => number) => () => void
}

/**
 * Listens to the process's signals: the first one asks for an end, the second one is the end.
 *
 * @param usual - the exit code after the second one, where no command says otherwise
 */
export const make = (usual: number): Interrupts => {
  const first = new AbortController()
  const farewells: Array<() => number> = []
  const receive = (): void => {
    if (first.signal.aborted) process.exit(farewells.at(-1)?.() ?? usual)
    first.abort()
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, receive)
  return {
    signal: first.signal,
    onSecond: (farewell) => {
      farewells.push(farewell)
      return () => void farewells.splice(farewells.indexOf(farewell), 1)
    },
  }
}
