/**
 * Sends GraphQL operations to the service: requests wait for a slot, carry a valid token, and are retried if that is
 * safe. The responses to queries are checked.
 *
 * A query may be sent again after any failure that may pass. A mutation may have moved money, so it is sent
 * again only if there is evidence that nothing left. No answer is such evidence: a payment that was turned away is
 * looked for in the activity first, see `api/PaymentSender`.
 */
import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { AccessTokenError, AccessTokens } from "../auth/AccessTokens.js"
import type {
  GraphQLError,
  HttpError,
  NetworkError,
  QueueFullError,
  RateLimitedError,
  TimeoutError,
  UnexpectedResponseError,
} from "../Errors.js"
import { type BackoffOptions, backoffDelay, resolveBackoff } from "../http/Backoff.js"
import * as Monotonic from "../internal/Monotonic.js"
import * as Spans from "../internal/Spans.js"
import * as AuthenticatedSender from "./AuthenticatedSender.js"
import type * as GraphQLHttp from "./GraphQLHttp.js"
import * as GraphQLResponse from "./GraphQLResponse.js"
import * as RequestCoalescer from "./RequestCoalescer.js"
import { MAX_PAUSE, RequestQueue } from "./RequestQueue.js"
import { decideRetry } from "./Retry.js"

export type { GraphQLResponse, Options as HttpOptions } from "./GraphQLHttp.js"
export type { Success } from "./GraphQLResponse.js"

/** Errors that a request can fail with. */
export type RequestError =
  | AccessTokenError
  | NetworkError
  | TimeoutError
  | RateLimitedError
  | HttpError
  | GraphQLError
  | UnexpectedResponseError
  | QueueFullError

/** A document with the types of its data and its variables. */
export interface Operation<Data = unknown, V = Variables> extends DocumentTypeDecoration<Data, V> {
  /** Name of the operation in the document. */
  readonly name: string
  /** The document's text. */
  readonly document: string
}

/** Values for the variables of a document. */
export type Variables = Readonly<Record<string, unknown>>

/** Options of a single call. */
export interface CallOptions {
  /** Milliseconds that the call may take, all waits included. Default: that of the client. */
  readonly timeout?: number | undefined
}

/** Options of a mutation. */
export interface MutationOptions<E = never> extends CallOptions {
  /**
   * Runs right before the request goes out, at each try, when its turn has come and nothing can interrupt it
   * any more. If it fails, nothing is sent.
   */
  readonly beforeSend?: Effect.Effect<void, E> | undefined
  /** The number of tries before this one, which count as retries. @default 0 */
  readonly tries?: number | undefined
}

/** The answer to a mutation, of any kind. */
export interface MutationAnswer {
  readonly answer: GraphQLHttp.GraphQLResponse
  /** Send time of the request by the service's clock, in milliseconds since 1970, up to a second too early. */
  readonly sentAt: number | undefined
  /** Milliseconds to wait before another try, if there is to be one. */
  readonly wait: number
  /** The number of tries before this one. */
  readonly tries: number
}

/**
 * Operations that send queries and mutations to the service.
 *
 * @category services
 */
export interface Service {
  /** Milliseconds that a call may take if it does not say otherwise. */
  readonly timeout: number
  /** Number of times that a failed request may be sent again. */
  readonly retryTimes: number
  /**
   * Sends a query, or shares the answer of the same one that waits or is under way.
   *
   * @returns the `data` of the answer, not shared with any other caller's view of it once decoded
   */
  readonly query: <V extends Variables>(
    operation: Operation<unknown, V>,
    variables: NoInfer<V>,
    options?: CallOptions,
  ) => Effect.Effect<unknown, RequestError>
  /**
   * Sends a query of its own, never shared with others and never answered from memory.
   *
   * @returns the whole answer, checked for errors
   */
  readonly freshQuery: <V extends Variables>(
    operation: Operation<unknown, V>,
    variables: NoInfer<V>,
    options?: CallOptions,
  ) => Effect.Effect<GraphQLResponse.Success, RequestError>
  /**
   * Sends a mutation ahead of waiting queries.
   *
   * If it is interrupted while it waits, it is not sent. Once it is on its way, it runs to its end. {@link SentFlag}
   * tells which of the two happened.
   *
   * @returns the answer as it came; what it means for the money is for the caller to say
   */
  readonly mutation: <V extends Variables, E = never>(
    operation: Operation<unknown, V>,
    variables: NoInfer<V>,
    sent: SentFlag,
    options?: MutationOptions<E>,
  ) => Effect.Effect<MutationAnswer, RequestError | E>
}

