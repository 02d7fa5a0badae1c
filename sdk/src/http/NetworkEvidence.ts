/**
 * The one rule for "not sent": evidence that the head of a request never went to a connected socket.
 *
 * An error code says what happened and not when: `ECONNREFUSED` also ends a connection over which a payment was
 * delivered. Node's own `fetch` (undici) reports each request, each head that it writes, and each failed connection on
 * `diagnostics_channel`. Without such a report, as in a browser, a request may always have been sent.
 */
import type { AsyncLocalStorage } from "node:async_hooks"

/** Any function that is called as `fetch` is. */
export type Fetch = typeof globalThis.fetch

/** A call of `fetch` that is watched. */
export interface Watched {
  /** Calls `fetch`, and watches what becomes of the request. */
  readonly fetch: Fetch
  /**
   * Tells if the request may have been sent: false only with evidence.
   *
   * @param thrown - what `fetch` threw
   */
  readonly wasSent: (thrown: unknown) => boolean
  /** Tells if a request that was aborted may have been sent, or may still be sent. */
  readonly wasSentDespiteAbort: () => boolean
}

/** Reports of the runtime about a call. A call may make several requests: a wrapped `fetch` may repeat them. */
interface Call {
  requests: number
  isSent: boolean
}

/** A socket of the runtime's, as far as it is used here. */
interface Socket {
  readonly destroy: () => unknown
  readonly once: (event: "close", listener: () => void) => unknown
}

/** The origin that a socket leads to, and the number of requests under way on it. */
interface Line {
  readonly origin: string
  requests: number
}

