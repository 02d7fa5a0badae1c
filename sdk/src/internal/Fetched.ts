/** What every use of `fetch` must know: how to read an answer of bounded size, and whether a request can have gone out. */

/** Reads a body of at most so many bytes; `undefined` for one that is larger. */
export const readBody = async (response: Response, maxBytes: number): Promise<string | undefined> => {
  if (response.body === null) return ""
  if (!("getReader" in response.body)) {
    // What stands in for `fetch` may give bodies of its own kind, which can only be read whole.
    const whole = await response.text()
    return new TextEncoder().encode(whole).byteLength > maxBytes ? undefined : whole
  }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** Codes that say for certain that no request went out. */
const NOT_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
])

const isCertificateCode = (code: string): boolean => /CERT|^ERR_TLS|^UNABLE_TO_/.test(code)

/** Finds the system's error code, which `fetch` hides in causes of causes. */
const codeOf = (thrown: unknown, depth = 0): string | undefined => {
  if (typeof thrown !== "object" || thrown === null || depth > 4) return undefined
  if ("code" in thrown && typeof thrown.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(thrown.code)) {
    return thrown.code
  }
  const inner = "cause" in thrown ? codeOf(thrown.cause, depth + 1) : undefined
  if (inner !== undefined || !("errors" in thrown) || !Array.isArray(thrown.errors)) return inner
  return codeOf(thrown.errors[0], depth + 1)
}

/** Tells by what `fetch` threw whether the request may have gone out, and the system's error code where there is one. */
export const lossOf = (thrown: unknown): { readonly code: string | undefined; readonly sent: boolean } => {
  const code = codeOf(thrown)
  return { code, sent: code === undefined || !(NOT_SENT.has(code) || isCertificateCode(code)) }
}