/** State of a mutation, as its caller sees it while it runs and after it was interrupted. */
export interface SentFlag {
  /** True if the service may have acted: a request is out or was. */
  sent: boolean
  /** True if an answer that proves nothing came, and the next step can still be called off. */
  isWaiting?: boolean | undefined
  /** True if the caller went away, so that nothing may be sent again. */
  readonly isCancelled?: boolean | undefined
  /** The `x-request-id` of the newest request, once an answer or an error told it. */
  requestId?: string | undefined
}

/**
 * Sends GraphQL operations to the service.
 *
 * @category services
 */
export class GraphQL extends Context.Tag("tsequence/GraphQL")<GraphQL, Service>() {}

/** Number of retries of a failed request, and the back-off before each. */
export interface RetryOptions extends BackoffOptions {}

/**
 * Addresses, time-outs and retries of operations.
 *
 * @category options
 */
export interface Options extends GraphQLHttp.Options {
  /** Milliseconds that a call may take, waits included. @default 120000 */
  readonly timeout?: number | undefined
  readonly retry?: RetryOptions | undefined
  /** Milliseconds that the answer to a query may be used again. 0: not at all. @default 0 */
  readonly maxAge?: number | undefined
}

/**
 * Sends operations for as long as its scope is open.
 *
 * @category constructors
 */
