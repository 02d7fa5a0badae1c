/** The HTTP server: Fastify under the routes of the contract. Each request runs in a fiber of its own. */
import { randomUUID } from "node:crypto"
import { METHODS, type Server } from "node:http"
import { type ManagedRuntime, Runtime } from "effect"
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify"
import { notFound, Refusal } from "./Answer.js"
import * as Connections from "./Connections.js"
import { queryValues } from "./Inputs.js"
import { MAX_BODY, type Options as RequestOptions, Requests } from "./Requests.js"
import type { Route } from "./Route.js"

/** The routes, the address, and the limits of a server. */
export interface Options<R> extends Connections.Limits, RequestOptions {
  readonly routes: ReadonlyArray<Route<R>>
  readonly host: string
  readonly port: number
}

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** Takes no new requests, gives those under way some milliseconds, then cuts them off. */
  readonly stop: (patience: number) => Promise<void>
}

/** Longer than Node takes for a whole head, so that the route decides about every name and id. */
const MAX_PARAMETER = 64 * 1024

const wrongKey = new Refusal({ status: 401, tag: "Unauthorized", detail: "Invalid API key" })

const notAllowed = (allowed: ReadonlyArray<string>): Refusal =>
  new Refusal({
    status: 405,
    tag: "MethodNotAllowed",
    detail: "Method Not Allowed",
    headers: { allow: allowed.join(", ") },
  })

/** The methods that have a route on each path. Fastify answers HEAD for GET. */
const methodsByPath = <R>(routes: ReadonlyArray<Route<R>>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const methods = new Map<string, ReadonlyArray<string>>()
  for (const { method, path } of routes) {
    methods.set(path, [...(methods.get(path) ?? []), method, ...(method === "GET" ? ["HEAD"] : [])])
  }
  return methods
}

/** Nothing below `/api` says without the key whether it is there. */
const isGuarded = (url: string): boolean => /^\/api(?:[/?]|$)/.test(url)

const refuseUnknown = <R>(requests: Requests<R>, request: FastifyRequest, reply: FastifyReply): void => {
  const isHidden = isGuarded(request.url) && !requests.isAllowed(request)
  requests.refuse(request, reply, isHidden ? wrongKey : notFound)
}

const addRoutes = <R>(app: FastifyInstance, routes: ReadonlyArray<Route<R>>, requests: Requests<R>): void => {
  const isOpen = new Map(routes.map((route) => [route.path, route.isOpen]))
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  }
  for (const route of routes) {
    app.route<{ Params: Record<string, string> }>({
      method: route.method,
      url: route.path,
      onRequest: (request, reply, next) => {
        // Any type will do, even one that is none: a body is JSON.
        delete request.headers["content-type"]
        if (route.isOpen || requests.isAllowed(request)) next()
        else requests.refuse(request, reply, wrongKey)
      },
      handler: (request, reply) => requests.run(route, request, reply),
    })
  }
  for (const [url, allowed] of methodsByPath(routes)) {
    const refusal = notAllowed(allowed)
    app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url,
      onRequest: (request, reply) => {
        const isHidden = isOpen.get(url) !== true && !requests.isAllowed(request)
        requests.refuse(request, reply, isHidden ? wrongKey : refusal)
      },
      handler: () => undefined,
    })
  }
}

const makeApp = <R>(options: Options<R>, requests: Requests<R>, servers: Array<Server>): FastifyInstance => {
  const app = Fastify({
    bodyLimit: MAX_BODY,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    routerOptions: {
      maxParamLength: MAX_PARAMETER,
      querystringParser: (text) => queryValues(new URLSearchParams(text)),
    },
    serverFactory: (handler) => {
      const server = Connections.makeServer(options, handler)
      servers.push(server)
      return server
    },
    clientErrorHandler: (error, socket) => requests.answerUnreadable(error, socket),
    // An address that cannot be decoded never gets to the hooks.
    frameworkErrors: (_, request, reply) => {
      requests.begin(request, reply)
      refuseUnknown(requests, request, reply)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body))
  app.setErrorHandler<FastifyError>((error, request, reply) => requests.fail(error, request, reply))
  app.addHook("onRequest", (request, reply, next) => {
    requests.begin(request, reply)
    if (request.is404) refuseUnknown(requests, request, reply)
    else next()
  })
  addRoutes(app, options.routes, requests)
  return app
}

/** Starts to listen. */
export const start = async <R, E>(
  runtime: ManagedRuntime.ManagedRuntime<R, E>,
  options: Options<R>,
): Promise<Listening> => {
  const requests = new Requests<R>(options, Runtime.runFork(await runtime.runtime()))
  const servers: Array<Server> = []
  const app = makeApp(options, requests, servers)
  await app.listen({ host: options.host, port: options.port })
  const address = app.server.address()

  const stop = async (patience: number): Promise<void> => {
    const cut = (): void => {
      for (const server of servers) server.closeAllConnections()
    }
    requests.onIdle = cut
    const closed = app.close()
    // Connections that never asked anything count as busy to Node, and would hold up the end.
    if (requests.size === 0) cut()
    const timer = setTimeout(cut, patience)
    await closed
    clearTimeout(timer)
  }

  return { port: typeof address === "object" && address !== null ? address.port : options.port, stop }
}
