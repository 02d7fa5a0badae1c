import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as LoginPage from "../../../src/auth/login/LoginPage.js"
import * as fixtures from "./fixtures.js"

const entries = (form: LoginPage.Form | undefined, values = {}, action?: string) =>
  form === undefined ? undefined : Object.fromEntries(LoginPage.fill(form, values, action))

describe("Pages", () => {
  describe("formWith", () => {
    it("chooses the form that has the input, not the first one or the one with the first state", () => {
      const page = LoginPage.parse(fixtures.identifier({ state: "S1" }))
      expect(page.forms).toHaveLength(4)
      expect(entries(LoginPage.formWith(page, "username"), { username: "ada@example.com" })).toEqual({
        state: "S1",
        "js-available": "false",
        "webauthn-available": "false",
        "is-brave": "false",
        "webauthn-platform-available": "false",
        username: "ada@example.com",
        action: "default",
      })
    })

    it("echoes the email that the password page holds, and sends no box that is not ticked", () => {
      const page = LoginPage.parse(fixtures.password({ state: "S1", username: "a&b@example.com" }))
      expect(entries(LoginPage.formWith(page, "password"), { password: "p" })).toMatchObject({
        username: "a&b@example.com",
        password: "p",
        state: "S1",
      })
      expect(entries(LoginPage.formWith(page, "password"))).not.toHaveProperty("ulp-remember-me")
    })

    it("decodes entities in what is sent back", () => {
      const page = LoginPage.parse(
        `<form method="post"><input type="hidden" name="state" value="a&amp;b&#x3D;&quot;&#39;&lt;"><input name="code"></form>`,
      )
      expect(entries(LoginPage.formWith(page, "code"))).toMatchObject({ state: "a&b=\"'<" })
    })

    it("says that there are no security keys, whatever the page presumes", () => {
      const page = LoginPage.parse(
        `<form method="post"><input type="hidden" name="webauthn-available" value="true"><input name="code"></form>`,
      )
      expect(entries(LoginPage.formWith(page, "code"))).toMatchObject({ "webauthn-available": "false" })
    })

    it("passes over inputs that are switched off or stand outside of a form", () => {
      const page = LoginPage.parse(
        `<input name="password"><form method="post"><input name="password" disabled></form>`,
      )
      expect(LoginPage.formWith(page, "password")).toBeUndefined()
    })
  })

  describe("errors", () => {
    it("reads the code of what the service refused", () => {
      const html = fixtures.password({
        state: "S",
        username: "x",
        error: { field: "password", code: "wrong-credentials" },
      })
      expect(LoginPage.parse(html).errors).toEqual(["wrong-credentials"])
    })

    it("passes over the texts for checks in the browser, which are on every page", () => {
      expect(LoginPage.parse(fixtures.identifier({ state: "S" })).errors).toEqual([])
    })

    it("shows no code that could hold anything else", () => {
      const html = `<span id="error-element-code" data-error-code="<b>ada@example.com</b>">x</span>`
      expect(LoginPage.parse(html).errors).toEqual(["unknown"])
    })
  })

  describe("captcha", () => {
    it("names its maker", () => {
      expect(LoginPage.parse(fixtures.identifier({ state: "S", captcha: "auth0_v2" })).captcha).toBe(
        "auth0_v2",
      )
    })

    it("is seen in its picture, its input and its container", () => {
      expect(LoginPage.parse(`<img alt="captcha" src="data:,">`).captcha).toBe("unknown")
      expect(LoginPage.parse(`<input type="hidden" name="captcha" value="">`).captcha).toBe("unknown")
      expect(LoginPage.parse(`<div class="c12 ulp-captcha-container"></div>`).captcha).toBe("unknown")
      expect(LoginPage.parse(`<div class="ulp-captcha-client-error"></div>`).captcha).toBeUndefined()
    })
  })

  it("reads the release of the pages", () => {
    expect(LoginPage.parse(fixtures.otp({ state: "S" })).version).toBe("1.139.0")
  })

  it("reads what a page that is drawn by a script says about itself", () => {
    const page = LoginPage.parse(
      fixtures.acul({ screen: "login-id", errors: ["invalid-captcha"], captcha: true }),
    )
    expect(page).toMatchObject({ customScreen: "login-id", errors: ["invalid-captcha"], captcha: "unknown" })
  })

  it("reads anything at all", () => {
    const piece = fc.constantFrom(
      "<form",
      ">",
      "<input name=",
      '"',
      "code",
      "</form>",
      "<script>",
      "atob('eyJ",
      "')",
      "&",
      "<!--",
      "data-error-code=x ",
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => void LoginPage.parse(pieces.join(""))),
    )
  })
})
