/** Bodies of bounded size. */

/** Reads a body of at most so many bytes; `undefined` for one that is larger. */
export const readBody = async (response: Response, maxBytes: number): Promise<string | undefined> => {
  if (response.body === null) return ""
  if (!("getReader" in response.body)) {
    // A caller's own `fetch` may give bodies of another kind, which can only be read whole.
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
