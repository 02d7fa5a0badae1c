/**
 * Sends one request over ky, and reads its response. This module does not retry and does not follow redirects: a
 * redirect could carry the key to another host.
 */
import ky from "ky"
import { NetworkError, UnexpectedResponseError } from "../Errors.js"
import { rejectOnAbort } from "../http/Abort.js"
import { readBody } from "../http/Body.js"
import { closeIdleConnections, codeOf, type Watched, watch } from "../http/NetworkEvidence.js"
import { plainFetch } from "../http/PlainFetch.js"
import { USER_AGENT } from "../http/Version.js"

/** A request to the server. */
export interface RestRequest {
  /** The method of the client, for errors. */
  readonly operation: string
  /** Below the base address, such as `api/pods`. */
  readonly path: string
  readonly query?: URLSearchParams | undefined
  /** Makes the request a POST of this JSON. */
  readonly body?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** An answer, whatever its status. */
export interface RestResponse {
  readonly _tag: "Answer"
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** There is no whole answer. */
export interface ConnectionLost {
  readonly _tag: "Lost"
  readonly error: NetworkError | UnexpectedResponseError
  /** True if the request may have reached the server. */
  readonly sent: boolean
}

/**
 * Sends one request. Rejects only if the signal was aborted, with its reason; a request that was certainly not sent
 * until then is lost.
 */
export type Http = (request: RestRequest, signal: AbortSignal) => Promise<RestResponse | ConnectionLost>

/** The server that requests go to, its key, and the `fetch` that sends them. */
export interface Options {
  readonly baseUrl: string
  readonly apiKey: string
  readonly fetch: typeof globalThis.fetch | undefined
}

/** No answer of the contract comes near it. */
const MAX_BODY = 10_000_000

// What was thrown is not kept: it may hold the request, and with it the key.
const lost = (thrown: unknown, operation: string, sent: boolean): ConnectionLost => {
  const code = codeOf(thrown)
  const what = sent ? "The connection to the server was lost" : "No connection to the server could be made"
  const message = `${what}${code === undefined ? "" : `: ${code}`}.`
  return { _tag: "Lost", error: new NetworkError(message, { operation, sent, code }), sent }
}

const tooLarge = (operation: string, status: number): ConnectionLost => ({
  _tag: "Lost",
  error: new UnexpectedResponseError(`The server's answer is larger than ${MAX_BODY} bytes.`, {
    operation,
    status,
  }),
  sent: true,
})

const headersOf = ({ body, idempotencyKey }: RestRequest): Record<string, string> => ({
  ...(body !== undefined && { "content-type": "application/json" }),
  ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
})

/** Makes a sender of requests to one server. */
export const make = ({ baseUrl, apiKey, fetch }: Options): Http => {
  const client = ky.create({
    prefixUrl: baseUrl,
    retry: 0,
    timeout: false,
    redirect: "manual",
    throwHttpErrors: false,
    headers: { "x-api-key": apiKey, accept: "application/json", "user-agent": USER_AGENT },
  })

  const send = async (
    request: RestRequest,
    signal: AbortSignal,
    watched: Watched,
  ): Promise<RestResponse | ConnectionLost> => {
    const { operation, path, query, body } = request
    // A transfer goes over a connection that was not used before: after a machine slept, an old one loses it.
    if (body !== undefined) await closeIdleConnections(baseUrl)
    const response = await client(path, {
      fetch: plainFetch(watched.fetch),
      method: body === undefined ? "GET" : "POST",
      headers: headersOf(request),
      signal,
      ...(query !== undefined && query.size > 0 && { searchParams: query }),
      ...(body !== undefined && { body }),
    })
    const { status, headers } = response
    const text = await readBody(response, MAX_BODY)
    return text === undefined ? tooLarge(operation, status) : { _tag: "Answer", status, headers, body: text }
  }

  return async (request, signal) => {
    const watched = watch(fetch ?? globalThis.fetch, baseUrl)
    try {
      return await Promise.race([send(request, signal, watched), rejectOnAbort(signal)])
    } catch (thrown) {
      if (signal.aborted && watched.wasSentDespiteAbort()) throw signal.reason
      if (signal.aborted) return lost(signal.reason, request.operation, false)
      return lost(thrown, request.operation, watched.wasSent(thrown))
    }
  }
}