/** The runtime's reports, gathered. */
interface Reports {
  readonly calls: AsyncLocalStorage<Call>
  readonly connectErrors: WeakSet<object>
  readonly lines: Map<Socket, Line>
  /** Hosts that were reached over HTTP/2, whose heads some versions of undici do not report. */
  readonly unreported: Set<string>
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const propertyOf = (value: unknown, key: string): unknown =>
  isObject(value) && key in value ? Reflect.get(value, key) : undefined

const isSocket = (value: unknown): value is Socket =>
  typeof propertyOf(value, "destroy") === "function" && typeof propertyOf(value, "once") === "function"

/** Gathers the reports from now on; `undefined` if the runtime makes none. */
const listen = (): Reports | undefined => {
  // Not an import: this runs in browsers too, and bundlers resolve imports.
  const builtin = globalThis.process?.getBuiltinModule
  const channels = builtin?.("node:diagnostics_channel")
  const hooks = builtin?.("node:async_hooks")
  if (channels === undefined || hooks === undefined) return undefined
  const calls = new hooks.AsyncLocalStorage<Call>()
  const connectErrors = new WeakSet<object>()
  const lines = new Map<Socket, Line>()
  const unreported = new Set<string>()
  const callOf = new WeakMap<object, Call>()
  const lineOf = new WeakMap<object, Line>()
  const on = (channel: string, use: (get: (key: string) => unknown) => void) =>
    channels.subscribe(channel, (message) => use((key) => propertyOf(message, key)))

  on("undici:request:create", (get) => {
    const request = get("request")
    const call = calls.getStore()
    // CONNECT only opens the way through a proxy.
    if (call === undefined || !isObject(request) || propertyOf(request, "method") === "CONNECT") return
    call.requests += 1
    callOf.set(request, call)
  })
  on("undici:client:sendHeaders", (get) => {
    const [request, socket] = [get("request"), get("socket")]
    if (!isObject(request)) return
    const call = callOf.get(request)
    if (call !== undefined) call.isSent = true
    if (!isSocket(socket)) return
    const line = lines.get(socket) ?? { origin: String(propertyOf(request, "origin")), requests: 0 }
    line.requests += 1
    lineOf.set(request, line)
    if (lines.has(socket)) return
    lines.set(socket, line)
    socket.once("close", () => lines.delete(socket))
  })
  const ended = (get: (key: string) => unknown) => {
    const request = get("request")
    const line = isObject(request) ? lineOf.get(request) : undefined
    if (!isObject(request) || line === undefined) return
    lineOf.delete(request)
    line.requests -= 1
  }
  on("undici:request:trailers", ended)
  on("undici:request:error", ended)
  on("undici:client:connectError", (get) => {
    const error = get("error")
    if (isObject(error)) connectErrors.add(error)
  })
  on("undici:client:connected", (get) => {
    if (propertyOf(get("socket"), "alpnProtocol") !== "h2") return
    unreported.add(String(propertyOf(get("connectParams"), "host")))
  })
  // A `fetch` of the caller's own may be built on `node:http`, of which no more than this is known.
  on("http.client.request.start", () => {
    const call = calls.getStore()
    if (call !== undefined) call.isSent = true
  })
  return { calls, connectErrors, lines, unreported }
}

let reports: Reports | undefined
let isListening = false

const reportsOf = (): Reports | undefined => {
  if (!isListening) reports = listen()
  isListening = true
  return reports
}

/** The errors behind an error, itself included. */
const causesOf = (thrown: unknown, depth = 0): ReadonlyArray<unknown> => {
  if (!isObject(thrown) || depth > 5) return [thrown]
  const [errors, cause] = [propertyOf(thrown, "errors"), propertyOf(thrown, "cause")]
  const inner = [...(Array.isArray(errors) ? errors : []), ...(cause === undefined ? [] : [cause])]
  return [thrown, ...inner.flatMap((one) => causesOf(one, depth + 1))]
}

const CONNECTING = new Set<unknown>(["connect", "getaddrinfo"])

/** Tells if an error ends the making of a connection: the runtime said so, or each system call behind it did that. */
const isConnectError = (thrown: unknown, { connectErrors }: Reports): boolean => {
  const causes = causesOf(thrown)
  if (causes.some((cause) => isObject(cause) && connectErrors.has(cause))) return true
  const calls = causes.map((cause) => propertyOf(cause, "syscall")).filter((call) => call !== undefined)
  return calls.length > 0 && calls.every((call) => CONNECTING.has(call))
}

/**
 * Watches one call of `fetch`.
 *
 * @param fetch - the runtime's own, or one of the caller's
 * @param address - where the request goes
 */
export const watch = (fetch: Fetch, address: string | URL): Watched => {
  const seen = reportsOf()
  const { host } = new URL(address)
  const isRuntimes = fetch === globalThis.fetch
  const call: Call = { requests: 0, isSent: false }
  const isUnsent = () => call.requests > 0 && !call.isSent && seen?.unreported.has(host) === false
  return {
    fetch: (input, init) =>
      seen === undefined ? fetch(input, init) : seen.calls.run(call, () => fetch(input, init)),
    wasSent: (thrown) => seen === undefined || !isUnsent() || !isConnectError(thrown, seen),
    // A caller's own `fetch` may take no notice of the abort, and send the request later.
    wasSentDespiteAbort: () => !isRuntimes || !isUnsent(),
  }
}

/**
 * Closes the connections to an address on which no request is under way, so that the next one is made over a fresh
 * connection. The other end of an old one may be long gone, as after a machine slept: a request over it is lost, and
 * whether it was delivered cannot be told.
 */
export const closeIdleConnections = async (address: string): Promise<void> => {
  const { origin } = new URL(address)
  const idle = [...(reportsOf()?.lines ?? [])].flatMap(([socket, line]) =>
    line.origin === origin && line.requests === 0 ? [socket] : [],
  )
  await Promise.all(
    idle.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once("close", resolve)
          socket.destroy()
        }),
    ),
  )
}

/** Finds the system's error code, which `fetch` hides in causes of causes. */
export const codeOf = (thrown: unknown): string | undefined => {
  const codes = causesOf(thrown).map((cause) => propertyOf(cause, "code"))
  return codes.find((code) => typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code))?.toString()
}
