/** Listens, hands each request to the dispatcher in a fiber of its own, and stops in good order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { type ManagedRuntime, Runtime } from "effect"
import type { Answer } from "./Answer.js"
import { Dispatcher, type Options } from "./Dispatch.js"

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** Takes no new requests, gives those under way some milliseconds, then cuts them off. */
  readonly stop: (patience: number) => Promise<void>
}

const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

/** What is left of a body that nobody wants must be read, or the client never reads the answer. */
const drain = (request: IncomingMessage): void => {
  if (!request.complete) request.resume()
}

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })

const UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Answers what never became a request: no HTTP, headers that are too large or too slow. */
const answerUnreadable = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = UNREADABLE[error.code ?? ""] ?? 400
  const words = STATUS_CODES[status] ?? "Bad Request"
  const body = JSON.stringify({ detail: words })
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** Where to listen, and how long to wait for clients. */
export interface Place {
  readonly host: string
  readonly port: number
  /** Milliseconds that a client has for its headers. @default 10000 */
  readonly headersTimeout?: number
  /** Milliseconds that a client has for a whole request. @default 130000 */
  readonly requestTimeout?: number
}

/** Starts to listen. */
export const start = async <R, E>(
  runtime: ManagedRuntime.ManagedRuntime<R, E>,
  options: Options<R> & Place,
): Promise<Listening> => {
  const { headersTimeout = 10_000, requestTimeout = 130_000 } = options
  const running = new Set<() => void>()
  let isStopping = false
  const dispatcher = new Dispatcher<R>(options, Runtime.runFork(await runtime.runtime()))

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const leave = dispatcher.dispatch(request, (answer) => {
      if (isStopping) response.setHeader("connection", "close")
      send(response, answer)
      drain(request)
    })
    const cut = (): void => {
      leave()
      response.destroy()
    }
    running.add(cut)
    // Whoever hangs up wants no answer; a transfer that was sent goes on in a fiber of its own.
    response.once("close", () => {
      running.delete(cut)
      if (!response.writableFinished) leave()
      if (isStopping) closeWhenDone()
    })
  }

  const server = createServer(
    { headersTimeout, requestTimeout, connectionsCheckingInterval: Math.min(1_000, headersTimeout) },
    handle,
  )
  server.on("clientError", answerUnreadable)
  // Connections that never asked anything count as busy to Node, and would hold up the end.
  const closeWhenDone = (): void => {
    if (running.size === 0) server.closeAllConnections()
  }
  const port = await listen(server, options.host, options.port)

  const stop = async (patience: number): Promise<void> => {
    isStopping = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    closeWhenDone()
    const timer = setTimeout(() => {
      for (const cut of running) cut()
    }, patience)
    await closed
    clearTimeout(timer)
  }

  return { port, stop }
}
