/**
 * Sends requests with a token, each in a slot of the queue. If the service refuses the token, a read is sent once more
 * with another one, and a payment goes back to its sender.
 *
 * Every GraphQL request goes through here, and each step of an effect costs time. So there are few steps, and the code
 * reads the clock and the outcome in between.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import { type AccessTokenError, AccessTokens } from "../auth/AccessTokens.js"
import { AuthenticationError, type QueueFullError, type RateLimitedError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import * as Spans from "../internal/Spans.js"
import * as GraphQLHttp from "./GraphQLHttp.js"
import * as GraphQLResponse from "./GraphQLResponse.js"
import * as OutstandingRequests from "./OutstandingRequests.js"
import { type Lane, RequestQueue, type Restore, type Slot } from "./RequestQueue.js"

const REQUESTS = MetricKey.counter("tsequence_requests_total", {
  description: "Requests to the service, by operation and HTTP status, or `error` where no answer came",
  incremental: true,
})
const outcomeOf = (ending: OutstandingRequests.RequestExit): string =>
  Exit.isSuccess(ending) ? String(ending.value.status) : "error"

const queueWait = Metric.timer("tsequence_queue_wait", "How long requests waited for their turn")

const makeCounter = (operation: string, outcome: string) =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(REQUESTS, [
      MetricLabel.make("operation", operation),
      MetricLabel.make("outcome", outcome),
    ]),
  )

const counters = new Map<string, ReturnType<typeof makeCounter>>()

/**
 * Returns a counter that is made once: making a counter, or tagging one, costs more than counting. There are few, since
 * operations are the SDK's own but for `execute`.
 */
const counterOf = (operation: string, outcome: string) => {
  const key = `${outcome} ${operation}`
  const known = counters.get(key)
  if (known !== undefined) return known
  const counter = makeCounter(operation, outcome)
  counters.set(key, counter)
  return counter
}

/** Failure of a request that was not sent, since there was no token. It is not retried: a login is not repeated. */
export class TokenUnavailable {
  readonly error: AccessTokenError

  constructor(error: AccessTokenError) {
    this.error = error
  }
}

/** An operation to send, with its lane and deadline. */
export interface Call {
  readonly lane: Lane
  readonly operation: { readonly name: string; readonly document: string }
  readonly variables: Readonly<Record<string, unknown>>
  readonly deadline: () => number
}

/** Hooks of a request on its way. */
interface RequestHooks<E> {
  /** Runs right before the request goes out; if it fails, nothing is sent. */
  readonly onSend: Effect.Effect<void, E>
  /** Runs when the service refused the token of a read. */
  readonly onRefused: () => void
}

/** A request that was answered. */
interface SentRequest {
  readonly answer: GraphQLHttp.GraphQLResponse
  readonly token: Redacted.Redacted<string>
  /** Send time by the service's clock, in milliseconds since 1970, up to a second too early. */
  readonly sentAt: number | undefined
}

/** Errors of a request without a usable response. */
type SendError =
  | TokenUnavailable
  | AuthenticationError
  | QueueFullError
  | RateLimitedError
  | GraphQLHttp.ExchangeError

/** Sends requests. A request on its way is not cut off by a caller who leaves. */
export interface AuthenticatedSender {
  /** Sends one request. */
  readonly send: <E>(call: Call, hooks: RequestHooks<E>) => Effect.Effect<SentRequest, SendError | E>
}

const unauthorized = (call: Call, response: GraphQLHttp.GraphQLResponse) =>
  new AuthenticationError(
    "Unauthorized",
    "The service refuses the access token, and a new one as well. Check that the account may use the web app, and SEQUENCE_AUTH0_AUDIENCE.",
    { operation: call.operation.name, requestId: response.requestId },
  )

/** Makes a sender that works as long as its scope is open. */
export const make = (
  options: GraphQLHttp.Options,
): Effect.Effect<AuthenticatedSender, never, AccessTokens | RequestQueue | Scope.Scope> =>
  Effect.gen(function* () {
    const tokens = yield* AccessTokens
    const queue = yield* RequestQueue
    const post = yield* GraphQLHttp.make(options)
    const outstanding = yield* OutstandingRequests.make

    /** Releases the slot of a request that has ended, ends its span and counts it, even if its caller has left. */
    const conclude =
      (operation: string, slot: Slot, span: Tracer.Span | undefined) =>
      (ending: OutstandingRequests.RequestExit) => {
        const counted = Metric.increment(counterOf(operation, outcomeOf(ending)))
        const noted = span === undefined ? counted : Effect.zipRight(Spans.end(span, ending), counted)
        return Effect.zipRight(slot.release(true), noted)
      }

    const requestOf = (call: Call, token: Redacted.Redacted<string>): GraphQLHttp.GraphQLRequest => {
      const { name, document } = call.operation
      const id = `tsequence-${crypto.randomUUID()}`
      return {
        id,
        operation: name,
        document,
        variables: call.variables,
        token,
        isFresh: call.lane === "payment",
      }
    }

    const dispatch = (call: Call, slot: Slot, token: Redacted.Redacted<string>, restore: Restore) => {
      const { name } = call.operation
      const request = requestOf(call, token)
      const attributes = { operation: name, "request.id": request.id }
      return Effect.flatMap(Spans.begin("GraphQL.request", attributes), (span) =>
        outstanding.run(call.lane, post(request), conclude(name, slot, span), restore),
      )
    }

    const attempt = <E>(call: Call, { onSend }: RequestHooks<E>): Effect.Effect<SentRequest, SendError | E> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.clockWith((clock) => {
          const asked = Monotonic.by(clock)
          return Effect.flatMap(queue.acquire(call.lane, call.deadline(), restore), (slot) => {
            const waited = Metric.update(queueWait, Duration.millis(Monotonic.by(clock) - asked))
            const token = Effect.mapError(restore(tokens.get), (error) => new TokenUnavailable(error))
            const ready = Effect.zipLeft(Effect.zipRight(waited, token), onSend)
            return Effect.matchCauseEffect(ready, {
              // Nothing was sent.
              onFailure: (cause) => Effect.zipRight(slot.release(false), Effect.failCause(cause)),
              onSuccess: (given) => {
                const startedAt = Monotonic.by(clock)
                return Effect.map(dispatch(call, slot, given, restore), (response): SentRequest => {
                  const elapsed = Monotonic.by(clock) - startedAt
                  const sentAt = response.date === undefined ? undefined : response.date - elapsed
                  return { answer: response, token: given, sentAt }
                })
              },
            })
          })
        }),
      )

    const send = <E>(
      call: Call,
      hooks: RequestHooks<E>,
      isSecond = false,
    ): Effect.Effect<SentRequest, SendError | E> =>
      Effect.flatMap(attempt(call, hooks), (sent) => {
        if (!GraphQLResponse.isUnauthorized(sent.answer)) return Effect.succeed(sent)
        // A refused payment may have been made all the same: its sender looks before it goes out again.
        if (call.lane === "payment") return Effect.as(tokens.invalidate(sent.token), sent)
        hooks.onRefused()
        return Effect.zipRight(
          tokens.invalidate(sent.token),
          isSecond ? Effect.fail(unauthorized(call, sent.answer)) : send(call, hooks, true),
        )
      })

    return { send: (call, hooks) => send(call, hooks) }
  })
