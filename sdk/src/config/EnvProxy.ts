/**
 * Proxies that the environment names. The runtime uses them or does not; the SDK sends nothing past a proxy that was
 * meant to be used.
 */
import { isLoopback } from "./checks.js"
import type { Environment } from "./EnvReader.js"

/** The dispatcher behind the runtime's own `fetch`; there is none before it is used or replaced. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1")

/** Tells if something other than the default, which knows no proxies, is behind the runtime's own `fetch`. */
const usesProxies = (): boolean => {
  const dispatcher: unknown = Reflect.get(globalThis, DISPATCHER)
  if (typeof dispatcher !== "object" || dispatcher === null) return false
  return dispatcher.constructor.name !== "Agent"
}

/** Tells if `NO_PROXY` excepts a host, by the rules of Node. */
const isExcepted = ({ hostname, port, protocol }: URL, noProxy: string): boolean => {
  const usedPort = port === "" ? (protocol === "https:" ? "443" : "80") : port
  return noProxy.split(/[,\s]+/).some((entry) => {
    const [, host = "", onPort] = /^(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (host === "" || (onPort !== undefined && onPort !== usedPort)) return false
    return /^[.*]/.test(host) ? hostname.endsWith(host.replace(/^\*/, "")) : hostname === host
  })
}

/** The first variable that is set, and its value. */
const firstOf = (environment: Environment, ...names: ReadonlyArray<string>) =>
  names.map((name) => ({ name, value: (environment[name] ?? "").trim() })).find(({ value }) => value !== "")

/**
 * Names the variable with the proxy that an address is to be reached through.
 *
 * @returns `undefined` if it is to be reached without one, as this machine always is
 */
export const proxyFor = (environment: Environment, address: string): string | undefined => {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  const proxy =
    url.protocol === "https:"
      ? firstOf(environment, "https_proxy", "HTTPS_PROXY")
      : firstOf(environment, "http_proxy", "HTTP_PROXY")
  if (proxy === undefined || isLoopback(url.hostname)) return undefined
  return isExcepted(url, firstOf(environment, "no_proxy", "NO_PROXY")?.value ?? "") ? undefined : proxy.name
}

/**
 * Finds an address that the environment wants to be reached through a proxy that the runtime does not use.
 *
 * @param addresses - what requests are sent to
 * @param isUsed - whether proxies of the environment are used. Default: by what is behind the runtime's `fetch`
 * @returns a sentence without the proxy's address, which may hold a password; `undefined` if all is well
 */
export const problemWithProxy = (
  environment: Environment,
  addresses: ReadonlyArray<string>,
  isUsed = usesProxies(),
): string | undefined => {
  if (isUsed) return undefined
  for (const address of addresses) {
    const name = proxyFor(environment, address)
    if (name === undefined) continue
    return `${name} names a proxy that is not used: set NODE_USE_ENV_PROXY=1 as well, which takes Node 22.21, 24.5 or newer; or add ${new URL(address).hostname} to NO_PROXY to go without it`
  }
  return undefined
}
