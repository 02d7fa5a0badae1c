/** A server that answers as a test scripts it and remembers what arrived. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { SequenceRest, type SequenceRestOptions } from "../../src/rest.js"

export const KEY = "k3y-that-nobody-may-see/+"

/** A request that arrived. */
interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A handler of a request. */
export type Reaction = (request: IncomingMessage, response: ServerResponse, arrived: Arrived) => void

/** Answers with JSON. */
export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reaction =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(JSON.stringify(body))
  }

/** Answers with the contract's error. */
export const failure = (
  status: number,
  tag: string,
  detail: unknown,
  headers: Record<string, string> = {},
): Reaction => json(status, { detail }, { "x-error-tag": tag, "x-request-id": "server-request", ...headers })

/** Takes the request and closes the connection. */
export const hangUp: Reaction = (request) => request.socket.destroy()

/** Takes the request and says nothing. */
export const silence: Reaction = () => {}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text
}

/** A server under way, and a client of it. */
export interface Scripted {
  readonly url: string
  readonly client: SequenceRest
  readonly arrived: ReadonlyArray<Arrived>
}

/** Runs a body with a server that reacts in the order given; the last reaction stays. */
export const withServer = async (
  reactions: ReadonlyArray<Reaction>,
  run: (scripted: Scripted) => Promise<void>,
  options: Partial<SequenceRestOptions> = {},
): Promise<void> => {
  const arrived: Array<Arrived> = []
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request
    const one = { method, url, headers, body: await bodyOf(request) }
    arrived.push(one)
    reactions[Math.min(arrived.length, reactions.length) - 1]?.(request, response, one)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new SequenceRest({ baseUrl: url, apiKey: KEY, retry: { baseDelay: 0 }, ...options })
  try {
    await run({ url, client, arrived })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Gives the error that a promise rejects with. */
export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("it did not fail")
    },
    (error: unknown) => error,
  )

export const pod = {
  id: "pod-1",
  name: "Emergency Fund",
  organization_id: "org-1",
  balance_cents: 150_000,
  balance: "$1,500.00",
}

const end = (id: string) => ({ id, type: "POD", name: `Pod ${id}`, icon: null })

export const transfer = (id: string) => ({
  id,
  type: null,
  status: "COMPLETE",
  error_reason: null,
  created_at: "2025-01-15T10:30:00-05:00",
  updated_at: null,
  amount_cents: 5_000,
  amount: "$50.00",
  source: end("a"),
  destination: null,
  direction: "INTERNAL",
  activity_type: "ONE_TIME_TRANSFER",
  description: null,
})

export const receipt = {
  id: "transfer-1",
  status: "PENDING",
  amount_cents: 5_000,
  amount: "$50.00",
  source: end("a"),
  destination: end("b"),
  created_at: "2025-01-15T10:30:00-05:00",
  request_id: "attempt-1",
  organization: { id: "org-1", pods: [pod] },
}
