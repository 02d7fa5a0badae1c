/**
 * Requests to the Auth0 tenant. One `Http` is one visitor with a cookie jar that starts empty. Redirects are
 * never followed here: following loses the token, which comes in a redirect's fragment, and could carry a
 * password away. Nothing is repeated here either.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import ky from "ky"
import { CookieJar } from "tough-cookie"
import { NetworkError, TimeoutError, UnexpectedResponseError } from "../../Errors.js"

/** What requests are made with. */
export interface Options {
  readonly fetch: typeof globalThis.fetch
  readonly userAgent: string
  /** Milliseconds for a request, its answer's body included. */
  readonly timeout: number
  /** What the requests are for, in errors. */
  readonly operation: "login" | "refresh"
}

/** What came back, whatever its status. */
export interface Answer {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Local time, in milliseconds, when the answer's head was there. */
  readonly receivedAt: number
}

/** What is asked for. */
export interface Request {
  readonly url: URL
  /** Makes the request a POST of these fields. */
  readonly form?: URLSearchParams
  /** Kind of content that is asked for. @default "text/html" */
  readonly accept?: string
}

/** Why there is no answer. */
export type HttpFailure = NetworkError | TimeoutError | UnexpectedResponseError

/** Sends one request. */
export type Http = (request: Request) => Effect.Effect<Answer, HttpFailure>

/** A login page has some 50 kB; whatever is larger than this is none. */
const MAX_BODY = 2_000_000

const readBody = async (response: Response): Promise<string | undefined> => {
  if (response.body === null) return ""
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > MAX_BODY) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** Errors that say for certain that no request went out. */
const NOT_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
])

const isCertificateCode = (code: string): boolean => /CERT|^ERR_TLS|^UNABLE_TO_/.test(code)

/** Finds the system's error code, which `fetch` hides in causes of causes. */
const codeOf = (thrown: unknown, depth = 0): string | undefined => {
  if (typeof thrown !== "object" || thrown === null || depth > 4) return undefined
  if ("code" in thrown && typeof thrown.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(thrown.code)) {
    return thrown.code
  }
  const inner = "cause" in thrown ? codeOf(thrown.cause, depth + 1) : undefined
  if (inner !== undefined || !("errors" in thrown) || !Array.isArray(thrown.errors)) return inner
  return codeOf(thrown.errors[0], depth + 1)
}

// The error itself is not kept: it may hold the request, and with it the password.
const networkError = (thrown: unknown, path: string, operation: string): NetworkError => {
  const code = codeOf(thrown)
  const sent = code === undefined || !(NOT_SENT.has(code) || isCertificateCode(code))
  return new NetworkError(
    `${sent ? "The connection was lost" : "No connection could be made"} at ${path} of the login service${code === undefined ? "" : `: ${code}`}.`,
    { operation, sent, code },
  )
}

const withCookies = (options: Options) => {
  const jar = new CookieJar()
  return ky.create({
    fetch: options.fetch,
    retry: 0,
    timeout: false,
    redirect: "manual",
    throwHttpErrors: false,
    headers: { "user-agent": options.userAgent },
    hooks: {
      beforeRequest: [
        async (request) => {
          const cookie = await jar.getCookieString(request.url)
          if (cookie !== "") request.headers.set("cookie", cookie)
        },
      ],
      afterResponse: [
        async (request, _options, response) => {
          for (const cookie of response.headers.getSetCookie()) {
            await jar.setCookie(cookie, request.url, { ignoreError: true })
          }
        },
      ],
    },
  })
}

/** Makes a visitor with no cookies. */
export const make = (options: Options): Http => {
  const { operation } = options
  const client = withCookies(options)
  return ({ url, form, accept = "text/html" }) =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const { response, body, receivedAt } = yield* Effect.tryPromise({
        try: async (signal) => {
          const settings = { headers: { accept }, signal }
          const answer = await (form === undefined
            ? client.get(url, settings)
            : client.post(url, { ...settings, body: form }))
          const now = clock.unsafeCurrentTimeMillis()
          return { response: answer, body: await readBody(answer), receivedAt: now }
        },
        catch: (thrown) => networkError(thrown, url.pathname, operation),
      }).pipe(
        // A fiber of its own, so that the time-out holds where the caller cannot be interrupted.
        Effect.interruptible,
        Effect.timeoutFail({
          duration: options.timeout,
          onTimeout: () =>
            new TimeoutError(
              `No answer within ${options.timeout} ms at ${url.pathname} of the login service.`,
              {
                operation,
                sent: true,
                timeout: options.timeout,
              },
            ),
        }),
      )
      if (body === undefined)
        return yield* unexpected(operation, "is larger than any login page", response.status)
      if (response.redirected || response.status === 0) {
        return yield* unexpected(
          operation,
          "was reached by following a redirect, which `fetch` must not do here",
          response.status,
        )
      }
      return { url, status: response.status, headers: response.headers, body, receivedAt }
    })
}

const unexpected = (operation: string, what: string, status: number) =>
  Effect.fail(new UnexpectedResponseError(`The login service's answer ${what}.`, { operation, status }))

/** How far the service's clock is ahead of ours, in milliseconds; its `Date` header has whole seconds. */
export const clockOffset = (answer: Answer): number => {
  const date = Date.parse(answer.headers.get("date") ?? "")
  const offset = Number.isFinite(date) ? date + 500 - answer.receivedAt : 0
  return Math.abs(offset) > 5_000 ? offset : 0
}

const LONGEST_WAIT = 5 * 60_000

/** Reads how long the service asks to wait, in milliseconds: `Retry-After`, else `X-RateLimit-Reset`. */
export const retryAfter = (answer: Answer): number | undefined => {
  const asked = answer.headers.get("retry-after")
  const reset = answer.headers.get("x-ratelimit-reset")
  const until = (moment: number) => moment - answer.receivedAt - clockOffset(answer)
  const wait = Option.firstSomeOf([
    finite(asked === null ? Number.NaN : Number(asked) * 1_000),
    finite(asked === null ? Number.NaN : until(Date.parse(asked))),
    finite(reset === null ? Number.NaN : until(Number(reset) * 1_000)),
  ])
  return Option.getOrUndefined(Option.map(wait, (ms) => Math.min(Math.max(ms, 0), LONGEST_WAIT)))
}

const finite = (value: number): Option.Option<number> =>
  Number.isFinite(value) ? Option.some(value) : Option.none()
