/**
 * Reads the one-time-code secret that people paste, and does the arithmetic of its time steps (RFC 6238). The module is
 * small enough to load at start, when a secret that cannot work is reported. `OneTimeCodes` makes the codes themselves;
 * it loads with the first login.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/**
 * A secret that codes are made from.
 *
 * @category models
 */
export interface TotpSecret {
  readonly _tag: "TotpSecret"
  /** The bytes that the Base32 text encodes. */
  readonly key: Redacted.Redacted<Uint8Array>
  readonly algorithm: "sha1" | "sha256" | "sha512"
  readonly digits: 6 | 7 | 8
  /** Lifetime of a code, in seconds. */
  readonly period: number
}

/**
 * A code that a person read from an app; it works for one login.
 *
 * @category models
 */
interface SingleCode {
  readonly _tag: "SingleCode"
  readonly code: Redacted.Redacted<string>
}

/**
 * Source of one-time codes.
 *
 * @category models
 */
export type CodeSource = TotpSecret | SingleCode

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** Characters that people and web pages put between the letters: spaces, all dashes, marks without width. */
const SEPARATORS = /[\s\-\u2010-\u2015\u200b\u2060]/g

/**
 * Reads Base32 (RFC 4648) in any case, with spaces, dashes and padding anywhere; left-over bits are dropped.
 *
 * @category combinators
 */
export const decodeBase32 = (text: string): Either.Either<Uint8Array, string> => {
  const letters = text.replace(SEPARATORS, "").replace(/=+$/, "").toUpperCase()
  if (letters === "") return Either.left("it is empty")
  const values = Array.from(letters, (letter) => ALPHABET.indexOf(letter))
  if (values.includes(-1)) {
    return Either.left("it holds a character that Base32 does not have (only A to Z and 2 to 7)")
  }
  if ([1, 3, 6].includes(values.length % 8)) {
    return Either.left("its length fits no Base32 text, so a character is missing or too many")
  }
  const bytes = new Uint8Array(Math.floor((values.length * 5) / 8))
  let bits = 0
  let held = 0
  let next = 0
  for (const value of values) {
    bits = ((bits << 5) | value) & 0xfff
    held += 5
    if (held >= 8) {
      held -= 8
      bytes[next++] = (bits >> held) & 0xff
    }
  }
  return Either.right(bytes)
}

/** The longest secret that anything makes is 64 bytes; more is a paste that went wrong. */
const MAX_BYTES = 256

const toSecret = (
  text: string,
  settings: Pick<TotpSecret, "algorithm" | "digits" | "period">,
): Either.Either<CodeSource, string> =>
  Either.flatMap(decodeBase32(text), (bytes) =>
    bytes.length > MAX_BYTES
      ? Either.left(`it is longer than ${MAX_BYTES} bytes`)
      : Either.right({ _tag: "TotpSecret", key: Redacted.make(bytes), ...settings }),
  )

const algorithms: Readonly<Record<string, TotpSecret["algorithm"]>> = {
  SHA1: "sha1",
  SHA256: "sha256",
  SHA512: "sha512",
}

const digitCounts: ReadonlyArray<TotpSecret["digits"]> = [6, 7, 8]

const parseUri = (text: string): Either.Either<CodeSource, string> => {
  if (/^otpauth-migration:/i.test(text)) {
    return Either.left("it is an export of an authenticator app; take the single account's secret instead")
  }
  if (!URL.canParse(text)) return Either.left("it is not a complete otpauth:// address")
  const uri = new URL(text)
  // QR codes in capitals have capital parameter names too.
  const values = new Map(Array.from(uri.searchParams, ([name, value]) => [name.toLowerCase(), value]))
  // Capitals and "//" or none: both decide which part of a URL holds the type.
  const type = (uri.host || uri.pathname.replace(/^\/+/, "").split("/")[0] || "").toLowerCase()
  if (type !== "totp") {
    return Either.left(
      type === "hotp"
        ? "it counts codes (hotp) where Auth0 uses time (totp)"
        : "it is an otpauth address, but not of the type totp",
    )
  }
  const algorithm = algorithms[(values.get("algorithm") ?? "SHA1").toUpperCase().replace(/^HMAC|-/g, "")]
  const digits = digitCounts.find((count) => String(count) === (values.get("digits") ?? "6"))
  const period = Number(values.get("period") ?? "30")
  if (algorithm === undefined) return Either.left("its algorithm is none of SHA1, SHA256 and SHA512")
  if (digits === undefined) return Either.left("its digits are none of 6, 7 and 8")
  if (!Number.isInteger(period) || period < 5 || period > 300) {
    return Either.left("its period is not between 5 and 300 seconds")
  }
  return toSecret(values.get("secret") ?? "", { algorithm, digits, period })
}

/**
 * Reads what was pasted: a Base32 secret, an `otpauth://totp/…` address, or six digits that are a code.
 *
 * @returns on the left, what is wrong with it, as the rest of a sentence and without any of its characters
 *
 * @category combinators
 */
export const parseTotp = (pasted: Redacted.Redacted<string>): Either.Either<CodeSource, string> => {
  const text = Redacted.value(pasted).trim()
  if (/^otpauth/i.test(text)) return parseUri(text)
  const dense = text.replace(SEPARATORS, "")
  if (/^\d{6}$/.test(dense)) return Either.right({ _tag: "SingleCode", code: Redacted.make(dense) })
  if (/^\d+$/.test(dense)) return Either.left("it is a number, but not one of six digits")
  return toSecret(text, { algorithm: "sha1", digits: 6, period: 30 })
}

/**
 * Computes the number of the time step that a moment (in milliseconds since 1970) falls in.
 *
 * @category combinators
 */
export const stepAt = (milliseconds: number, period: number): number =>
  Math.floor(milliseconds / 1_000 / period)

/**
 * Computes the beginning of a time step, in milliseconds since 1970.
 *
 * @category combinators
 */
export const startOf = (step: number, period: number): number => step * period * 1_000
