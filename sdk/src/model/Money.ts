/**
 * Money is a whole number of US cents, everywhere. These are the two doors between cents and text for people.
 */
import * as Either from "effect/Either"

export { formatCents } from "./Cents.js"

/** Most cents that the service can be asked to move at once: its amounts are 32-bit integers. */
export const MAX_AMOUNT_CENTS = 2_147_483_647

/** An amount in dollars: digits, at most two decimals, thousands grouped by commas or not at all. */
const DOLLARS = /^(-)?\$?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$/

/**
 * Reads an amount of dollars that a person or a program wrote. Takes nothing that could be read in two ways:
 * three decimals, exponents, `1,00` and `1.000,00` are refused.
 *
 * @param text - such as `25`, `25.5`, `$1,500.00` or `-$5.00`
 * @returns whole cents, or a sentence that says what is wrong
 *
 * @category combinators
 */
export const parseDollars = (text: string): Either.Either<number, string> => {
  const match = DOLLARS.exec(text.trim())
  if (match === null)
    return Either.left("An amount must be written in dollars and cents, such as 25 or 1,500.00")
  const [, sign, whole = "", decimals = ""] = match
  const cents = Number(`${whole.replaceAll(",", "")}${decimals.padEnd(2, "0")}`)
  if (!Number.isSafeInteger(cents)) return Either.left("The amount is too large")
  return Either.right(sign === undefined || cents === 0 ? cents : -cents)
}
