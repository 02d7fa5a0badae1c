import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseRetryAfter } from "../../src/http/RetryAfter.js"

const NOW = Date.parse("2026-01-31T12:00:00Z")

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 1.5 ", 1500],
    ["Sat, 31 Jan 2026 12:00:30 GMT", 30_000],
    ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
  ])("reads %j", (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected)
  })

  it.each([null, "", "soon", "-5", "NaN", "1e9"])("makes nothing of %j", (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined()
  })

  it("is never negative", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (value) => {
          expect(parseRetryAfter(value, NOW) ?? 0).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
