/**
 * Sends a GraphQL request over HTTP and reads the response, within bounds. No other module sends GraphQL to the
 * network. Other modules decide if a response is good.
 *
 * Redirects are not followed, so that a payment or a token never goes to another address.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { GraphQLClient } from "graphql-request"
import { NetworkError, TimeoutError, UnexpectedResponseError } from "../Errors.js"
import { readBody } from "../http/Body.js"
import { Fetch } from "../http/Fetch.js"
import * as NetworkEvidence from "../http/NetworkEvidence.js"
import { codeOf } from "../http/NetworkEvidence.js"
import { excerpt } from "../http/Redact.js"
import { parseRetryAfter } from "../http/RetryAfter.js"
import { USER_AGENT } from "../http/Version.js"
import { milliseconds } from "../internal/Milliseconds.js"

/** Response of the service, read whole. */
export interface GraphQLResponse {
  /** The HTTP status. */
  readonly status: number
  /** The body, if it is a JSON object. */
  readonly payload: Readonly<Record<string, unknown>> | undefined
  /** The body as text. It may hold personal data: show excerpts only. */
  readonly text: string
  /** The `content-type`, as it was sent. */
  readonly contentType: string | null
  /** Milliseconds that the service asks to wait, if it does. */
  readonly retryAfter: number | undefined
  /** The service's time when it answered, in milliseconds since 1970, to the second. */
  readonly date: number | undefined
  /** True if the network edge answered with a challenge. */
  readonly challenged: boolean
  /** The `x-request-id` that was sent. */
  readonly requestId: string
}

/** A GraphQL request. */
export interface GraphQLRequest {
  /** The `x-request-id` that is sent. */
  readonly id: string
  /** Name of the operation in the document. */
  readonly operation: string
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly token: Redacted.Redacted<string>
  /** Closes idle connections first: after a machine slept, an old connection may lose the request. */
  readonly isFresh: boolean
}

/** Errors of a request without a usable response. */
export type ExchangeError = NetworkError | TimeoutError | UnexpectedResponseError

/**
 * Addresses, time-out and size limit of requests.
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

const deepest = (thrown: unknown, depth = 0): unknown =>
  thrown instanceof Error && thrown.cause !== undefined && depth <= 5
    ? deepest(thrown.cause, depth + 1)
    : thrown

/** Makes a `NetworkError` out of what a `fetch` threw, keeping nothing of it that could hold a secret. */
export const networkError = (
  thrown: unknown,
  context: {
    readonly operation: string
    readonly sent: boolean
    readonly requestId?: string
    readonly secrets?: Iterable<string>
  },
): NetworkError => {
  const { operation, requestId, sent } = context
  const code = codeOf(thrown)
  const root = deepest(thrown)
  const words = excerpt(root instanceof Error ? root.message : String(root), context.secrets)
  const what = words === "" ? (code ?? "no reason given") : words
  return new NetworkError(
    sent
      ? `The connection was lost during ${operation}: ${what}`
      : `No connection for ${operation}: ${what}. Nothing was sent.`,
    { operation, requestId, sent, code, cause: new Error(what) },
  )
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

const parsePayload = (text: string): GraphQLResponse["payload"] => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const readResponse = async (
  response: Response,
  { operation, id }: GraphQLRequest,
  maxBytes: number,
): Promise<GraphQLResponse> => {
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

/** Sends one request and reads its answer. Interrupting it cuts it off. */
export type Post = (request: GraphQLRequest) => Effect.Effect<GraphQLResponse, ExchangeError>

/**
 * Makes the function that sends one request and reads its answer.
 *
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Post> =>
  Effect.map(Fetch, (fetch) => {
    const { apiUrl, appUrl, attemptTimeout = 30_000, maxBytes = 10 * 1024 * 1024 } = options
    const constant: Readonly<Record<string, string>> = {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...(appUrl !== false && { origin: appUrl, referer: `${appUrl}/` }),
    }

    const headersOf = ({ id, token }: GraphQLRequest): Record<string, string> => ({
      ...constant,
      authorization: `Bearer ${Redacted.value(token)}`,
      "x-request-id": id,
    })

    const exchange = async (
      request: GraphQLRequest,
      fetch: NetworkEvidence.Fetch,
      signal: AbortSignal,
    ): Promise<GraphQLResponse> => {
      const headers = headersOf(request)
      let answer: GraphQLResponse | undefined
      const client = new GraphQLClient(apiUrl, {
        errorPolicy: "all",
        // It would parse the whole document at each request to find the name that is known here.
        excludeOperationName: true,
        jsonSerializer: {
          stringify: (body: object) => JSON.stringify({ ...body, operationName: request.operation }),
          // The body was parsed when it was read.
          parse: () => answer?.payload,
        },
        fetch: async (_url, init) => {
          const body = init?.body ?? null
          const response = await fetch(apiUrl, { method: "POST", headers, body, signal, redirect: "manual" })
          answer = await readResponse(response, request, maxBytes)
          // A response of our own around the text would cost as much as the request.
          const { text } = answer
          return Object.defineProperty(response, "text", { value: async () => text })
        },
      })
      if (request.isFresh) await NetworkEvidence.closeIdleConnections(apiUrl)
      try {
        await client.rawRequest(request.document, { ...request.variables })
      } catch (thrown) {
        // Its own errors hold the document and the variables, and know less than the answer does.
        if (answer === undefined) throw thrown
      }
      if (answer === undefined) throw new Error("The request was never handed to fetch")
      return answer
    }

    const fail = (
      thrown: unknown,
      { id, operation, token }: GraphQLRequest,
      watched: NetworkEvidence.Watched,
    ) =>
      thrown instanceof UnexpectedResponseError
        ? thrown
        : networkError(thrown, {
            operation,
            requestId: id,
            sent: watched.wasSent(thrown),
            secrets: [Redacted.value(token)],
          })

    const timedOut = ({ id, operation }: GraphQLRequest, sent: boolean) =>
      new TimeoutError(
        sent
          ? `No answer to ${operation} within ${milliseconds(attemptTimeout)}`
          : `No connection for ${operation} within ${milliseconds(attemptTimeout)}. Nothing was sent.`,
        { operation, requestId: id, sent, timeout: attemptTimeout },
      )

    return (request) =>
      Effect.suspend(() => {
        const watched = NetworkEvidence.watch(fetch, apiUrl)
        return Effect.tryPromise({
          try: (signal) => exchange(request, watched.fetch, signal),
          catch: (thrown) => thrown,
        }).pipe(
          Effect.mapError((thrown) => fail(thrown, request, watched)),
          Effect.timeoutOption(attemptTimeout),
          // Only now is it cut off, and can no longer leave.
          Effect.flatMap(
            Option.match({
              onSome: (answer): Effect.Effect<GraphQLResponse, ExchangeError> => Effect.succeed(answer),
              onNone: () => Effect.fail(timedOut(request, watched.wasSentDespiteAbort())),
            }),
          ),
        )
      })
  })
