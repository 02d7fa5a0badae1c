/** Reads from the Platform API: one request at a time, with the key, sent again if that may help. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import {
  AuthenticationError,
  HttpError,
  NetworkError,
  RateLimitedError,
  TimeoutError,
  UnexpectedResponseError,
} from "../Errors.js"
import { readBody } from "../http/Body.js"
import { Fetch } from "../http/Fetch.js"
import * as NetworkEvidence from "../http/NetworkEvidence.js"
import { excerpt, redact } from "../http/Redact.js"
import { parseRetryAfter } from "../http/RetryAfter.js"
import { USER_AGENT } from "../http/Version.js"
import { DecodeError, type Decoder } from "../internal/Decode.js"
import { milliseconds } from "../internal/Milliseconds.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { CallOptions, RequestError, RetryOptions } from "../transport/GraphQL.js"
import { MAX_PAUSE, RequestQueue } from "../transport/RequestQueue.js"
import { decideRetry, type Result } from "../transport/Retry.js"

/** Address of the API, unless options name another one. */
export const BASE_URL = "https://api.getsequence.io/platform/v1"

/** Options of the way to the Platform API. */
export interface Options {
  readonly apiKey: Redacted.Redacted<string>
  readonly baseUrl?: string | undefined
  /** Milliseconds that a call may take, all waits included. @default 120000 */
  readonly timeout?: number | undefined
  /** Milliseconds that one request may take. @default 30000 */
  readonly attemptTimeout?: number | undefined
  readonly retry?: RetryOptions | undefined
}

/** A read of the API. */
export interface Read<A> {
  /** Name of the operation in the document, such as `listTransfers`. */
  readonly operation: string
  /** Scope that the key needs for it. */
  readonly scope: string
  readonly path: string
  readonly query?: ReadonlyArray<readonly [name: string, value: string]>
  /** Decoder of `data` in the response. */
  readonly decode: Decoder<A>
}

/** Sends one read of a call; gives `undefined` if the service knows nothing under the id in its path. */
export type Get = <A>(read: Read<A>) => Effect.Effect<A | undefined, RequestError>

/**
 * Way to the Platform API.
 *
 * @category services
 */
export interface Service {
  /** Runs a call of one or more reads within one timeout. */
  readonly call: <A, E>(
    name: string,
    options: CallOptions | undefined,
    run: (get: Get) => Effect.Effect<A, E>,
  ) => Effect.Effect<A, E | TimeoutError>
}

/**
 * Reads from the Platform API.
 *
 * @category services
 */
export class PlatformHttp extends Context.Tag("tsequence/PlatformHttp")<PlatformHttp, Service>() {}

interface Answer {
  readonly status: number
  readonly text: string
  readonly json: unknown
  readonly retryAfter: number | undefined
  readonly requestId: string | undefined
}

/** The end of one request that brought no data. */
interface Failure {
  readonly result: Result
  readonly error: RequestError
  /** Milliseconds that the service asks every caller to wait. */
  readonly pause?: number | undefined
}

const MAX_BYTES = 10 * 1024 * 1024

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const fieldOf = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const unauthorized = (operation: string, key: string, requestId: string | undefined) =>
  new AuthenticationError(
    "Unauthorized",
    `The service refuses the API key. Keys are made at https://app.getsequence.io/account/api-keys.${key.startsWith("sk_") ? "" : " This one does not begin with sk_: it may be a token of the older remote API, which is not taken here."}`,
    { operation, requestId },
  )

const denied = (read: Read<unknown>, answer: Answer, body: string) =>
  new HttpError(
    `The API key may not do this: ${read.operation} needs the scope ${read.scope} for all accounts that it concerns`,
    { operation: read.operation, requestId: answer.requestId, status: 403, body },
  )

/** Decides what an answer without data means. */
const failureOf = (read: Read<unknown>, answer: Answer, key: string): Failure => {
  const { operation } = read
  const { status, requestId } = answer
  const code = textOf(fieldOf(answer.json, "error", "code"))
  const body = excerpt(answer.text, [key])
  if (status === 401) return { result: "final", error: unauthorized(operation, key, requestId) }
  if (status === 403 && code !== undefined) return { result: "final", error: denied(read, answer, body) }
  if (status === 429) {
    const retryAfter = Math.min(answer.retryAfter ?? 1000, MAX_PAUSE)
    const message = `Too many requests: the service asks to wait ${milliseconds(retryAfter)}`
    return {
      result: "rateLimited",
      error: new RateLimitedError(message, { operation, requestId, retryAfter }),
      pause: retryAfter,
    }
  }
  const words = textOf(fieldOf(answer.json, "error", "message"))
  const why = code === undefined ? "" : `: ${code}${words === undefined ? "" : `, ${excerpt(words, [key])}`}`
  const hint =
    code === undefined && status < 500 ? ". The base URL may be wrong, or a firewall may have answered" : ""
  const message = `The service answered ${operation} with status ${status}${why}${hint}`
  return {
    result: status >= 500 ? "mayPass" : "final",
    error: new HttpError(message, { operation, requestId, status, body }),
  }
}

const misfit = (operation: string, path: string, status: number, requestId: string | undefined) =>
  new UnexpectedResponseError(
    `The answer to ${operation} does not fit at ${path === "" ? "its top" : path}. The service may have changed; look for a newer version of tsequence.`,
    { operation, path, status, requestId },
  )

const isNotFound = ({ status, json }: Answer): boolean =>
  status === 404 && textOf(fieldOf(json, "error", "code")) !== undefined

