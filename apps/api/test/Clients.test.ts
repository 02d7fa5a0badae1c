/** Clients that are slow, rude, many, or gone. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { connect, Socket } from "node:net"
import { Deferred, Effect, Layer, ManagedRuntime } from "effect"
import { describe, expect, it } from "vitest"
import { json } from "../src/http/Answer.js"
import * as Metrics from "../src/http/Metrics.js"
import type { Route } from "../src/http/Route.js"
import * as Server from "../src/http/Server.js"
import { type Api, ask, KEY, withApi } from "./support.js"

const HEAD = `Host: x\r\nX-API-Key: ${KEY}\r\n`

/** A connection on which anything can be said. One that is `isKept` stays open when the server closes its half. */
const talk = async (port: number, { isKept = false, isPaused = false } = {}) => {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: isKept })
  await new Promise((resolve) => socket.once("connect", resolve))
  let heard = ""
  if (!isPaused) {
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString()
    })
  }
  socket.on("error", () => {})
  const ended = new Promise<void>((resolve) => socket.once("end", resolve).once("close", () => resolve()))
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  return { socket, closed, ended, heard: () => heard, statuses: () => heard.match(/HTTP\/1\.1 \d{3}/g) ?? [] }
}

/** Writes until the other side wants no more; tells how many bytes went out. */
const pour = async (socket: Socket, total: number): Promise<number> => {
  const block = Buffer.alloc(64 * 1_024, 97)
  const framed = Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from("\r\n")])
  let sent = 0
  while (sent < total && !socket.destroyed && socket.writable) {
    sent += block.length
    if (!socket.write(framed)) {
      await new Promise<void>((resolve) => {
        socket.once("drain", resolve)
        socket.once("close", resolve)
      })
    }
  }
  return sent
}

const activeOf = async ({ get }: Api): Promise<number> =>
  Number(/tsequence_http_requests_active (\d+)/.exec((await get("/metrics")).text)?.[1])

