/**
 * Requests to the Auth0 tenant. One `Http` is one visitor with a cookie jar that starts empty. Redirects are
 * never followed here: following loses the token, which comes in a redirect's fragment, and could carry a
 * password away. Nothing is repeated here either.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import ky from "ky"
import { CookieJar } from "tough-cookie"
import { NetworkError, TimeoutError, UnexpectedResponseError } from "../../Errors.js"
import { rejectOnAbort } from "../../http/Abort.js"
import { readBody } from "../../http/Body.js"
import { codeOf, type Watched, watch } from "../../http/NetworkEvidence.js"
import { plainFetch } from "../../http/PlainFetch.js"
import { milliseconds } from "../../internal/Milliseconds.js"

/**
 * Options of requests to the tenant.
 *
 * @category options
 */
export interface Options {
  readonly fetch: typeof globalThis.fetch
  readonly userAgent: string
  /** Milliseconds for a request, its answer's body included. */
  readonly timeout: number
  /** Purpose of the requests, as errors name it. */
  readonly operation: "login" | "refresh"
}

/**
 * Response of the tenant, whatever its status.
 *
 * @category models
 */
export interface LoginResponse {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Local time, in milliseconds, when the answer's head was there. */
  readonly receivedAt: number
}

/**
 * Request to the tenant.
 *
 * @category options
 */
export interface LoginRequest {
  readonly url: URL
  /** Makes the request a POST of these fields. */
  readonly form?: URLSearchParams
  /** Kind of content that is asked for. @default "text/html" */
  readonly accept?: string
}

/**
 * Errors of a request without a usable response.
 *
 * @category errors
 */
export type HttpFailure = NetworkError | TimeoutError | UnexpectedResponseError

/**
 * Sends one request.
 *
 * @category services
 */
export type Http = (request: LoginRequest) => Effect.Effect<LoginResponse, HttpFailure>

/** A login page has some 50 kB; a response that is larger than this is not a login page. */
const MAX_BODY = 2_000_000

// The error itself is not kept: it may hold the request, and with it the password.
const networkError = (thrown: unknown, path: string, operation: string, sent: boolean): NetworkError => {
  const code = codeOf(thrown)
  return new NetworkError(
    `${sent ? "The connection was lost" : "No connection could be made"} at ${path} of the login service${code === undefined ? "" : `: ${code}`}.`,
    { operation, sent, code },
  )
}

/** Splits several cookies in one header, as a `fetch` without `getSetCookie` gives them. Dates contain commas too. */
const splitCookies = (header: string | null): ReadonlyArray<string> =>
  header === null ? [] : header.split(/,\s*(?=[^;,=\s]+=)/)

const setCookiesOf = (headers: Headers): ReadonlyArray<string> => {
  const getSetCookie: unknown = Reflect.get(headers, "getSetCookie")
  return typeof getSetCookie === "function" ? headers.getSetCookie() : splitCookies(headers.get("set-cookie"))
}

/**
 * Gives an effect a signal that aborts after a time. Not `Effect.timeout`, whose fiber is interrupted with its
 * parent even when that must not happen: between the sending of a refresh token and the saving of its successor.
 */
const withDeadline = <A, E>(
  milliseconds: number,
  use: (deadline: AbortSignal) => Effect.Effect<A, E>,
): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.suspend(() => {
      const controller = new AbortController()
      const ring = Effect.map(Effect.sleep(milliseconds), () => controller.abort())
      return Effect.map(Effect.forkDaemon(Effect.interruptible(ring)), (timer) => ({ controller, timer }))
    }),
    ({ controller }) => use(controller.signal),
    ({ timer }) => Fiber.interruptFork(timer),
  )

const timeoutError = ({ timeout, operation }: Options, path: string, sent: boolean) =>
  new TimeoutError(`No answer within ${milliseconds(timeout)} at ${path} of the login service.`, {
    operation,
    sent,
    timeout,
  })

/**
 * Makes a visitor with no cookies.
 *
 * @category constructors
 */
export const make = (options: Options): Http => {
  const { operation } = options
  const jar = new CookieJar()
  const client = ky.create({
    retry: 0,
    timeout: false,
    redirect: "manual",
    throwHttpErrors: false,
    headers: { "user-agent": options.userAgent },
  })

  const send = async (
    { url, form, accept = "text/html" }: LoginRequest,
    signal: AbortSignal,
    watched: Watched,
    now: () => number,
  ) => {
    const cookie = await jar.getCookieString(url.href)
    const headers = { accept, ...(cookie !== "" && { cookie }) }
    const settings = { fetch: plainFetch(watched.fetch), headers, signal }
    const response = await (form === undefined
      ? client.get(url, settings)
      : client.post(url, { ...settings, body: form }))
    const receivedAt = now()
    for (const one of setCookiesOf(response.headers)) {
      await jar.setCookie(one, url.href, { ignoreError: true })
    }
    return { response, receivedAt, body: await readBody(response, MAX_BODY) }
  }

  return (request) =>
    Effect.gen(function* () {
      const { url } = request
      const clock = yield* Effect.clock
      const watched = watch(options.fetch, url)
      const { response, receivedAt, body } = yield* withDeadline(options.timeout, (deadline) =>
        Effect.tryPromise({
          try: (signal) =>
            Promise.race([
              send(request, AbortSignal.any([signal, deadline]), watched, () =>
                clock.unsafeCurrentTimeMillis(),
              ),
              rejectOnAbort(deadline),
            ]),
          catch: (thrown) =>
            deadline.aborted
              ? timeoutError(options, url.pathname, watched.wasSentDespiteAbort())
              : networkError(thrown, url.pathname, operation, watched.wasSent(thrown)),
        }),
      )
      const { status, headers } = response
      if (body === undefined) return yield* unexpected(operation, "is larger than any login page", status)
      if (response.redirected || status === 0) {
        return yield* unexpected(
          operation,
          "was reached by following a redirect, which `fetch` must not do here",
          status,
        )
      }
      return { url, status, headers, body, receivedAt }
    })
}

const unexpected = (operation: string, what: string, status: number) =>
  Effect.fail(new UnexpectedResponseError(`The login service's answer ${what}.`, { operation, status }))