/** Decodes the data of an answer. */
const decodeAnswer = <A>(read: Read<A>, answer: Answer, key: string): A | undefined | Failure => {
  if (isNotFound(answer)) return undefined
  const { status, json, requestId } = answer
  if (status < 200 || status > 299) return failureOf(read, answer, key)
  if (json === undefined) {
    return { result: "final", error: misfit(read.operation, "", status, requestId) }
  }
  try {
    return read.decode(fieldOf(json, "data"))
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown
    const path = thrown.path === "" ? "data" : `data.${thrown.path}`
    return { result: "final", error: misfit(read.operation, path, status, requestId) }
  }
}

const isFailure = (value: unknown): value is Failure =>
  isRecord(value) && value.error instanceof Error && typeof value.result === "string"

const lostConnection = (operation: string, thrown: unknown, sent: boolean, key: string) => {
  const code = NetworkEvidence.codeOf(thrown)
  const what = code ?? (thrown instanceof Error ? redact(thrown.message, [key]) : "no reason given")
  return new NetworkError(
    sent ? `The connection was lost during ${operation}: ${what}` : `No connection for ${operation}: ${what}`,
    { operation, sent, code, cause: new Error(what) },
  )
}

/** Makes the function that sends one request and reads its answer. */
const makeExchange = (options: Options, fetch: typeof globalThis.fetch) => {
  const { baseUrl = BASE_URL, attemptTimeout = 30_000 } = options
  const base = baseUrl.replace(/\/+$/, "")
  const key = Redacted.value(options.apiKey)
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${key}`,
    "user-agent": USER_AGENT,
    "x-called-reason": USER_AGENT,
  }

  const send = async ({ path, query = [] }: Read<unknown>, own: typeof fetch, signal: AbortSignal) => {
    const search = new URLSearchParams(
      query.map(([name, value]): [string, string] => [name, value]),
    ).toString()
    const address = `${base}${path}${search === "" ? "" : `?${search}`}`
    const response = await own(address, { headers, signal, redirect: "manual" })
    const text = await readBody(response, MAX_BYTES)
    const json = text === undefined ? undefined : parse(text)
    const date = Date.parse(response.headers.get("date") ?? "")
    return {
      status: response.status,
      text: text ?? "",
      json,
      retryAfter: parseRetryAfter(
        response.headers.get("retry-after"),
        Number.isNaN(date) ? Date.now() : date,
      ),
      requestId: textOf(fieldOf(json, "requestId")) ?? response.headers.get("x-request-id") ?? undefined,
    }
  }

  return (read: Read<unknown>): Effect.Effect<Answer, Failure> =>
    Effect.suspend(() => {
      const { operation } = read
      const watched = NetworkEvidence.watch(fetch, base)
      const timedOut = (): Failure => ({
        result: "mayPass",
        error: new TimeoutError(`No answer to ${operation} within ${milliseconds(attemptTimeout)}`, {
          operation,
          sent: watched.wasSentDespiteAbort(),
          timeout: attemptTimeout,
        }),
      })
      return Effect.tryPromise({
        try: (signal) => send(read, watched.fetch, signal),
        catch: (thrown): Failure => ({
          result: "mayPass",
          error: lostConnection(operation, thrown, watched.wasSent(thrown), key),
        }),
      }).pipe(Effect.timeoutFail({ duration: attemptTimeout, onTimeout: timedOut }))
    })
}

/** Makes the way to the Platform API over the queue in context. */
const make = (options: Options): Effect.Effect<Service, never, RequestQueue> =>
  Effect.gen(function* () {
    const queue = yield* RequestQueue
    const exchange = makeExchange(options, yield* Fetch)
    const key = Redacted.value(options.apiKey)
    const { timeout: defaultTimeout = 120_000 } = options
    const { times = 2, baseDelay = 500, maxDelay = 10_000 } = options.retry ?? {}

    const inTurn = (read: Read<unknown>, deadline: number) =>
      Effect.acquireUseRelease(
        Effect.mapError(queue.acquire("read", deadline), (error): Failure => ({ result: "final", error })),
        () => exchange(read),
        (slot) => slot.release(true),
      )

    const get = <A>(read: Read<A>, deadline: number, tries = 0): Effect.Effect<A | undefined, RequestError> =>
      Effect.matchEffect(inTurn(read, deadline), {
        onFailure: (failure) => again(read, failure, deadline, tries),
        onSuccess: (answer) => {
          const data = decodeAnswer(read, answer, key)
          return isFailure(data) ? again(read, data, deadline, tries) : Effect.succeed(data)
        },
      })

    const again = <A>(
      read: Read<A>,
      { result, error, pause }: Failure,
      deadline: number,
      tries: number,
    ): Effect.Effect<A | undefined, RequestError> =>
      Effect.gen(function* () {
        const delay = (yield* Random.next) * Math.min(maxDelay, baseDelay * 2 ** tries)
        const wait = pause ?? delay
        if (pause !== undefined) yield* queue.pause(pause)
        const now = yield* Monotonic.now
        if (decideRetry("read", result, { tries, times, wait, now }, deadline) !== "Again") {
          return yield* Effect.fail(error)
        }
        yield* Effect.sleep(Math.ceil(wait))
        return yield* get(read, deadline, tries + 1)
      })

    const call: Service["call"] = (name, { timeout = defaultTimeout } = {}, run) =>
      Effect.flatMap(Monotonic.now, (now) =>
        Effect.timeoutFail(
          run((read) => get(read, now + timeout)),
          {
            duration: timeout,
            onTimeout: () =>
              new TimeoutError(`${name} was not done within ${milliseconds(timeout)}`, {
                operation: name,
                sent: true,
                timeout,
              }),
          },
        ),
      )

    return { call }
  })

/**
 * The way to the Platform API over the queue in context.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<PlatformHttp, never, RequestQueue> =>
  Layer.effect(PlatformHttp, make(options))
