import * as Either from "effect/Either"
import * as Money from "../model/Money.js"

/**
 * Reads an amount of dollars that a person or a program wrote, as {@link formatCents} writes it. Takes nothing
 * that could be read in two ways: three decimals, exponents, `1,00` and `1.000,00` are refused.
 *
 * @param text - such as `25`, `25.5`, `$1,500.00` or `-$5.00`
 * @returns whole cents
 * @throws `RangeError` that says what is wrong
 */
export const parseDollars = (text: string): number =>
  Either.getOrThrowWith(Money.parseDollars(text), (problem) => new RangeError(problem))
