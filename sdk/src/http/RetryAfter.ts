/** Time that a server asks to wait. */

/**
 * Reads `Retry-After`, in seconds or as a date.
 *
 * @param value - the header
 * @param now - the server's time, in milliseconds since 1970
 * @returns milliseconds, never negative; `undefined` for a value that is neither
 */
export const parseRetryAfter = (value: string | null, now: number): number | undefined => {
  if (value === null) return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
