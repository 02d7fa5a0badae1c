/**
 * One GraphQL request over HTTP, and what came back: the only place where the SDK speaks GraphQL to the
 * network. Whether an answer is good is for others to say; here it is read, within bounds.
 *
 * Redirects are not followed, so that a payment or a token never goes to another address.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Redacted from "effect/Redacted"
import { GraphQLClient } from "graphql-request"
import { NetworkError, TimeoutError, UnexpectedResponseError } from "../Errors.js"
import { readBody } from "../internal/Fetched.js"
import { scrub } from "../internal/Scrub.js"
import * as Timers from "../internal/Timers.js"
import { USER_AGENT } from "../internal/Version.js"
import { Fetch } from "./Fetch.js"

/** What the service sent back, read whole. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number
  /** The body, where it is a JSON object. */
  readonly payload: Readonly<Record<string, unknown>> | undefined
  /** The body as text. It may hold personal data: show excerpts only. */
  readonly text: string
  /** The `content-type`, as it was sent. */
  readonly contentType: string | null
  /** Milliseconds that the service asks to wait, where it does. */
  readonly retryAfter: number | undefined
  /** The service's time when it answered, in milliseconds since 1970, to the second. */
  readonly date: number | undefined
  /** Whether a challenge of the network edge stands in the way. */
  readonly challenged: boolean
  /** The `x-request-id` that was sent. */
  readonly requestId: string
}

/** One request. */
export interface Request {
  /** The `x-request-id` that is sent. */
  readonly id: string
  /** Name of the operation in the document. */
  readonly operation: string
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly token: Redacted.Redacted<string>
  /** Equal where operation and variables are, for a request that is likely to be made again. */
  readonly key?: string | undefined
}

/** Everything that can go wrong before there is an answer. */
export type ExchangeError = NetworkError | TimeoutError | UnexpectedResponseError

/**
 * Where requests go, and what they say of themselves.
 *
 * @category options
 */
export interface Options {
  /** Address of the GraphQL endpoint. */
  readonly apiUrl: string
  /** Origin of the web app, for `origin` and `referer`; `false` leaves both out. */
  readonly appUrl: string | false
  /** Milliseconds that one request may take. @default 30000 */
  readonly attemptTimeout?: number | undefined
  /** Largest answer that is read, in bytes. @default 10485760 */
  readonly maxBytes?: number | undefined
}

/** Codes of failures that happen before a connection stands: nothing can have been sent. */
const NOT_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
])

/** The error codes behind what a `fetch` threw; `undefined` stands for one without a code. */
const codesOf = (thrown: unknown, depth = 0): ReadonlyArray<string | undefined> => {
  if (!(thrown instanceof Error) || depth > 5) return [undefined]
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return thrown.errors.flatMap((error: unknown) => codesOf(error, depth + 1))
  }
  if ("code" in thrown && typeof thrown.code === "string") return [thrown.code]
  return thrown.cause === undefined ? [undefined] : codesOf(thrown.cause, depth + 1)
}

const deepest = (thrown: unknown, depth = 0): unknown =>
  thrown instanceof Error && thrown.cause !== undefined && depth <= 5
    ? deepest(thrown.cause, depth + 1)
    : thrown

/** Makes a `NetworkError` out of what a `fetch` threw, keeping nothing of it that could hold a secret. */
export const networkError = (
  thrown: unknown,
  context: { readonly operation: string; readonly requestId?: string; readonly secrets?: Iterable<string> },
): NetworkError => {
  const codes = codesOf(thrown)
  const sent = !codes.every((code) => code !== undefined && NOT_SENT.has(code))
  const code = codes.find((one) => one !== undefined)
  const root = deepest(thrown)
  const words = scrub(root instanceof Error ? root.message : String(root), context.secrets)
  const what = words === "" ? (code ?? "no reason given") : words
  return new NetworkError(
    sent
      ? `The connection was lost during ${context.operation}: ${what}`
      : `No connection for ${context.operation}: ${what}. Nothing was sent.`,
    { operation: context.operation, requestId: context.requestId, sent, code, cause: new Error(what) },
  )
}

/** Reads `Retry-After`, in seconds or as a date, into milliseconds; never negative. */
export const parseRetryAfter = (value: string | null, serviceTime: number): number | undefined => {
  if (value === null) return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - serviceTime)
}

