import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { networkError, parseRetryAfter } from "../../src/transport/GraphQLHttp.js"

const NOW = Date.parse("2026-01-31T12:00:00Z")

const withCode = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe("GraphQLHttp", () => {
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

  describe("networkError", () => {
    const context = { operation: "CreatePayment", requestId: "tsequence-test" }

    it.each([
      "ENOTFOUND",
      "EAI_AGAIN",
      "ECONNREFUSED",
      "EHOSTUNREACH",
      "UND_ERR_CONNECT_TIMEOUT",
      "CERT_HAS_EXPIRED",
    ])("knows that nothing was sent after %s", (code) => {
      expect(networkError(new TypeError("fetch failed", { cause: withCode(code) }), context).sent).toBe(false)
    })

    it.each(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ETIMEDOUT", "SOMETHING_NEW"])(
      "does not trust %s",
      (code) => {
        expect(networkError(new TypeError("fetch failed", { cause: withCode(code) }), context).sent).toBe(
          true,
        )
      },
    )

    it("trusts a failure of several addresses only where each was certain", () => {
      const all = new AggregateError([withCode("ECONNREFUSED"), withCode("ENETUNREACH")])
      expect(networkError(new TypeError("fetch failed", { cause: all }), context).sent).toBe(false)
      const some = new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNRESET")])
      expect(networkError(new TypeError("fetch failed", { cause: some }), context).sent).toBe(true)
    })

    it.each([new Error("no code"), "a text", undefined, null, 7])(
      "takes %s for sent, since nothing is known",
      (thrown) => {
        expect(networkError(thrown, context).sent).toBe(true)
      },
    )
  })
})
