/** A call as a whole: its deadline, its caller's signal, and the waits in it. */
import { TimeoutError } from "../Errors.js"
import { abortError, onAbort } from "../http/Abort.js"
import { milliseconds } from "../internal/Milliseconds.js"
import type { RestCallOptions } from "./RestOptions.js"

/** A call that is under way. */
export interface Call {
  readonly operation: string
  /** Aborted when the time is over or the caller does not want it any more. */
  readonly signal: AbortSignal
  /** Milliseconds until the time is over. */
  readonly timeLeft: () => number
  /** Tells if the call has to end, for either reason. */
  readonly isOver: () => boolean
  /** Gives the reason why the call has to end: the caller's abort error, or a `TimeoutError`. */
  readonly reason: (sent: boolean) => Error
}

const timeoutError = (operation: string, timeout: number, sent: boolean): TimeoutError =>
  new TimeoutError(
    `No answer of the server within ${milliseconds(timeout)}${sent ? "" : "; nothing was sent"}.`,
    { operation, timeout, sent },
  )

/** Runs a call within its time, and leaves neither a timer nor a listener behind. */
export const run = async <A>(
  operation: string,
  { signal }: RestCallOptions,
  timeout: number,
  body: (call: Call) => Promise<A>,
): Promise<A> => {
  if (signal?.aborted === true) throw abortError(signal)
  const controller = new AbortController()
  const end = performance.now() + timeout
  const timer = setTimeout(() => controller.abort(), timeout)
  const stopListening = signal && onAbort(signal, () => controller.abort())
  try {
    return await body({
      operation,
      signal: controller.signal,
      timeLeft: () => end - performance.now(),
      isOver: () => controller.signal.aborted,
      reason: (sent) =>
        signal?.aborted === true ? abortError(signal) : timeoutError(operation, timeout, sent),
    })
  } finally {
    clearTimeout(timer)
    stopListening?.()
  }
}