const parseDate = (value: string | null): number | undefined => {
  const at = value === null ? Number.NaN : Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

const tooLarge = (operation: string, maxBytes: number, status: number) =>
  new UnexpectedResponseError(
    `The answer to ${operation} is larger than ${maxBytes} bytes and was not read`,
    {
      operation,
      status,
    },
  )

const parsePayload = (text: string): Answer["payload"] => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const readAnswer = async (
  response: Response,
  { operation, id }: Request,
  maxBytes: number,
): Promise<Answer> => {
  const text = await readBody(response, maxBytes)
  if (text === undefined) throw tooLarge(operation, maxBytes, response.status)
  const date = parseDate(response.headers.get("date"))
  return {
    status: response.status,
    payload: parsePayload(text),
    text,
    contentType: response.headers.get("content-type"),
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), date ?? Date.now()),
    date,
    challenged: response.headers.get("cf-mitigated") !== null,
    requestId: id,
  }
}

// A program asks the same few questions again and again; this bounds what is remembered where it does not.
const MOST_BODIES = 100

/** A request on its way. */
export interface Exchange {
  /** Takes the one who is told how it ended; at the earliest after this returns. */
  readonly onEnd: (listener: (ending: Exit.Exit<Answer, ExchangeError>) => void) => void
  /** Cuts it off: it ends as interrupted. */
  readonly abort: () => void
}

/**
 * Makes the function that sends one request and reads its answer.
 *
 * @category constructors
 */
export const make = (options: Options) =>
  Effect.map(Fetch, (fetch) => {
    const { apiUrl, appUrl, attemptTimeout = 30_000, maxBytes = 10 * 1024 * 1024 } = options
    const constant: Readonly<Record<string, string>> = {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...(appUrl !== false && { origin: appUrl, referer: `${appUrl}/` }),
    }

    const headersOf = ({ id, token }: Request): Record<string, string> => ({
      ...constant,
      authorization: `Bearer ${Redacted.value(token)}`,
      "x-request-id": id,
    })

    // graphql-request makes the body. What it would do with the answer is left out: that is read here, within bounds.
    // Headers that it knew would be copied several times.
    const makeBody = ({ operation, document, variables }: Request): Promise<string> =>
      new Promise((resolve, reject) => {
        const client = new GraphQLClient(apiUrl, {
          // It would parse the whole document at each request to find the name that is known here.
          excludeOperationName: true,
          jsonSerializer: {
            stringify: (body) => {
              const text = JSON.stringify({ ...body, operationName: operation })
              resolve(text)
              return text
            },
            parse: JSON.parse,
          },
          fetch: () => new Promise<never>(() => {}),
        })
        client.rawRequest(document, { ...variables }).catch(reject)
      })

    const bodies = new Map<string, string>()
    const bodyOf = async (request: Request): Promise<string> => {
      const known = request.key === undefined ? undefined : bodies.get(request.key)
      if (known !== undefined) return known
      const body = await makeBody(request)
      if (request.key !== undefined) bodies.set(request.key, body)
      const [oldest] = bodies.keys()
      if (bodies.size > MOST_BODIES && oldest !== undefined) bodies.delete(oldest)
      return body
    }

    const exchange = async (request: Request, signal: AbortSignal): Promise<Answer> => {
      const body = await bodyOf(request)
      const init = { method: "POST", headers: headersOf(request), body, signal, redirect: "manual" } as const
      return readAnswer(await fetch(apiUrl, init), request, maxBytes)
    }

    const fail = (thrown: unknown, { id, operation, token }: Request): ExchangeError =>
      thrown instanceof UnexpectedResponseError
        ? thrown
        : networkError(thrown, { operation, requestId: id, secrets: [Redacted.value(token)] })

    const ended = (thrown: unknown, request: Request): Exit.Exit<never, ExchangeError> => {
      try {
        return Exit.fail(fail(thrown, request))
      } catch (defect) {
        // Nobody would catch it here: a bug must end the call, not the program.
        return Exit.die(defect)
      }
    }

    const timedOut = ({ id, operation }: Request) =>
      new TimeoutError(`No answer to ${operation} within ${attemptTimeout} ms`, {
        operation,
        requestId: id,
        sent: true,
        timeout: attemptTimeout,
      })

    return (request: Request): Exchange => {
      const controller = new AbortController()
      let tell = (_ending: Exit.Exit<Answer, ExchangeError>) => {}
      const end = (ending: Exit.Exit<Answer, ExchangeError>) => {
        clearTimeout(timer)
        tell(ending)
        tell = () => {}
      }
      // A timer of the runtime's, as the request is: two fibers that race each other cost more than all else here.
      const timer = setTimeout(() => {
        end(Exit.fail(timedOut(request)))
        controller.abort()
      }, Timers.within(attemptTimeout))
      exchange(request, controller.signal).then(
        (answer) => end(Exit.succeed(answer)),
        (thrown: unknown) => end(ended(thrown, request)),
      )
      return {
        onEnd: (listener) => {
          tell = listener
        },
        abort: () => {
          end(Exit.interrupt(FiberId.none))
          controller.abort()
        },
      }
    }
  })
