/** Calls of `fetch` that every implementation understands. */

/**
 * Passes requests on as an address and an init. ky makes a `Request`, which belongs to the runtime: a replacement of
 * its `fetch`, such as undici's or node-fetch, cannot read it.
 */
export const plainFetch =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    if (!(input instanceof Request)) return fetch(input, init)
    const { method, signal, redirect } = input
    const headers = Object.fromEntries(input.headers)
    const body = input.body === null ? null : await input.text()
    return fetch(input.url, { method, headers, signal, redirect, ...(body !== null && { body }) })
  }
