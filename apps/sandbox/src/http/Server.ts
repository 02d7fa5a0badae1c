/**
 * The sockets: reads requests, lets faults have their way, and sends answers. What an answer says is decided by
 * the `route` that is handed in.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { Candidate, Faults, Plan } from "../faults/Faults.js"
import { acts, faultyReply, patchReply } from "../faults/FaultyReply.js"
import { type HttpRequest, jsonReply, type Reply } from "./Messages.js"
import { type LoggedRequest, type RequestLog, withoutSecrets } from "./RequestLog.js"
import { cut, sendHalf, sendHuge, sendReply, type Transmission } from "./Transmit.js"

/** Dependencies of the server. */
export interface ServerParts {
  readonly faults: Faults
  readonly log: RequestLog
  /** Milliseconds that every answer is held back. */
  readonly latency: number
  readonly now: () => number
  /** Names a token without giving it away. */
  readonly tokenId: (authorization: string | undefined) => string | undefined
  /** Names the operation that a request asks for. */
  readonly operationName: (request: HttpRequest) => string | undefined
  readonly expireTokens: () => void
  /** Answers a request of the service that the sandbox stands in for. */
  readonly route: (request: HttpRequest, plan: Plan) => Promise<Reply> | Reply
  /** Answers a request below `/sandbox`, which no fault hits and no log shows. */
  readonly control: (request: HttpRequest) => Reply
}

/** A server that listens. */
export interface Listening {
  readonly port: number
  close(): Promise<void>
}

const BODY_LIMIT = 1_048_576

const headersOf = (message: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ")
  }
  return headers
}

/** Reads a body; `undefined` where it is larger than the limit, which is then drained unread. */
const readBody = async (message: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size <= BODY_LIMIT) chunks.push(chunk)
    else chunks.length = 0
  }
  return size <= BODY_LIMIT ? Buffer.concat(chunks).toString("utf8") : undefined
}

const isControl = (path: string): boolean => path === "/sandbox" || path.startsWith("/sandbox/")

const tooLarge = (): Reply =>
  jsonReply(413, { message: "The body is larger than 1 MiB" }, { connection: "close" })

class Exchange {
  readonly #parts: ServerParts
  readonly #signal: AbortSignal
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  #isCutByUs = false

  constructor(parts: ServerParts, signal: AbortSignal, message: IncomingMessage, response: ServerResponse) {
    this.#parts = parts
    this.#signal = signal
    this.#message = message
    this.#response = response
  }

  async run(): Promise<void> {
    const url = new URL(`http://sandbox${this.#message.url?.startsWith("/") ? this.#message.url : "/"}`)
    const headers = headersOf(this.#message)
    const method = this.#message.method ?? "GET"
    const seen = { method, path: url.pathname, query: url.searchParams, headers }
    if (isControl(url.pathname)) return this.#runControl(seen)

    const entry = this.#begin(seen)
    const body = await readBody(this.#message)
    if (body === undefined) return sendReply(this.#response, tooLarge(), this.#how(undefined))
    const operation = this.#parts.operationName({ ...seen, body })
    if (operation !== undefined) entry.operation = operation
    await this.#serve({ ...seen, body }, { method, path: url.pathname, operation })
  }

  async #runControl(seen: Omit<HttpRequest, "body">): Promise<void> {
    const body = await readBody(this.#message)
    const reply = body === undefined ? tooLarge() : this.#parts.control({ ...seen, body })
    await sendReply(this.#response, reply, this.#how(undefined))
  }

  #begin({ method, path, headers }: Omit<HttpRequest, "body">): LoggedRequest {
    const present = headers.authorization !== undefined
    const authorization = { present, tokenId: this.#parts.tokenId(headers.authorization) ?? null }
    const entry = this.#parts.log.begin({ method, path, headers: withoutSecrets(headers), authorization })
    this.#response.once("close", () => {
      entry.endedAt = performance.now()
      entry.status = this.#response.headersSent ? this.#response.statusCode : null
      entry.aborted = !this.#response.writableFinished && !this.#isCutByUs
    })
    return entry
  }

  async #serve(request: HttpRequest, candidate: Candidate): Promise<void> {
    const { faults, latency, route } = this.#parts
    const plan = faults.take(candidate)
    const { answer, hits } = plan
    if (hits.some(({ expireTokens }) => expireTokens)) this.#parts.expireTokens()
    const delay = (afterActing: boolean): number =>
      hits.reduce((sum, fault) => ((fault.act === true) === afterActing ? sum + (fault.delay ?? 0) : sum), 0)

    await this.#wait(latency + delay(false))
    const truth = answer === undefined || acts(answer) ? await route(request, plan) : undefined
    await this.#wait(delay(true))
    await this.#answer(plan, truth)
  }

  async #answer({ answer, hits }: Plan, truth: Reply | undefined): Promise<void> {
    const how = this.#how(hits)
    if (answer?.hang) return this.#hang()
    if (answer?.cut === "before" || answer?.cut === "after") return this.#cut(answer.reset ?? false)
    if (answer?.huge !== undefined) return sendHuge(this.#response, answer.huge, how)
    const reply = answer === undefined ? truth : faultyReply(answer, truth, how.now)
    if (reply === undefined) throw new Error("a fault left a request without an answer")
    const patches = hits.flatMap(({ patch }) => patch ?? [])
    const final = patchReply(reply, patches)
    if (answer?.cut !== "body") return sendReply(this.#response, final, how)
    this.#isCutByUs = true
    await sendHalf(this.#response, final, how, answer.reset ?? false)
  }

  #how(hits: Plan["hits"] | undefined): Transmission {
    const last = <Key extends "drip" | "date">(key: Key) =>
      hits?.findLast((fault) => fault[key] !== undefined)?.[key]
    return { drip: last("drip"), date: last("date"), now: this.#parts.now(), signal: this.#signal }
  }

  #cut(reset: boolean): void {
    this.#isCutByUs = true
    cut(this.#response, reset)
  }

  async #wait(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: this.#signal })
  }

  async #hang(): Promise<void> {
    if (!this.#response.closed) await once(this.#response, "close", { signal: this.#signal })
  }
}

/** A client that is gone and a sandbox that closes are no bugs; everything else is, and is told on stderr. */
const reportBug = (problem: unknown, response: ServerResponse, signal: AbortSignal): void => {
  if (signal.aborted || response.destroyed || response.closed) return
  process.stderr.write(
    `sandbox: ${problem instanceof Error ? (problem.stack ?? problem.message) : "unknown problem"}\n`,
  )
  if (response.headersSent) response.socket?.destroy()
  else {
    response.writeHead(500, { "content-type": "application/json" })
    response.end(JSON.stringify({ message: "The sandbox has a bug; see its output" }))
  }
}

/** Starts to listen. Fails with Node's own error where the port is taken. */
export const listen = async (parts: ServerParts, port: number, host: string): Promise<Listening> => {
  const closing = new AbortController()
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const exchange = new Exchange(parts, closing.signal, message, response)
    exchange.run().catch((problem: unknown) => reportBug(problem, response, closing.signal))
  })
  server.on("clientError", (_problem, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    else socket.destroy()
  })
  server.listen(port, host)
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the sandbox listens at no port")
  return {
    port: address.port,
    close: async () => {
      closing.abort()
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
