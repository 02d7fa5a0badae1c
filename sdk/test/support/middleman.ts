/** A man in the middle: it delivers requests or not, and answers them or breaks as it is told. */
import { request as httpRequest } from "node:http"
import { createServer, type Socket } from "node:net"

/** A response that the man in the middle makes up. */
export interface Forged {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** True if `content-length` is left out, so that the end of the connection ends the body. */
  readonly isUnsized?: boolean
}

/** An act on one request. */
export type Act = Early | Late

/** The connection ends before a byte of the request was read, or after its first bytes. */
export interface Early {
  readonly at: "accept" | "firstBytes"
  readonly isReset: boolean
}

/** The request is read whole. */
export type Late =
  /** It is delivered or not, and no answer comes. */
  | { readonly at: "noAnswer"; readonly delivers: boolean; readonly ending: "reset" | "end" | "silence" }
  | {
      readonly at: "answer"
      readonly delivers: boolean
      /** `undefined`: the true answer, for which the request is delivered. */
      readonly answer: Forged | undefined
      /** The part of the answer's bytes that goes out before the connection is reset; 1 for all of it. */
      readonly part: number
    }

/** A request as it arrived. */
interface Arrived {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A man in the middle at work. */
export interface Middleman {
  readonly url: string
  readonly close: () => Promise<void>
}

/** The orders that a man in the middle gets. */
export interface Orders {
  /** The act for a connection before its request is read; `undefined`: reads it. */
  readonly onConnection?: () => Early | undefined
  /** The act for a request; `undefined`: passes it on and its answer back. */
  readonly onRequest: (body: string) => Late | undefined
}

/** Tells if an act does not need the request to be read. */
export const isEarly = (act: Act): act is Early => act.at === "accept" || act.at === "firstBytes"

const HEAD_END = "\r\n\r\n"
const NOT_PASSED = new Set(["connection", "transfer-encoding", "content-length", "keep-alive", "host"])

const parse = (bytes: Buffer): Arrived | undefined => {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n")
  const [method = "", path = ""] = first.split(" ")
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(":")
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const body = bytes.subarray(end + HEAD_END.length)
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined
  return { method, path, headers, body: body.toString() }
}

const deliver = (target: string, { method, path, headers, body }: Arrived): Promise<Forged> =>
  new Promise((resolve, reject) => {
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED.has(name)))
    const sent = httpRequest(
      new URL(path, target),
      { method, headers: kept, agent: false },
      async (response) => {
        let text = ""
        for await (const chunk of response.setEncoding("utf8")) text += String(chunk)
        const passed = Object.entries(response.headers).filter(([name]) => !NOT_PASSED.has(name))
        resolve({
          status: response.statusCode ?? 0,
          body: text,
          headers: Object.fromEntries(passed.map(([name, value]) => [name, String(value)])),
        })
      },
    )
    sent.on("error", reject)
    sent.end(body)
  })

const bytesOf = ({ status, body, headers = {}, isUnsized = false }: Forged): Buffer => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = isUnsized ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`HTTP/1.1 ${status} Said\r\nconnection: close\r\n${lines.join("")}${length}\r\n${body}`)
}

const finish = (socket: Socket, ending: "reset" | "end" | "silence") => {
  if (ending === "reset") socket.resetAndDestroy()
  if (ending === "end") socket.end()
}

const perform = async (act: Late, arrived: Arrived, target: string, socket: Socket): Promise<void> => {
  const isTrue = act.at === "answer" && act.answer === undefined
  const answer = act.delivers || isTrue ? await deliver(target, arrived) : undefined
  if (act.at === "noAnswer") return finish(socket, act.ending)
  const bytes = bytesOf(act.answer ?? answer ?? { status: 503, body: "" })
  if (act.part >= 1) return void socket.end(bytes)
  socket.write(bytes.subarray(0, Math.floor(bytes.length * act.part)), () => socket.resetAndDestroy())
}

const PASS_ON: Late = { at: "answer", delivers: true, answer: undefined, part: 1 }

/** Starts a man in the middle before an origin. Each connection carries one request. */
export const startMiddleman = async (target: string, orders: Orders): Promise<Middleman> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    const early = orders.onConnection?.()
    if (early?.at === "accept") return finish(socket, early.isReset ? "reset" : "end")
    let bytes = Buffer.alloc(0)
    const onData = (data: Buffer) => {
      bytes = Buffer.concat([bytes, data])
      if (early !== undefined) return finish(socket, early.isReset ? "reset" : "end")
      const arrived = parse(bytes)
      if (arrived === undefined) return
      socket.off("data", onData)
      const act = orders.onRequest(arrived.body) ?? PASS_ON
      perform(act, arrived, target, socket).catch(() => socket.destroy())
    }
    socket.on("data", onData)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
