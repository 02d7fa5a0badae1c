import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { excerpt, scrub } from "../../src/internal/Scrub.js"

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
    expect(scrub(text)).not.toContain("canary")
  })

  it("leaves ordinary words alone", () => {
    expect(scrub("Insufficient funds in Main (4.50)")).toBe("Insufficient funds in Main (4.50)")
  })

  it("takes out known secrets wherever they stand", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z]{8,20}$/), fc.string(), (before, secret, after) => {
        expect(scrub(`${before}${secret}${after}`, [secret])).not.toContain(secret)
      }),
    )
  })

  it("keeps an excerpt short", () => {
    expect(excerpt("x y ".repeat(10_000)).length).toBeLessThanOrEqual(300)
  })
})
