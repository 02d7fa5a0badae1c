import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hasRepeatedKey } from "../../src/http/RepeatedKeys.js"
import type { GraphQLResponse } from "../../src/transport/GraphQLHttp.js"
import { classifyOutcome } from "../../src/webapp/PaymentOutcome.js"

const ofText = (status: number, text: string, contentType = "application/json"): GraphQLResponse => {
  let payload: GraphQLResponse["payload"]
  try {
    payload = { ...JSON.parse(text) }
  } catch {
    payload = undefined
  }
  return {
    status,
    payload,
    text,
    contentType,
    retryAfter: undefined,
    date: undefined,
    challenged: false,
    requestId: "tsequence-test",
  }
}

const answer = (status: number, payload: object | undefined): GraphQLResponse =>
  payload === undefined ? ofText(status, "<html>", "text/html") : ofText(status, JSON.stringify(payload))

const result = (createPayment: unknown) => ({ data: { forKYC: { createPayment } } })
const ok = { organization: { id: "org", pods: [], transferReferences: { edges: [] } } }
const refusal = result({ ok: null, error: { message: "Insufficient funds" } })
const error = (message: string, code?: string, path?: ReadonlyArray<string | number | null>) => ({
  message,
  ...(code !== undefined && { extensions: { code } }),
  ...(path !== undefined && { path }),
})
const above = error("KYC application not found", "NOT_FOUND", ["forKYC"])
const within = error("Account is under review", "INTERNAL", ["forKYC", "createPayment"])
const inOk = error("boom", undefined, ["forKYC", "createPayment", "ok", "organization", "pods", 0])
const unauthenticated = error("no", "UNAUTHENTICATED")

type Tag = ReturnType<typeof classifyOutcome>["_tag"]

const EVERY_STATUS = [
  200, 204, 301, 307, 400, 401, 402, 403, 404, 408, 409, 410, 425, 429, 499, 500, 502, 503,
]

/** The same for every status. */
const always: ReadonlyArray<readonly [string, object, Tag]> = [
  ["ok", result({ ok, error: null }), "Accepted"],
  ["ok of which much is missing", result({ ok: { organization: { id: 7 } } }), "Accepted"],
  ["an error inside ok", { ...result({ ok: null, error: null }), errors: [inOk] }, "Accepted"],
  ["an error inside ok that made all data null", { data: null, errors: [inOk] }, "Accepted"],
  ["errors beside ok", { ...result({ ok }), errors: [above] }, "Accepted"],
  ["ok and error", result({ ok, error: { message: "no" } }), "Unknown"],
  ["null data", { data: null }, "Unknown"],
  ["data without anything", { data: {} }, "Unknown"],
  ["a list for data", { data: [] }, "Unknown"],
  ["neither ok nor error", result({ ok: null, error: null }), "Unknown"],
  ["an error without words", result({ ok: null, error: {} }), "Unknown"],
  ["a text for ok", result({ ok: "yes" }), "Unknown"],
  ["no payment below its parent", { data: { forKYC: {} } }, "Unknown"],
  ["null for the payment", result(null), "Unknown"],
  ["an error at the payment", { data: null, errors: [within] }, "Unknown"],
  ["an error at the payment, without data", { errors: [within] }, "Unknown"],
  ["an error at the payment whose parent is null", { data: { forKYC: null }, errors: [within] }, "Unknown"],
  ["errors above and at the payment", { data: null, errors: [above, within] }, "Unknown"],
  ["an error without a path", { data: null, errors: [error("no", "FORBIDDEN")] }, "Unknown"],
  ["an error of another field", { data: null, errors: [error("no", undefined, ["me"])] }, "Unknown"],
  ["an error with an empty path", { data: null, errors: [error("no", undefined, [])] }, "Unknown"],
  [
    "a path that cannot be read",
    { data: null, errors: [error("no", undefined, [null, "forKYC"])] },
    "Unknown",
  ],
  ["errors that are no list", { data: { forKYC: null }, errors: "no" }, "Unknown"],
  ["a refusal beside errors", { ...refusal, errors: [above] }, "Unknown"],
  [
    "UNAUTHENTICATED from the payment itself",
    { data: null, errors: [error("no", "UNAUTHENTICATED", ["forKYC", "createPayment"])] },
    "Unknown",
  ],
]

/** Lists the outcomes of one body by status: good, 401, 429, the refusals, and all others. */
const byStatus = (good: Tag, status401: Tag, status429: Tag, status400: Tag, others: Tag) => ({
  200: good,
  401: status401,
  429: status429,
  400: status400,
  403: status400,
  451: status400,
  302: others,
  402: others,
  408: others,
  409: others,
  425: others,
  499: others,
  500: others,
  502: others,
  503: others,
})

