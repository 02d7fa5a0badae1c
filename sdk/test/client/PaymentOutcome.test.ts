import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { interpret } from "../../src/client/PaymentOutcome.js"
import type { Answer } from "../../src/transport/GraphQLHttp.js"

const answer = (status: number, payload: object | undefined): Answer => ({
  status,
  payload: payload === undefined ? undefined : { ...payload },
  text: payload === undefined ? "<html>" : JSON.stringify(payload),
  contentType: "application/json",
  retryAfter: undefined,
  date: undefined,
  challenged: false,
  requestId: "tsequence-test",
})

const result = (createPayment: unknown) => ({ data: { forKYC: { createPayment } } })
const ok = { organization: { id: "org", pods: [], transferReferences: { edges: [] } } }

describe("PaymentOutcome", () => {
  describe("interpret", () => {
    it("takes ok for accepted", () => {
      expect(interpret(answer(200, result({ ok, error: null })))).toMatchObject({
        _tag: "Accepted",
        organization: { id: "org" },
      })
    })

    it("takes ok for accepted, however much of it is missing or changed", () => {
      for (const drifted of [{}, { organization: null }, { organization: { id: 7, pods: "none" } }]) {
        expect(interpret(answer(200, result({ ok: drifted })))).toMatchObject({
          _tag: "Accepted",
          organization: null,
        })
      }
    })

    it("takes an error inside ok for accepted, since the payment came before it", () => {
      const path = ["forKYC", "createPayment", "ok", "organization", "pods", 0, "name"]
      const payload = { ...result({ ok: null, error: null }), errors: [{ message: "boom", path }] }
      expect(interpret(answer(200, payload))).toMatchObject({ _tag: "Accepted" })
      expect(
        interpret(answer(200, { ...result({ ok }), errors: [{ message: "boom", path }] })),
      ).toMatchObject({ _tag: "Accepted" })
    })

    it("takes the service's own refusal for rejected, in its words", () => {
      const refusal = result({ ok: null, error: { message: "Insufficient funds" } })
      expect(interpret(answer(200, refusal))).toEqual({ _tag: "Rejected", reason: "Insufficient funds" })
    })

    it.each([400, 403, 404, 405, 413, 422])(
      "takes HTTP %i without data for rejected, whatever the body",
      (status) => {
        expect(interpret(answer(status, undefined))._tag).toBe("Rejected")
        expect(interpret(answer(status, { errors: [{ message: "no such field" }] }))).toEqual({
          _tag: "Rejected",
          reason: "no such field",
        })
      },
    )

    it.each([301, 302, 307, 408, 409, 425, 500, 502, 503, 504])(
      "calls HTTP %i unknown, even with a refusal in its body",
      (status) => {
        expect(interpret(answer(status, result({ error: { message: "no" } })))._tag).toBe("Unknown")
        expect(interpret(answer(status, undefined))._tag).toBe("Unknown")
      },
    )

    it.each(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "FORBIDDEN", "UNAUTHENTICATED"])(
      "takes %s without data for rejected",
      (code) => {
        expect(interpret(answer(200, { errors: [{ message: "no", extensions: { code } }] }))._tag).toBe(
          "Rejected",
        )
      },
    )

    it("calls the same errors unknown once the answer has data, be it null", () => {
      const errors = [{ message: "no", extensions: { code: "FORBIDDEN" } }]
      expect(interpret(answer(200, { data: null, errors }))._tag).toBe("Unknown")
      expect(interpret(answer(200, { data: { forKYC: null }, errors }))._tag).toBe("Unknown")
    })

    it.each([
      ["an HTML page", undefined],
      ["no data and no errors", {}],
      ["an error without a code", { errors: [{ message: "Internal" }] }],
      [
        "one error of several without a code",
        { errors: [{ message: "a", extensions: { code: "FORBIDDEN" } }, { message: "b" }] },
      ],
      ["null data", { data: null }],
      ["neither ok nor error", result({ ok: null, error: null })],
      ["both ok and error", result({ ok, error: { message: "no" } })],
      ["an error without words", result({ ok: null, error: {} })],
      [
        "an error beside GraphQL errors",
        { ...result({ error: { message: "no" } }), errors: [{ message: "x", path: ["forKYC"] }] },
      ],
      ["a text where ok should be", result({ ok: "yes" })],
      ["a list where data should be", { data: [] }],
    ])("calls an answer with %s unknown", (_, payload) => {
      expect(interpret(answer(200, payload))._tag).toBe("Unknown")
    })

    it("says rejected of no answer that may hide a booked payment", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 100, max: 599 }),
          fc.jsonValue(),
          fc.boolean(),
          (status, value, booked) => {
            const createPayment = booked ? { ok: { organization: value } } : value
            const { _tag } = interpret(answer(status, { ...result(createPayment), errors: value }))
            if (booked) expect(_tag).not.toBe("Rejected")
            if (status < 200 || (status >= 300 && status < 400) || status >= 500) expect(_tag).toBe("Unknown")
          },
        ),
      )
    })
  })
})
