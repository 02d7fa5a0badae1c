/** The output of a command: results go to standard output, everything else to standard error. */

/** An output of the process. */
export interface Stream {
  readonly write: (text: string, done?: () => void) => unknown
  readonly on: (event: "error", listener: (error: NodeJS.ErrnoException) => void) => unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** The output of a command. */
export interface Screen {
  /** Writes a line of the result; resolves once it is on its way, so that memory stays small. */
  readonly line: (text: string) => Promise<void>
  /** Writes a line to the person, never into the result. */
  readonly note: (text: string) => void
  /** Replaces the progress line, where a terminal shows it; empty: removes it. */
  readonly progress: (text: string) => void
  /** Columns of the terminal that the result goes to; `undefined` where it goes elsewhere. */
  readonly width: number | undefined
  readonly style: Style
  /** Aborted once the result can no longer be written, be it that nobody reads it any more. */
  readonly closed: AbortSignal
  /** The reason why the result could not be written; a reader that closed the pipe is not one. */
  readonly failure: () => string | undefined
}

/** Colours a text; leaves it as it is where no terminal shows it or nobody wants colours. */
interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

const styles = (isColoured: boolean): Style => {
  const style = (on: number, off: number) => (text: string) =>
    isColoured && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
  }
}

const wantsColour = (output: Stream, environment: NodeJS.ProcessEnv): boolean =>
  output.isTTY === true && (environment.NO_COLOR ?? "") === "" && environment.TERM !== "dumb"

/** Makes the screen of a process. */
export const make = (output: Stream, errors: Stream, environment: NodeJS.ProcessEnv): Screen => {
  const closing = new AbortController()
  let failure: string | undefined
  output.on("error", (error: NodeJS.ErrnoException) => {
    // `tsequence activity | head` closes the pipe; that is no failure of ours.
    if (error.code !== "EPIPE") failure = error.code ?? error.message
    closing.abort()
  })
  errors.on("error", () => {})
  let isProgressShown = false
  const progress = (text: string): void => {
    if (errors.isTTY !== true || (text === "" && !isProgressShown)) return
    errors.write(`\r\u001b[K${text}`)
    isProgressShown = text !== ""
  }
  return {
    line: (text) =>
      new Promise((resolve) => {
        progress("")
        if (closing.signal.aborted) resolve()
        else output.write(`${text}\n`, () => resolve())
      }),
    note: (text) => {
      progress("")
      errors.write(`${text}\n`)
    },
    progress,
    width: output.isTTY === true ? (output.columns ?? 80) : undefined,
    style: styles(wantsColour(output, environment)),
    closed: closing.signal,
    failure: () => failure,
  }
}
