/**
 * Reads, which are retried if the connection failed, if something between client and server failed, or if the server
 * says that it is too busy. They are not retried if the server could not get a response from the service: the server
 * has retried already, and more retries would put more load on the service.
 */
import type { SequenceError } from "../Errors.js"
import type { sleep } from "../http/Abort.js"
import { type Backoff, backoffDelay } from "../http/Backoff.js"
import type { Decoder } from "../internal/Decode.js"
import type { Call } from "./Call.js"
import { type RequestDescription, type RestErrors, tagOf } from "./RestErrors.js"
import type { ConnectionLost, Http, RestRequest, RestResponse } from "./RestHttp.js"

/** The dependencies of every call. */
export interface Dependencies {
  readonly http: Http
  readonly failures: RestErrors
  readonly backoff: Backoff
  readonly sleep: typeof sleep
}

/** A read. */
export interface Read<A> {
  readonly request: RestRequest
  readonly asked: RequestDescription
  readonly decoder: Decoder<A>
}

/** Statuses with which a gateway in front of a server says that it got no response from it. */
const GATEWAY = new Set([502, 503, 504])

const isWorthAnother = (came: RestResponse | ConnectionLost, error: SequenceError): boolean => {
  if (came._tag === "Lost") return error._tag === "NetworkError"
  if (error._tag === "RateLimitedError" || error._tag === "QueueFullError") return true
  return GATEWAY.has(came.status) && tagOf(came) === ""
}

const retryAfterOf = (error: SequenceError): number | undefined =>
  "retryAfter" in error ? error.retryAfter : undefined

/** Sends a request until there is an answer, and tells what it means. */
export const read = async <A>(
  means: Dependencies,
  call: Call,
  { request, asked, decoder }: Read<A>,
): Promise<A> => {
  const { http, failures, backoff } = means
  let sent = false
  for (let next = 1; ; next++) {
    try {
      const isLast = next > backoff.times
      const came = await attempt()
      if (came._tag === "Answer" && came.status === 200) return failures.decode(came, decoder, call.operation)
      const error = came._tag === "Lost" ? came.error : failures.of(came, asked)
      const pause = retryAfterOf(error) ?? backoffDelay(backoff, next - 1, Math.random())
      // A call that has no time for the wait fails at once.
      if (isLast || pause >= call.timeLeft() || !isWorthAnother(came, error)) throw error
      await means.sleep(pause, call.signal)
    } catch (thrown) {
      throw call.isOver() ? call.reason(sent) : thrown
    }
  }

  async function attempt(): Promise<RestResponse | ConnectionLost> {
    sent = true
    const came = await http(request, call.signal)
    if (came._tag === "Lost") sent = came.sent
    return came
  }
}
