import * as Either from "effect/Either"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatCents, parseDollars } from "../../src/model/Money.js"

const parsed = (text: string) => Either.getOrUndefined(parseDollars(text))

describe("Money", () => {
  describe("formatCents", () => {
    it.each([
      [0, "$0.00"],
      [5, "$0.05"],
      [-5, "-$0.05"],
      [-500, "-$5.00"],
      [150_000, "$1,500.00"],
      [100_000_000, "$1,000,000.00"],
      [2_147_483_647, "$21,474,836.47"],
    ])("writes %i cents as %s", (cents, text) => {
      expect(formatCents(cents)).toBe(text)
    })

    it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
      "refuses %d, which is no whole number of cents",
      (cents) => {
        expect(() => formatCents(cents)).toThrow(RangeError)
      },
    )
  })

  describe("parseDollars", () => {
    it("reads every amount that formatCents writes", () => {
      fc.assert(
        fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (cents) => {
          expect(parsed(formatCents(cents))).toBe(cents)
        }),
      )
    })

    it.each([
      ["25", 2500],
      ["25.5", 2550],
      ["1500.00", 150_000],
      [" $1,500.00 ", 150_000],
      ["-0", 0],
      ["0.01", 1],
    ])("reads %j", (text, cents) => {
      expect(parsed(text)).toBe(cents)
    })

    it.each([
      "",
      "10.005",
      "1e3",
      "NaN",
      "Infinity",
      "1,00",
      "1.000,00",
      "1,0000",
      "0x10",
      "1 000",
      ".5",
      "5.",
      "--5",
      "$",
      "١٢",
      "99999999999999999",
    ])("refuses %j", (text) => {
      expect(parsed(text)).toBeUndefined()
    })

    it("never reads an amount differently from its decimal value", () => {
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.,-$e ") }), (text) => {
          const cents = parsed(text)
          if (cents === undefined) return
          const [whole = "", decimals = ""] = text.replace(/[^\d.]/g, "").split(".")
          expect(Math.abs(cents)).toBe(Number(whole) * 100 + Number(decimals.padEnd(2, "0")))
        }),
      )
    })
  })
})