export const make = (
  options: Options,
): Effect.Effect<Service, never, AccessTokens | RequestQueue | Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* RequestQueue
    const sender = yield* AuthenticatedSender.make(options)
    const shared = yield* RequestCoalescer.make<unknown, RequestError>()
    const { timeout: defaultTimeout = 120_000, maxAge = 0 } = options
    const limits = resolveBackoff(options.retry)
    const { times } = limits

    const backoff = (tries: number) =>
      Effect.map(Random.next, (random) => backoffDelay(limits, tries, random))

    /** Pauses the queue if the response asks to back off; returns the milliseconds to wait before a retry. */
    const respectRetryAfter = (response: GraphQLHttp.GraphQLResponse, tries: number) =>
      Effect.gen(function* () {
        const delay = yield* backoff(tries)
        if (!GraphQLResponse.asksToBackOff(response)) return delay
        const wait = Math.min(response.retryAfter ?? delay, MAX_PAUSE)
        yield* queue.pause(wait)
        return wait
      })

    const runQuery = (
      call: AuthenticatedSender.Call,
      setSent: (sent: boolean) => void,
      tries = 0,
    ): Effect.Effect<GraphQLResponse.Success, RequestError> => {
      const hooks = { onSend: Effect.sync(() => setSent(true)), onRefused: () => setSent(false) }
      const again = (error: RequestError, wait: Effect.Effect<number>) => {
        setSent(false)
        const result = GraphQLResponse.isTransient(error) ? "mayPass" : "final"
        return Effect.flatMap(Effect.zip(wait, Monotonic.now), ([delay, now]) =>
          decideRetry("read", result, { tries, times, wait: delay, now }, call.deadline()) === "Again"
            ? Effect.zipRight(
                Effect.sleep(Math.ceil(delay)),
                Effect.suspend(() => runQuery(call, setSent, tries + 1)),
              )
            : Effect.fail(error),
        )
      }
      return Effect.matchEffect(sender.send(call, hooks), {
        onFailure: (error): Effect.Effect<GraphQLResponse.Success, RequestError> => {
          if (!(error instanceof AuthenticatedSender.TokenUnavailable)) return again(error, backoff(tries))
          setSent(false)
          return Effect.fail(error.error)
        },
        onSuccess: ({ answer: response }) => {
          const result = GraphQLResponse.classifyResponse(response, call.operation.name)
          if (Either.isRight(result)) return Effect.succeed(result.right)
          return Effect.flatMap(respectRetryAfter(response, tries), (wait) =>
            again(result.left, Effect.succeed(wait)),
          )
        },
      })
    }

    const runMutation = <E>(
      call: AuthenticatedSender.Call,
      flag: SentFlag,
      beforeSend: Effect.Effect<void, E>,
      tries = 0,
    ): Effect.Effect<MutationAnswer, RequestError | E> => {
      const wasSent = flag.sent
      const onSend = Effect.zipRight(
        beforeSend,
        Effect.sync(() => {
          flag.sent = true
          shared.invalidate()
        }),
      )
      return sender.send(call, { onSend, onRefused: () => {} }).pipe(
        Effect.ensuring(Effect.sync(() => shared.invalidate())),
        Effect.matchEffect({
          onFailure: (error): Effect.Effect<MutationAnswer, RequestError | E> => {
            if (error instanceof AuthenticatedSender.TokenUnavailable) return Effect.fail(error.error)
            flag.requestId = GraphQLResponse.requestIdOf(error) ?? flag.requestId
            if (!GraphQLResponse.wasNotSent(error)) return Effect.fail(error)
            flag.sent = wasSent
            return Effect.flatMap(Effect.zip(backoff(tries), Monotonic.now), ([wait, now]) =>
              decideRetry("payment", "notSent", { tries, times, wait, now }, call.deadline()) === "Again"
                ? Effect.zipRight(
                    Effect.sleep(Math.ceil(wait)),
                    Effect.suspend(() => runMutation(call, flag, beforeSend, tries + 1)),
                  )
                : Effect.fail(error),
            )
          },
          onSuccess: ({ answer: response, sentAt }): Effect.Effect<MutationAnswer, RequestError | E> => {
            flag.requestId = response.requestId
            return Effect.map(respectRetryAfter(response, tries), (wait) => ({
              answer: response,
              sentAt,
              wait,
              tries,
            }))
          },
        }),
      )
    }

    const inTime = (operation: string, timeout: number, isSent: () => boolean) =>
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => GraphQLResponse.callTimedOut(operation, timeout, isSent()),
      })

    const deadlineIn = (timeout: number) => Effect.map(Monotonic.now, (now) => now + timeout)

    const dataOf = ({ data }: GraphQLResponse.Success) => data

    const query: Service["query"] = (operation, variables, { timeout = defaultTimeout } = {}) =>
      Effect.flatMap(deadlineIn(timeout), (deadline) =>
        shared.get(
          `${operation.name}\n${operation.document}\n${JSON.stringify(variables)}`,
          deadline,
          maxAge,
          {
            run: (read) => {
              const call: AuthenticatedSender.Call = {
                lane: "read",
                operation,
                variables,
                deadline: read.deadline,
              }
              return Effect.map(runQuery(call, read.setSent), dataOf)
            },
            onTimeout: (isSent) => GraphQLResponse.callTimedOut(operation.name, timeout, isSent),
          },
        ),
      ).pipe(Spans.within("GraphQL.query", { operation: operation.name }))

    const freshQuery: Service["freshQuery"] = (operation, variables, { timeout = defaultTimeout } = {}) =>
      Effect.gen(function* () {
        const deadline = yield* deadlineIn(timeout)
        let sent = false
        const call: AuthenticatedSender.Call = {
          lane: "read",
          operation,
          variables,
          deadline: () => deadline,
        }
        const setSent = (now: boolean) => {
          sent = now
        }
        return yield* runQuery(call, setSent).pipe(inTime(operation.name, timeout, () => sent))
      }).pipe(Spans.within("GraphQL.query", { operation: operation.name }))

    const mutation: Service["mutation"] = (operation, variables, flag, mutationOptions = {}) =>
      Effect.gen(function* () {
        const { timeout = defaultTimeout, beforeSend = Effect.void, tries = 0 } = mutationOptions
        const deadline = yield* deadlineIn(timeout)
        const call: AuthenticatedSender.Call = {
          lane: "payment",
          operation,
          variables,
          deadline: () => deadline,
        }
        return yield* runMutation(call, flag, beforeSend, tries).pipe(
          inTime(operation.name, timeout, () => flag.sent),
        )
      }).pipe(Spans.within("GraphQL.mutation", { operation: operation.name }))

    return { timeout: defaultTimeout, retryTimes: times, query, freshQuery, mutation }
  })

/**
 * Builds {@link GraphQL} over the tokens and turns in context.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<GraphQL, never, AccessTokens | RequestQueue> =>
  Layer.scoped(GraphQL, make(options))
