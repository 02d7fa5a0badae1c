/** Puts answers on the wire, whole, slowly, or only in part. */
import { once } from "node:events"
import type { ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { FaultSpec } from "../faults/FaultSpec.js"
import { httpDate } from "../faults/FaultyReply.js"
import type { Reply } from "./Messages.js"

/** Settings for sending a response. */
export interface Transmission {
  readonly drip: FaultSpec["drip"]
  readonly date: FaultSpec["date"]
  /** The sandbox's time, for the `Date` header. */
  readonly now: number
  /** Ends waits when the sandbox closes. */
  readonly signal: AbortSignal
}

const MEBIBYTE = 1_048_576

const begin = (
  response: ServerResponse,
  reply: Reply,
  length: number | undefined,
  { date, now }: Transmission,
): void => {
  response.sendDate = false
  response.statusCode = reply.status
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  if (length !== undefined && !hasNoBody(reply.status)) response.setHeader("content-length", length)
  if (date?.omit) return
  const shown = httpDate(now + (date?.offsetSeconds ?? 0) * 1000)
  response.setHeader("date", date?.duplicate ? [httpDate(now), shown] : shown)
}

const hasNoBody = (status: number): boolean => status === 204 || status === 304

/** Sends an answer to its end. */
export const sendReply = async (response: ServerResponse, reply: Reply, how: Transmission): Promise<void> => {
  const bytes = Buffer.from(reply.body)
  begin(response, reply, bytes.length, how)
  if (how.drip !== undefined) await dripBytes(response, bytes, how.drip, how.signal)
  response.end(how.drip === undefined && !hasNoBody(reply.status) ? bytes : undefined)
}

const dripBytes = async (
  response: ServerResponse,
  bytes: Buffer,
  { bytes: size, every }: { readonly bytes: number; readonly every: number },
  signal: AbortSignal,
): Promise<void> => {
  response.flushHeaders()
  for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size))
    await sleep(every, undefined, { signal })
  }
}

/** Sends half of an answer that promised to be whole, and cuts the connection. */
export const sendHalf = async (
  response: ServerResponse,
  reply: Reply,
  how: Transmission,
  reset: boolean,
): Promise<void> => {
  const bytes = Buffer.from(reply.body)
  begin(response, reply, bytes.length, how)
  await new Promise<void>((resolve) =>
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => resolve()),
  )
  cut(response, reset)
}

/** Cuts the connection of an answer: by a reset, or by an orderly end that comes too early. */
export const cut = (response: ServerResponse, reset: boolean): void => {
  if (reset) response.socket?.resetAndDestroy()
  else response.socket?.destroy()
}

/** Streams an answer of many mebibytes of JSON, no faster than it is read. */
export const sendHuge = async (
  response: ServerResponse,
  mebibytes: number,
  how: Transmission,
): Promise<void> => {
  const head = `{"data":{"huge":"`
  const tail = `"}}`
  const reply = { status: 200, headers: { "content-type": "application/json" }, body: "" }
  const chunk = "x".repeat(MEBIBYTE / 16)
  const gone = new AbortController()
  response.once("close", () => gone.abort())
  const signal = AbortSignal.any([how.signal, gone.signal])
  begin(response, reply, head.length + mebibytes * MEBIBYTE + tail.length, how)
  response.write(head)
  for (let sent = 0; sent < mebibytes * 16; sent += 1) {
    if (!response.write(chunk)) await once(response, "drain", { signal })
  }
  response.end(tail)
}
