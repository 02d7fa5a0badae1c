/** Requests and answers as values, apart from the sockets that they travel on. */

/** A request whose body was read. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name; of several with one name, joined as Node does it. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer that was not sent yet. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

type Headers = Readonly<Record<string, string | readonly string[]>>

/** Makes an answer in JSON. */
export const jsonReply = (status: number, value: unknown, headers: Headers = {}): Reply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  body: JSON.stringify(value),
})

/** Makes an HTML page. */
export const htmlReply = (status: number, body: string, headers: Headers = {}): Reply => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", ...headers },
  body,
})

/** Sends a browser elsewhere. */
export const redirectReply = (location: string, headers: Headers = {}): Reply => ({
  status: 302,
  headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", location, ...headers },
  // A stub without the address: whoever reads the body instead of the header finds nothing.
  body: "Found. Redirecting",
})

/** Escapes text for HTML, attributes included. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** Reads a form, or JSON that is as flat as one. */
export const readFields = (request: HttpRequest): ReadonlyMap<string, string> => {
  if (!(request.headers["content-type"] ?? "").includes("json"))
    return new Map(new URLSearchParams(request.body))
  const fields = new Map<string, string>()
  const parsed: unknown = (() => {
    try {
      return JSON.parse(request.body)
    } catch {
      return null
    }
  })()
  for (const [name, value] of Object.entries(parsed ?? {}))
    if (typeof value === "string") fields.set(name, value)
  return fields
}

/** Reads the cookies that a request carries. */
export const readCookies = (request: HttpRequest): ReadonlyMap<string, string> => {
  const cookies = new Map<string, string>()
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=")
    if (at > 0) cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
  return cookies
}
