/** What happens to a request before and after its route: key, method, size, answer, log line. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { Cause, Effect, Exit, type Fiber, FiberId } from "effect"
import { type Answer, type Failure, notFound, ofDefect, ofFailure, Refusal, retryAfter } from "./Answer.js"
import { receive } from "./Body.js"
import type { Incoming } from "./Inputs.js"
import { JointRuns, type Listener } from "./JointRuns.js"
import type { Metrics } from "./Metrics.js"
import { type Found, type Route, Router } from "./Routes.js"

/** What a dispatcher needs to know. */
export interface Options<R> {
  readonly routes: ReadonlyArray<Route<R>>
  readonly isKey: (shown: unknown) => boolean
  readonly metrics: Metrics
  /** Requests that may be worked on at once; more are told to come back. */
  readonly maxActive: number
  /** Whether each request is to leave a line in the log. */
  readonly isLogged: boolean
  /** Whether each piece of work is to be a span. */
  readonly isTraced: boolean
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>
}

const NO_BODY = Effect.succeed(new Uint8Array())

const wrongKey = new Refusal({ status: 401, tag: "Unauthorized", detail: "Invalid API key" })

const tooMany = new Refusal({
  status: 503,
  tag: "QueueFullError",
  detail: "Too many requests are under way; try again later",
  headers: retryAfter(1_000),
})

const notAllowed = (allowed: string) =>
  new Refusal({
    status: 405,
    tag: "MethodNotAllowed",
    detail: "Method Not Allowed",
    headers: { allow: allowed },
  })

const isGuarded = <R>(found: Found<R>, path: string): boolean => {
  if (found._tag === "Route") return !found.route.isOpen
  if (found._tag === "OtherMethod") return !found.isOpen
  return path === "/api" || path.startsWith("/api/")
}

const routeOf = <R>(found: Found<R>): string =>
  found._tag === "Route" ? found.route.path : found._tag === "OtherMethod" ? found.path : "none"

const admit = <R>(
  options: Options<R>,
  request: IncomingMessage,
  found: Found<R>,
  path: string,
): Extract<Found<R>, { _tag: "Route" }> | Refusal => {
  if (isGuarded(found, path) && !options.isKey(request.headers["x-api-key"])) return wrongKey
  if (found._tag === "None") return notFound
  if (found._tag === "OtherMethod") return notAllowed(found.allowed)
  const isFull = options.metrics.active() > options.maxActive
  return isFull && !found.route.isOpen ? tooMany : found
}

const settle = <R>(effect: Effect.Effect<Answer, Failure, R>): Effect.Effect<Answer, never, R> =>
  effect.pipe(
    Effect.catchAll((failure) => Effect.succeed(ofFailure(failure))),
    Effect.catchAllCause((cause) =>
      Cause.isInterrupted(cause)
        ? Effect.failCause(cause)
        : Effect.as(Effect.logError("A bug of the server", cause), ofDefect),
    ),
  )

/** Runs an effect of the routes in a fiber of its own. */
export type Fork<R> = <A>(effect: Effect.Effect<A, never, R>) => Fiber.RuntimeFiber<A>

const interrupt = <A>(fiber: Fiber.RuntimeFiber<A>): void => fiber.unsafeInterruptAsFork(fiber.id())

/** Answers requests. Nothing fails: whatever goes wrong is an answer too. */
export class Dispatcher<R> {
  readonly #options: Options<R>
  readonly #fork: Fork<R>
  readonly #router: Router<R>
  readonly #reads = new JointRuns()

  constructor(options: Options<R>, fork: Fork<R>) {
    this.#options = options
    this.#fork = fork
    this.#router = new Router(options.routes)
  }

  /**
   * Begins to work on a request.
   *
   * @param reply - gets the answer, unless the client leaves before there is one
   * @returns what to do when the client leaves
   */
  dispatch(request: IncomingMessage, reply: (answer: Answer) => void): () => void {
    const { metrics, headers } = this.#options
    const requestId = randomUUID()
    const url = request.url ?? ""
    const end = url.indexOf("?")
    const path = end < 0 ? url : url.slice(0, end)
    const method = request.method ?? "GET"
    const found = this.#router.find(method, path)
    const begun = performance.now()
    metrics.begin()
    const note = (status: number): void => {
      const milliseconds = Math.round(performance.now() - begun)
      const line = { method, route: routeOf(found), status, milliseconds }
      metrics.end(line)
      if (this.#options.isLogged) this.#log({ ...line, request_id: requestId })
    }
    const answer = (given: Answer): void => {
      note(given.status)
      reply({ ...given, headers: { ...headers, ...given.headers, "x-request-id": requestId } })
    }
    const admitted = admit(this.#options, request, found, path)
    if (admitted._tag === "Refusal") {
      answer(ofFailure(admitted))
      return () => {}
    }
    const incoming = (): Omit<Incoming, "body"> => ({
      requestId,
      path: admitted.path,
      query: new URLSearchParams(url.slice(path.length + 1)),
      headers: request.headers,
    })
    let isOver = false
    return this.#run(admitted.route, incoming, request, (exit) => {
      if (isOver) return
      isOver = true
      if (Exit.isSuccess(exit)) answer(exit.value)
      // The client went away before there was an answer.
      else note(499)
    })
  }

  #run(
    route: Route<R>,
    incoming: () => Omit<Incoming, "body">,
    request: IncomingMessage,
    listener: Listener,
  ): () => void {
    const start = (body: Effect.Effect<Uint8Array, Refusal>) => {
      const known = incoming()
      const work = Effect.flatMap(body, (bytes) => route.run({ ...known, body: bytes }))
      const span = `${route.method} ${route.path}`
      const traced = this.#options.isTraced ? Effect.withSpan(work, span, { kind: "server" }) : work
      return this.#fork(Effect.annotateLogs(settle(traced), { request_id: known.requestId }))
    }
    if (route.method === "GET") {
      const leave = this.#reads.join(request.url ?? "", () => start(NO_BODY), listener)
      return () => {
        leave()
        listener(Exit.interrupt(FiberId.none))
      }
    }
    // Reads from before it say nothing about the time after it.
    this.#reads.outdate()
    const fiber = start(receive(request))
    fiber.addObserver((exit) => {
      this.#reads.outdate()
      listener(exit)
    })
    return () => interrupt(fiber)
  }

  #log(line: Readonly<Record<string, unknown>>): void {
    this.#fork(Effect.annotateLogs(Effect.logInfo("request"), line))
  }
}
