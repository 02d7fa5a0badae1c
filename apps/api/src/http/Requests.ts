/** Requests under way: counted, answered, logged, and ended when their clients leave. */
import { Cause, Effect, Exit, type Fiber, Option } from "effect"
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify"
import { type Answer, type Failure, notFound, ofDefect, ofFailure, Refusal, retryAfter } from "./Answer.js"
import * as Connections from "./Connections.js"
import type { Metrics } from "./Metrics.js"
import type { Route } from "./Route.js"

/** Settings that all requests share. */
export interface Options {
  readonly isKey: (shown: unknown) => boolean
  readonly metrics: Metrics
  /** Requests that may be worked on at once; more are told to come back. */
  readonly maxActive: number
  /** Logs a line for each request if true. */
  readonly isLogged: boolean
  /** Traces each request as a span if true. */
  readonly isTraced: boolean
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>
}

/** Most bytes that a body may have. */
export const MAX_BODY = 64 * 1024

const tooMany = new Refusal({
  status: 503,
  tag: "QueueFullError",
  detail: "Too many requests are under way; try again later",
  headers: retryAfter(1_000),
})

const tooLarge = new Refusal({
  status: 413,
  tag: "PayloadTooLarge",
  detail: `The body is larger than ${MAX_BODY} bytes`,
})

const unchanged = (body: string): string => body

/** Runs an effect of the routes in a fiber of its own. */
export type Fork<R> = <A, E>(effect: Effect.Effect<A, E, R>) => Fiber.RuntimeFiber<A, E>

/** Requests of one server, from their heads to the last byte of their answers. */
export class Requests<R> {
  readonly #options: Options
  readonly #fork: Fork<R>
  readonly #open = new Set<FastifyRequest>()
  #working = 0
  /** Is told when the last open request has ended; set when the server stops. */
  onIdle: (() => void) | undefined

  constructor(options: Options, fork: Fork<R>) {
    this.#options = options
    this.#fork = fork
  }

  get size(): number {
    return this.#open.size
  }

  /** Counts a request until its answer is sent or its client is gone, and then logs it. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const { metrics, isLogged } = this.#options
    const startedAt = performance.now()
    this.#open.add(request)
    metrics.begin()
    reply.raw.once("close", () => {
      this.#open.delete(request)
      const line = {
        method: request.method,
        route: request.routeOptions.url ?? "none",
        status: reply.raw.writableFinished ? reply.statusCode : 499,
        milliseconds: Math.round(performance.now() - startedAt),
      }
      metrics.end(line)
      if (isLogged) {
        this.#fork(Effect.annotateLogs(Effect.logInfo("request"), { ...line, request_id: request.id }))
      }
      if (this.#open.size === 0) this.onIdle?.()
    })
  }

  send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): void {
    if (this.onIdle !== undefined) reply.header("connection", "close")
    reply
      .code(status)
      .headers({ ...this.#options.headers, ...headers, "x-request-id": request.id })
      // Without a serializer Fastify adds a charset to the content type of JSON, which has none. The body stays a string,
      // since Node writes a string and the headers at once, and bytes apart.
      .serializer(unchanged)
      .send(body)
  }

  refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): void {
    this.send(request, reply, ofFailure(refusal))
  }

  isAllowed(request: FastifyRequest): boolean {
    return this.#options.isKey(request.headers["x-api-key"])
  }

  /** Runs a route. A client that leaves ends it; a transfer that was sent goes on in a fiber of its own. */
  run(
    route: Route<R>,
    request: FastifyRequest<{ Params: Record<string, string> }>,
    reply: FastifyReply,
  ): void {
    if (Object.values(request.params).includes("")) {
      this.refuse(request, reply, notFound)
      return
    }
    if (!route.isOpen && this.#working >= this.#options.maxActive) {
      this.refuse(request, reply, tooMany)
      return
    }
    const body = Buffer.isBuffer(request.body) ? request.body : new Uint8Array()
    const { id, params, query, headers } = request
    const work = route.run({ requestId: id, path: params, query, headers, body })
    const span = `${route.method} ${route.path}`
    const traced = this.#options.isTraced ? Effect.withSpan(work, span, { kind: "server" }) : work
    this.#working += 1
    const fiber = this.#fork(Effect.annotateLogs(traced, { request_id: id }))
    fiber.addObserver((exit) => {
      this.#working -= 1
      const answer = this.#answerOf(exit, id)
      if (answer !== undefined && !reply.raw.destroyed) this.send(request, reply, answer)
    })
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) fiber.unsafeInterruptAsFork(fiber.id())
    })
  }

  /** Gives the answer to how a route ended, and logs a bug; `undefined` if the client ended it. */
  #answerOf(exit: Exit.Exit<Answer, Failure>, requestId: string): Answer | undefined {
    if (Exit.isSuccess(exit)) return exit.value
    const failure = Cause.failureOption(exit.cause)
    if (Option.isSome(failure)) return ofFailure(failure.value)
    if (Cause.isInterrupted(exit.cause)) return undefined
    this.#fork(
      Effect.annotateLogs(Effect.logError("A bug of the server", exit.cause), { request_id: requestId }),
    )
    return ofDefect
  }

  /** The answer to a request that Fastify could not read. */
  fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const { code, statusCode: status = 500 } = error
    if (code === "FST_ERR_CTP_BODY_TOO_LARGE") this.refuse(request, reply, tooLarge)
    else if (status < 500) {
      this.refuse(request, reply, new Refusal({ status, tag: "BadRequest", detail: "Bad Request" }))
    } else {
      this.#fork(Effect.logError("A bug of the server", Cause.die(error)))
      this.send(request, reply, ofDefect)
    }
  }

  /**
   * Answers what is no request. A connection that waits for the answer to an earlier request gets none: it would be
   * taken for the answer to that one.
   */
  answerUnreadable(error: NodeJS.ErrnoException, socket: FastifyRequest["socket"]): void {
    const isAwaited = [...this.#open].some(({ raw }) => raw.socket === socket && raw.complete)
    if (isAwaited || !socket.writable) socket.destroy()
    else Connections.answerUnreadable(error, socket)
  }
}
