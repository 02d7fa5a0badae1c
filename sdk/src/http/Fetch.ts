/**
 * The `fetch` that every request of the SDK goes through, logins included. Replace it to use a proxy, to
 * record traffic, or if the service does not let Node's own `fetch` in.
 */
import * as Context from "effect/Context"

/**
 * The `fetch` in use; the runtime's own by default.
 *
 * @example
 * ```ts
 * import * as Layer from "effect/Layer"
 * import { Fetch } from "tsequence/effect"
 *
 * const logged = Layer.succeed(Fetch, (input, init) => {
 *   console.log(init?.method ?? "GET", String(input))
 *   return fetch(input, init)
 * })
 * ```
 *
 * @category services
 */
export class Fetch extends Context.Reference<Fetch>()("tsequence/Fetch", {
  defaultValue: (): typeof globalThis.fetch => globalThis.fetch,
}) {}
