/** Connections: how many there may be, how long each may wait, and what becomes of one that is never closed. */
import { createServer, type RequestListener, type Server, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"

/** Bounds for connections. All times are in milliseconds. */
export interface Limits {
  /** Time for the headers of a request, from the moment that the connection is open. @default 10000 */
  readonly headersTimeout?: number
  /** Time for a whole request, its body included. @default 20000 */
  readonly requestTimeout?: number
  /** Time that a connection may wait for its next request. @default 125000 */
  readonly keepAliveTimeout?: number | undefined
  /** Time that a connection may be silent while a request is under way or its answer is not read. @default 130000 */
  readonly idleTimeout?: number | undefined
  /** Time that a client has to close a connection that the server has closed. @default 1000 */
  readonly lingerTimeout?: number
  /** Connections at once; the server closes each one above. @default 4096 */
  readonly maxConnections?: number | undefined
}

/** Half of a connection can stay open for ever; this closes the other half. */
const closeAfter = (milliseconds: number) => (socket: Socket) => {
  socket.once("finish", () => {
    const timer = setTimeout(() => socket.destroy(), milliseconds).unref()
    socket.once("close", () => clearTimeout(timer))
  })
}

/** Makes an HTTP server whose connections are bounded. */
export const makeServer = (limits: Limits, handler: RequestListener): Server => {
  const { headersTimeout = 10_000, requestTimeout = 20_000, keepAliveTimeout = 125_000 } = limits
  const connectionsCheckingInterval = Math.min(1_000, headersTimeout)
  const server = createServer(
    { headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval },
    handler,
  )
  server.timeout = limits.idleTimeout ?? 130_000
  server.maxConnections = limits.maxConnections ?? 4_096
  server.on("connection", closeAfter(limits.lingerTimeout ?? 1_000))
  return server
}

const UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Answers what never became a request: no HTTP, or a head or body that is too large or too slow. */
export const answerUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  const status = UNREADABLE[error.code ?? ""] ?? 400
  const words = STATUS_CODES[status] ?? "Bad Request"
  const body = JSON.stringify({ detail: words })
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}
