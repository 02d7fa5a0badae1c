/** Clients that are slow, rude, many, or gone. */
import { connect, type Socket } from "node:net"
import { Layer, ManagedRuntime } from "effect"
import { describe, expect, it } from "vitest"
import * as Metrics from "../src/http/Metrics.js"
import * as Server from "../src/http/Server.js"
import { type Api, KEY, withApi } from "./support.js"

const HEAD = `Host: x\r\nX-API-Key: ${KEY}\r\n`

/** A connection on which anything can be said. */
const talk = async (port: number) => {
  const socket = connect(port, "127.0.0.1")
  await new Promise((resolve) => socket.once("connect", resolve))
  let heard = ""
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString()
  })
  socket.on("error", () => {})
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  return { socket, closed, heard: () => heard, statuses: () => heard.match(/HTTP\/1\.1 \d{3}/g) ?? [] }
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
  it("that takes too long for its headers or its body is told so and cut off", async () => {
    const runtime = ManagedRuntime.make(Layer.empty)
    const listening = await Server.start(runtime, {
      routes: [],
      isKey: () => true,
      metrics: Metrics.make(),
      maxActive: 10,
      isLogged: false,
      isTraced: false,
      headers: {},
      host: "127.0.0.1",
      port: 0,
      headersTimeout: 50,
      requestTimeout: 100,
    })
    const { closed, socket, heard } = await talk(listening.port)
    socket.write("GET /api/pods HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    await closed
    expect(heard()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    expect(heard()).toContain('{"detail":"Request Timeout"}')
    await listening.stop(0)
    await runtime.dispose()
  })

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

describe("three times as many readers as are let in", () => {
  it("share reads one after the other, or are told to come back", () =>
    withApi(async (api) => {
      api.sandbox.faults({ operation: "SelectSourceAndDestination", delay: 300, times: "always" })
      const begun = performance.now()
      const replies = Promise.all(Array.from({ length: 3_000 }, () => api.get("/api/pods")))
      const statuses = (await replies).map(({ status, headers }) => [status, headers.get("retry-after")])
      const answered = statuses.filter(([status]) => status === 200)
      const refused = statuses.filter(([status, after]) => status === 503 && Number(after) > 0)
      expect(answered.length).toBeGreaterThan(0)
      expect(answered.length + refused.length).toBe(3_000)
      const reads = api.sandbox
        .requests()
        .filter(({ operation }) => operation === "SelectSourceAndDestination").length
      expect(reads).toBeLessThan((performance.now() - begun) / 300 + 2)
      expect((await api.get("/api/pods")).status).toBe(200)
    }))
})
