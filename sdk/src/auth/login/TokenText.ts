/** Facts in the text of a token. Nothing here trusts a token: no signature is checked. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/**
 * Removes the white space around a token.
 *
 * @returns `undefined` if nothing is left, or if no header can carry the rest: `fetch` would throw an error with the
 *   whole token in its message
 *
 * @category combinators
 */
export const clean = (token: Redacted.Redacted<string>): Redacted.Redacted<string> | undefined => {
  const value: unknown = Redacted.value(token)
  const text = typeof value === "string" ? value.trim() : ""
  return /^[\x21-\x7e]{1,16384}$/.test(text) ? Redacted.make(text) : undefined
}

/**
 * Tells whether two tokens are the same; a missing token is never the same as another.
 *
 * @category guards
 */
export const same = (
  left: Redacted.Redacted<string> | undefined,
  right: Redacted.Redacted<string> | undefined,
): boolean => left !== undefined && right !== undefined && Redacted.value(left) === Redacted.value(right)

const parse = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/**
 * Tells whether a token is opaque: not a JWT, so that nothing can be read from it.
 *
 * @category guards
 */
export const isOpaque = (token: Redacted.Redacted<string>): boolean =>
  payload(Redacted.value(token)) === undefined

const payload = (token: string): object | undefined => {
  const parts = token.split(".")
  const [, middle] = parts
  if (parts.length !== 3 || middle === undefined) return undefined
  const value = Option.getOrUndefined(parse(Buffer.from(middle, "base64url").toString("utf8")))
  return typeof value === "object" && value !== null ? value : undefined
}

/**
 * Reads when a token ends, in milliseconds since 1970 by the clock of its issuer; only a JWT says so.
 *
 * @category combinators
 */
export const expiry = (token: Redacted.Redacted<string>): number | undefined => {
  const claims = payload(Redacted.value(token))
  return claims !== undefined &&
    "exp" in claims &&
    typeof claims.exp === "number" &&
    Number.isFinite(claims.exp)
    ? claims.exp * 1_000
    : undefined
}