const dependent: ReadonlyArray<readonly [string, object | undefined, Readonly<Record<number, Tag>>]> = [
  ["nothing that is JSON", undefined, byStatus("Unknown", "TurnedAway", "TurnedAway", "Rejected", "Unknown")],
  ["an empty object", {}, byStatus("Unknown", "TurnedAway", "TurnedAway", "Rejected", "Unknown")],
  [
    "an error without code or path",
    { errors: [error("Internal")] },
    byStatus("Unknown", "TurnedAway", "TurnedAway", "Rejected", "Unknown"),
  ],
  [
    "a validation error",
    { errors: [error("no such field", "GRAPHQL_VALIDATION_FAILED")] },
    byStatus("Rejected", "TurnedAway", "TurnedAway", "Rejected", "Unknown"),
  ],
  [
    "a validation error and another",
    { errors: [error("no such field", "GRAPHQL_VALIDATION_FAILED"), error("b")] },
    byStatus("Unknown", "TurnedAway", "TurnedAway", "Rejected", "Unknown"),
  ],
  [
    "UNAUTHENTICATED without data",
    { errors: [unauthenticated] },
    byStatus("TurnedAway", "TurnedAway", "TurnedAway", "Rejected", "Unknown"),
  ],
  [
    "UNAUTHENTICATED beside null data",
    { data: null, errors: [unauthenticated] },
    byStatus("TurnedAway", "TurnedAway", "Unknown", "Unknown", "Unknown"),
  ],
  [
    "UNAUTHENTICATED above the payment",
    { data: { forKYC: null }, errors: [error("no", "UNAUTHENTICATED", ["forKYC"])] },
    byStatus("TurnedAway", "TurnedAway", "Unknown", "Unknown", "Unknown"),
  ],
  [
    "an error above the payment",
    { data: null, errors: [above] },
    byStatus("Rejected", "Rejected", "Rejected", "Rejected", "Unknown"),
  ],
  [
    "an error above the payment, and its parent null",
    { data: { forKYC: null }, errors: [above] },
    byStatus("Rejected", "Rejected", "Rejected", "Rejected", "Unknown"),
  ],
  [
    "a parent that is null",
    { data: { forKYC: null } },
    byStatus("Rejected", "Rejected", "Rejected", "Rejected", "Unknown"),
  ],
  ["a refusal", refusal, byStatus("Rejected", "Rejected", "Rejected", "Rejected", "Unknown")],
]

const rowsOf = dependent.flatMap(([name, payload, tags]) =>
  Object.entries(tags).map(([status, tag]) => [tag, name, Number(status), payload] as const),
)

const REFUSALS = [400, 403, 404, 405, 413, 414, 415, 422, 431, 451]

describe("classifyOutcome", () => {
  it.each(always)("judges %s by the body alone, with every status", (_, payload, tag) => {
    for (const status of EVERY_STATUS) {
      expect([status, classifyOutcome(answer(status, payload))._tag]).toEqual([status, tag])
    }
  })

  it.each(rowsOf)("says %s of %s with HTTP %i", (tag, _, status, payload) => {
    expect(classifyOutcome(answer(status, payload))._tag).toBe(tag)
  })

  it("takes exactly ten statuses for a refusal by themselves", () => {
    const refused = Array.from({ length: 500 }, (_, index) => index + 100).filter(
      (status) => classifyOutcome(answer(status, undefined))._tag === "Rejected",
    )
    expect(refused).toEqual(REFUSALS)
  })

  it("names the setting if the service did not get as far as the payment", () => {
    expect(classifyOutcome(answer(200, { data: null, errors: [above] }))).toEqual({
      _tag: "Rejected",
      reason:
        "the service did not try the payment: KYC application not found. Check SEQUENCE_KYC_ID or kycId: it must be the id of a KYC application, not of the organization",
    })
  })

  it.each([
    ["a refusal", answer(200, refusal), "Insufficient funds"],
    ["an error at the payment", answer(200, { data: null, errors: [within] }), "Account is under review"],
    [
      "a server error",
      answer(500, { errors: [error("Account is under review")] }),
      "Account is under review",
    ],
    ["a message in JSON", answer(503, { message: "Account is under review" }), "Account is under review"],
    ["plain text", ofText(500, "Account is under review", "text/plain"), "Account is under review"],
    ["a refused request", answer(422, { errors: [error("Amount too small")] }), "Amount too small"],
    ["too many requests", answer(429, { message: "Slow down" }), "Slow down"],
    ["a contradiction", answer(200, result({ ok, error: { message: "Twice?" } })), "Twice?"],
  ])("keeps the service's own words: %s", (_, given, words) => {
    expect(JSON.stringify(classifyOutcome(given))).toContain(words)
  })

  it("keeps no token among the words", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
    for (const payload of [{ data: null, errors: [error(`Bearer ${token}`)] }, { message: token }]) {
      expect(JSON.stringify(classifyOutcome(answer(500, payload)))).not.toContain(token)
    }
  })

  it.each([
    ["data", '{"data":{"forKYC":null},"data":{"forKYC":{"createPayment":{"ok":{}}}}}'],
    ["data, escaped", '{"data":null,"\\u0064ata":{"forKYC":null}}'],
    ["ok", '{"data":{"forKYC":{"createPayment":{"ok":null,"error":{"message":"no"},"ok":{}}}}}'],
    ["errors", '{"errors":[],"errors":[{"message":"no"}]}'],
  ])("calls it unknown, with every status, if an object has the same key twice: %s", (_, text) => {
    for (const status of EVERY_STATUS) {
      expect([status, classifyOutcome(ofText(status, text))._tag]).toEqual([status, "Unknown"])
    }
  })

  it("never says rejected or turned away if the body shows that the payment was booked", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.jsonValue(),
        fc.jsonValue(),
        (status, value, errors) => {
          const payload = { ...result({ ok: { organization: value } }), errors }
          expect(["Accepted", "Unknown"]).toContain(classifyOutcome(answer(status, payload))._tag)
        },
      ),
    )
  })
})

describe("hasRepeatedKey", () => {
  it("finds none in what JSON.stringify writes, and each one that is put in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        expect(hasRepeatedKey(JSON.stringify(value, undefined, 1))).toBe(false)
        const name = JSON.stringify(key)
        const twice = `{${name}:1,"other ${name.slice(1)}:${JSON.stringify(value)},${name}:2}`
        expect(hasRepeatedKey(`[{"a":${twice}}]`)).toBe(true)
      }),
    )
  })

  it("reads a text as long as an answer may be", () => {
    const long = "x\\n".repeat(1_000_000)
    expect(hasRepeatedKey(`{"a":"${long}","b":"${long}"}`)).toBe(false)
  })
})
