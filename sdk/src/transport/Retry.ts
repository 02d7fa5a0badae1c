/** Decides if a request may be sent again after what became of it. */
import type { Lane } from "./QueueState.js"

/**
 * The end of one request, as far as sending again depends on it.
 *
 * - `final`: an answer, or a failure that does not pass.
 * - `notSent`: there is evidence that nothing left.
 * - `mayPass`: no answer, or an error of the service that passes.
 * - `unauthenticated`, `rateLimited`: the answer asks for the same request again, which proves nothing.
 */
export type Result = "final" | "notSent" | "mayPass" | "unauthenticated" | "rateLimited"

/** A request that has ended. All times are milliseconds of the monotonic clock. */
export interface Attempt {
  /** The number of tries before this one. */
  readonly tries: number
  /** The number of times that a request may be sent again. */
  readonly times: number
  /** Milliseconds to wait before the next try. */
  readonly wait: number
  readonly now: number
}

/** Next step after a request. */
export type Decision = "Stop" | "Again" | "LookFirst"

/**
 * Decides what may follow a request: nothing, the same request after its wait, or that only after a look in the
 * activity did not find it.
 *
 * @param kind - a payment may have moved money, so that only evidence lets it go out again
 */
export const decideRetry = (
  kind: Lane,
  result: Result,
  { tries, times, wait, now }: Attempt,
  deadline: number,
): Decision => {
  if (result === "final" || tries >= times || now + wait > deadline) return "Stop"
  if (result === "notSent") return "Again"
  if (kind === "read") return result === "unauthenticated" ? "Stop" : "Again"
  return result === "mayPass" ? "Stop" : "LookFirst"
}
