/** What happens to a request before and after its route: key, method, size, answer, log line. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { Cause, Effect, Exit } from "effect"
import { type Answer, type Failure, notFound, ofDefect, ofFailure, Refusal, retryAfter } from "./Answer.js"
import { receive } from "./Body.js"
import type { Metrics } from "./Metrics.js"
import { type Found, find, type Route } from "./Routes.js"

/** What a dispatcher needs to know. */
export interface Options<R> {
  readonly routes: ReadonlyArray<Route<R>>
  readonly isKey: (shown: unknown) => boolean
  readonly metrics: Metrics
  /** Requests that may be worked on at once; more are told to come back. */
  readonly maxActive: number
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>
}

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
): Effect.Effect<Extract<Found<R>, { _tag: "Route" }>, Refusal> => {
  if (isGuarded(found, path) && !options.isKey(request.headers["x-api-key"])) return Effect.fail(wrongKey)
  if (found._tag === "None") return Effect.fail(notFound)
  if (found._tag === "OtherMethod") return Effect.fail(notAllowed(found.allowed))
  const isFull = options.metrics.active() > options.maxActive
  return isFull && !found.route.isOpen ? Effect.fail(tooMany) : Effect.succeed(found)
}

const work = <R>(
  options: Options<R>,
  request: IncomingMessage,
  target: { readonly found: Found<R>; readonly path: string; readonly search: string },
  requestId: string,
): Effect.Effect<Answer, Failure, R> =>
  Effect.gen(function* () {
    const { route, path } = yield* admit(options, request, target.found, target.path)
    const body = route.method === "POST" ? yield* receive(request) : new Uint8Array()
    const query = new URLSearchParams(target.search)
    return yield* route.run({ requestId, path, query, headers: request.headers, body })
  })

const settle = <R>(effect: Effect.Effect<Answer, Failure, R>): Effect.Effect<Answer, never, R> =>
  effect.pipe(
    Effect.catchAll((failure) => Effect.succeed(ofFailure(failure))),
    Effect.catchAllCause((cause) =>
      Cause.isInterrupted(cause)
        ? Effect.failCause(cause)
        : Effect.as(Effect.logError("A bug of the server", cause), ofDefect),
    ),
  )

/** Answers a request. Never fails: whatever goes wrong is an answer too. */
export const dispatch = <R>(
  options: Options<R>,
  request: IncomingMessage,
): Effect.Effect<Answer, never, R> => {
  const requestId = randomUUID()
  const [path = "", ...search] = (request.url ?? "").split("?")
  const method = request.method ?? "GET"
  const found = find(options.routes, method, path)
  const begun = performance.now()
  const note = (status: number) => {
    const milliseconds = Math.round(performance.now() - begun)
    const line = { method, route: routeOf(found), status, milliseconds }
    options.metrics.end(line)
    return Effect.annotateLogs(Effect.logInfo("request"), line)
  }
  return Effect.sync(options.metrics.begin).pipe(
    Effect.zipRight(settle(work(options, request, { found, path, search: search.join("?") }, requestId))),
    Effect.map((answer) => ({
      ...answer,
      headers: { ...options.headers, ...answer.headers, "x-request-id": requestId },
    })),
    // 499: the client went away before there was an answer.
    Effect.onExit((exit) => note(Exit.isSuccess(exit) ? exit.value.status : 499)),
    Effect.annotateLogs({ request_id: requestId }),
  )
}
