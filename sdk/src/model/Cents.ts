/** Cents as dollars for people. This module imports nothing, so that the error classes can use it. */

const groupThousands = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, ",")

/**
 * Writes cents as dollars for people.
 *
 * @param cents - a whole number of cents, negative if money is owed
 * @returns such as `$1,500.00`, or `-$5.00`
 *
 * @example
 * ```ts
 * formatCents(150_000) // "$1,500.00"
 * ```
 *
 * @category combinators
 */
export const formatCents = (cents: number): string => {
  if (!Number.isSafeInteger(cents)) throw new RangeError("An amount must be a whole number of cents")
  const digits = String(Math.abs(cents)).padStart(3, "0")
  return `${cents < 0 ? "-" : ""}$${groupThousands(digits.slice(0, -2))}.${digits.slice(-2)}`
}
