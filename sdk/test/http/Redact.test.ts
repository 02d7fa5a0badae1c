import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { excerpt, redact } from "../../src/http/Redact.js"

describe("Scrub", () => {
  it.each([
    "authorization: Bearer canarycanary",
    "eyJcanary0.canarypayload.canarysignature",
    '{"access_token":"canary"}',
    "/u/login?state=canary&x=1",
    "code=canary",
    "password: canary",
    "write to canary@example.com",
  ])("takes the secret out of %j", (text) => {
    expect(redact(text)).not.toContain("canary")
  })

  it.each([
    'Variable "$filter" got invalid value "2026-13-01" at "transferFilter.createdAt.start"; Expected type "Date"',
    "organization.transferReferences.pageInfo.endCursor",
    "activitySummary.totalIncomingFundsInCents.formatted is not a number",
    "getaddrinfo ENOTFOUND application.getsequence.io",
  ])("leaves paths and dotted words alone: %s", (text) => {
    expect(redact(text)).toBe(text)
  })

  it("takes out a token of any shape of JWT", () => {
    const part = fc.stringMatching(/^[\w-]{8,40}$/)
    fc.assert(
      fc.property(part, part, part, (head, payload, signature) => {
        expect(redact(`token eyJ${head}.${payload}.${signature} refused`)).toBe(
          "token [redacted token] refused",
        )
      }),
    )
  })

  it("leaves ordinary words alone", () => {
    expect(redact("Insufficient funds in Main (4.50)")).toBe("Insufficient funds in Main (4.50)")
  })

  it("takes out known secrets wherever they stand", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z]{8,20}$/), fc.string(), (before, secret, after) => {
        expect(redact(`${before}${secret}${after}`, [secret])).not.toContain(secret)
      }),
    )
  })

  it("keeps an excerpt short", () => {
    expect(excerpt("x y ".repeat(10_000)).length).toBeLessThanOrEqual(300)
  })
})