describe("a client", () => {
  it("that sends 100 MB gets 413 for the first 64 KiB, and costs no memory", () =>
    withApi(async ({ server }) => {
      const before = process.memoryUsage()
      const { socket, heard, closed } = await talk(server.port)
      socket.write(`POST /api/transfers HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`)
      await pour(socket, 100 * 1_024 * 1_024)
      socket.end("0\r\n\r\n")
      await closed
      expect(heard()).toMatch(/^HTTP\/1\.1 413 /)
      const after = process.memoryUsage()
      expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(50e6)
    }))

  it("that asks several things at once is answered in order", () =>
    withApi(async ({ server }) => {
      const { socket, closed, statuses, heard } = await talk(server.port)
      const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\n${HEAD}${more}\r\n`
      socket.write(get("/api/pods") + get("/api/nothing") + get("/api/health", "Connection: close\r\n"))
      await closed
      expect(statuses()).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"])
      expect(heard()).toMatch(/"status":"ok"\}$/)
    }))

  it("that shows two keys, or writes addresses that cannot be read, is refused", () =>
    withApi(async ({ server, get }) => {
      const { socket, closed, statuses } = await talk(server.port)
      socket.write(`GET /api/pods HTTP/1.1\r\n${HEAD}X-API-Key: other\r\nConnection: close\r\n\r\n`)
      await closed
      expect(statuses()).toEqual(["HTTP/1.1 401"])
      for (const path of ["/api/pods/%E0%A4%A/balance", "/api/pods/%/balance", "/api/transfers/%ff"]) {
        expect((await get(path)).status).toBe(404)
      }
    }))

  it("that leaves in the middle of its body leaves nothing behind", () =>
    withApi(async (api) => {
      const { socket, closed } = await talk(api.server.port)
      socket.write(`POST /api/transfers HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{"amount_cents":`)
      await expect.poll(() => activeOf(api)).toBe(2)
      socket.destroy()
      await closed
      await expect.poll(() => activeOf(api)).toBe(1)
      expect(api.sandbox.ledger().payments).toHaveLength(0)
    }))
})

/** Makes routes that wait until a test lets them go on. */
const gate = () => {
  const opened = Effect.runSync(Deferred.make<void>())
  const route = (method: string, path: string): Route<never> => ({
    method,
    path,
    isOpen: false,
    run: () => Effect.as(Deferred.await(opened), json(200, { method })),
  })
  return { route, open: () => Effect.runSync(Deferred.succeed(opened, undefined)) }
}

const LARGE = json(200, "x".repeat(4 * 1_024 * 1_024))

/** A server with little patience. */
const withServer = async (
  run: (server: Server.Listening & ReturnType<typeof gate>) => Promise<void>,
  limits: Partial<Server.Options<never>> = {},
): Promise<void> => {
  const runtime = ManagedRuntime.make(Layer.empty)
  const held = gate()
  const listening = await Server.start(runtime, {
    routes: [
      held.route("GET", "/held"),
      held.route("POST", "/held"),
      { method: "GET", path: "/large", isOpen: true, run: () => Effect.succeed(LARGE) },
    ],
    isKey: (shown) => shown === KEY,
    metrics: Metrics.make(),
    maxActive: 10,
    isLogged: false,
    isTraced: false,
    headers: {},
    host: "127.0.0.1",
    port: 0,
    headersTimeout: 2_000,
    requestTimeout: 3_000,
    keepAliveTimeout: 500,
    idleTimeout: 60_000,
    lingerTimeout: 100,
    ...limits,
  })
  try {
    await run({ ...listening, ...held })
  } finally {
    await listening.stop(0)
    await runtime.dispose()
  }
}

const many = <A>(count: number, make: (index: number) => Promise<A>): Promise<Array<A>> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** The connections that servers of this process have taken on; until it is stopped. */
const watchConnections = () => {
  const taken: Array<Socket> = []
  const onSocket = (message: unknown): void => {
    if (typeof message === "object" && message !== null && "socket" in message) {
      if (message.socket instanceof Socket) taken.push(message.socket)
    }
  }
  subscribe("net.server.socket", onSocket)
  return {
    taken: () => taken.length,
    open: () => taken.filter(({ destroyed }) => !destroyed).length,
    stop: () => unsubscribe("net.server.socket", onSocket),
  }
}

const HALF = `POST /held HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{`

/** The bytes that clients send, and the first status that they are answered. */
const WORDS: ReadonlyArray<readonly [words: string, status: number]> = [
  ["", 408],
  ["GET /held HTTP/1.1\r\nHost: x\r\nX-Slow: ", 408],
  [HALF, 408],
  [HALF.replace(KEY, "wrong"), 401],
  ["nonsense\r\n\r\n", 400],
  ["GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404],
  ["GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404],
]

describe("a connection that its client never closes", () => {
  it("is destroyed by the server, whatever was sent on it", () =>
    withServer(async ({ port }) => {
      const connections = watchConnections()
      const clients = await many(504, async (index) => {
        const [words = "", status = 0] = WORDS[index % WORDS.length] ?? []
        const client = await talk(port, { isKept: true })
        client.socket.write(words)
        return { ...client, status }
      })
      await Promise.all(clients.map(({ ended }) => ended))
      await expect.poll(connections.open, { timeout: 5_000 }).toBe(0)
      expect(connections.taken()).toBe(504)
      expect(clients.map((client) => client.statuses()[0])).toEqual(
        clients.map(({ status }) => `HTTP/1.1 ${status}`),
      )
      connections.stop()
      for (const { socket } of clients) socket.destroy()
    }))

  it("is destroyed where the answer to it is never read", () =>
    withServer(
      async ({ port }) => {
        const connections = watchConnections()
        const { socket } = await talk(port, { isKept: true, isPaused: true })
        socket.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n".repeat(4))
        await expect.poll(connections.taken).toBe(1)
        await expect.poll(connections.open, { timeout: 10_000 }).toBe(0)
        connections.stop()
        socket.destroy()
      },
      { idleTimeout: 1_000 },
    ))

  it("gets no answer to a later request that could be taken for the answer to the one under way", () =>
    withServer(async ({ port }) => {
      const { socket, closed, heard } = await talk(port)
      socket.write(`POST /held HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}GET /hel`)
      await closed
      expect(heard()).toBe("")
    }))
})

describe("requests with the key whose bodies never come", () => {
  it("keep nobody else out", () =>
    withServer(
      async ({ port, open }) => {
        const slow = await many(50, () => talk(port))
        for (const { socket } of slow) {
          socket.write(`POST /held HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{`)
        }
        open()
        const reply = await ask(`http://127.0.0.1:${port}/held`, { headers: { "x-api-key": KEY } })
        expect(reply.status).toBe(200)
        for (const { socket } of slow) socket.destroy()
      },
      { requestTimeout: 60_000 },
    ))
})

describe("three times as many requests as are worked on at once", () => {
  it("are answered, or are told to come back", () =>
    withServer(
      async ({ port, open }) => {
        const asked = Array.from({ length: 30 }, () =>
          ask(`http://127.0.0.1:${port}/held`, { headers: { "x-api-key": KEY } }),
        )
        const refused = new Promise<void>((resolve) => {
          let count = 0
          for (const one of asked) {
            void one.then(() => {
              count += 1
              if (count === 20) resolve()
            })
          }
        })
        await refused
        open()
        const replies = await Promise.all(asked)
        const later = replies.filter(
          ({ status, headers }) => status === 503 && headers.get("retry-after") === "1",
        )
        expect([replies.filter(({ status }) => status === 200).length, later.length]).toEqual([10, 20])
      },
      { headersTimeout: 10_000, requestTimeout: 10_000, idleTimeout: 10_000 },
    ))
})

describe("more connections than there may be", () => {
  it("are closed, and the others are not", () =>
    withServer(
      async ({ port }) => {
        const clients = await many(3, () => talk(port))
        const more = await talk(port)
        await more.ended
        for (const { socket } of clients) {
          socket.write("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        await Promise.all(clients.map(({ ended }) => ended))
        expect(clients.flatMap((client) => client.statuses())).toEqual(clients.map(() => "HTTP/1.1 404"))
        expect(more.heard()).toBe("")
        for (const { socket } of [...clients, more]) socket.destroy()
      },
      { maxConnections: 3, headersTimeout: 10_000, requestTimeout: 10_000 },
    ))
})
