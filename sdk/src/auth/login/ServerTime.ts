/** Times in the headers of a response: the offset of the service's clock, and the wait that it asks for. */
import * as Option from "effect/Option"
import type { LoginResponse } from "./LoginHttp.js"

/**
 * Computes how far the service's clock is ahead of ours, in milliseconds. The `Date` header has whole seconds, so an
 * offset of up to five seconds counts as none.
 *
 * @category combinators
 */
export const clockOffset = (response: Pick<LoginResponse, "headers" | "receivedAt">): number => {
  const date = Date.parse(response.headers.get("date") ?? "")
  const offset = Number.isFinite(date) ? date + 500 - response.receivedAt : 0
  return Math.abs(offset) > 5_000 ? offset : 0
}

const LONGEST_WAIT = 5 * 60_000

/**
 * Reads how long the service asks to wait, in milliseconds: `Retry-After`, else `X-RateLimit-Reset`.
 *
 * @category combinators
 */
export const retryAfter = (response: LoginResponse): number | undefined => {
  const asked = response.headers.get("retry-after")
  const reset = response.headers.get("x-ratelimit-reset")
  const until = (moment: number) => moment - response.receivedAt - clockOffset(response)
  const wait = Option.firstSomeOf([
    finite(asked === null ? Number.NaN : Number(asked) * 1_000),
    finite(asked === null ? Number.NaN : until(Date.parse(asked))),
    finite(reset === null ? Number.NaN : until(Number(reset) * 1_000)),
  ])
  return Option.getOrUndefined(Option.map(wait, (ms) => Math.min(Math.max(ms, 0), LONGEST_WAIT)))
}

const finite = (value: number): Option.Option<number> =>
  Number.isFinite(value) ? Option.some(value) : Option.none()
