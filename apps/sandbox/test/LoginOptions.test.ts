import { describe, expect, it } from "vitest"
import { Browser, complaint, fragmentOf } from "./browser.js"
import { still, withSandbox } from "./support.js"

describe("attack protection", () => {
  it("blocks a user after ten wrong passwords, the right one included, until unblocked", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const username = sandbox.env.SEQUENCE_EMAIL ?? ""
      const page = await browser.follow(await browser.fill(await browser.begin(), { username }))
      for (let time = 0; time < 10; time += 1) {
        const refused = await browser.fill(page, { password: "wrong" })
        expect(complaint(refused.html)).toBe("password/wrong-email-credentials")
      }
      const right = { password: sandbox.env.SEQUENCE_PASSWORD ?? "" }
      expect(complaint((await browser.fill(page, right)).html)).toBe("password/user-blocked")
      sandbox.unblock()
      expect((await browser.fill(page, right)).status).toBe(302)
    }))

  it("takes a code once, and those of the step before and after", () =>
    withSandbox(still, async (sandbox) => {
      const challenge = async (browser: Browser) =>
        browser.follow(await browser.follow(await browser.enter(await browser.begin())))
      const browser = new Browser(sandbox)
      const page = await challenge(browser)
      const code = browser.code()
      expect((await browser.fill(page, { code })).status).toBe(302)
      const other = new Browser(sandbox)
      const second = await challenge(other)
      expect(complaint((await other.fill(second, { code })).html)).toBe("code/invalid-code")
      expect(complaint((await other.fill(second, { code: other.code(-2) })).html)).toBe("code/invalid-code")
      expect((await other.fill(second, { code: other.code(-1) })).status).toBe(302)
      const third = new Browser(sandbox)
      expect((await third.fill(await challenge(third), { code: third.code(1) })).status).toBe(302)
    }))

  it("looks at no code after ten wrong ones in an hour", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.follow(await browser.follow(await browser.enter(await browser.begin())))
      for (let time = 0; time < 10; time += 1) await browser.fill(page, { code: browser.code(5) })
      expect(complaint((await browser.fill(page, { code: browser.code() })).html)).toBe(
        "code/too-many-failures",
      )
    }))
})

describe("login options", () => {
  it("combined: asks for both on one page", () =>
    withSandbox({ ...still, login: { combined: true, mfa: "none" } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.begin()
      expect(page.url.pathname).toBe("/u/login")
      const username = sandbox.env.SEQUENCE_EMAIL ?? ""
      const wrong = await browser.fill(page, { username, password: "wrong" })
      expect(complaint(wrong.html)).toBe("password/wrong-email-credentials")
      const entered = await browser.fill(page, { username, password: sandbox.env.SEQUENCE_PASSWORD ?? "" })
      const back = await browser.follow(entered)
      expect(fragmentOf(new URL(back.location ?? "")).has("access_token")).toBe(true)
    }))

  it("captcha: shows one on every page, and refuses posts without it before all else", () =>
    withSandbox({ ...still, login: { captcha: true } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.begin()
      expect(page.html).toContain('data-captcha-provider="auth0_v2"')
      const refused = await browser.fill(page, { username: sandbox.env.SEQUENCE_EMAIL ?? "" })
      expect([refused.status, complaint(refused.html)]).toEqual([400, "captcha/invalid-captcha"])
    }))

  it("sms: asks for a text message, from which the options lead to the code", () =>
    withSandbox({ ...still, login: { mfa: "sms" } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const sms = await browser.follow(await browser.follow(await browser.enter(await browser.begin())))
      expect(sms.url.pathname).toBe("/u/mfa-sms-challenge")
      expect(complaint((await browser.fill(sms, { code: "123456" })).html)).toBe("code/invalid-code")
      const options = await browser.follow(await browser.fill(sms, { action: "pick-authenticator" }))
      expect(options.html).toContain('value="otp::0"')
      const otp = await browser.follow(await browser.fill(options, { action: "otp::0" }))
      expect(otp.url.pathname).toBe("/u/mfa-otp-challenge")
      const back = await browser.follow(await browser.fill(otp, { code: browser.code() }))
      expect(back.location).toContain("#access_token=")
    }))

  it("detectBrowser and passkeyEnrollment: put a page before the code and one after it", () =>
    withSandbox({ ...still, login: { detectBrowser: true, passkeyEnrollment: true } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const detect = await browser.follow(await browser.follow(await browser.enter(await browser.begin())))
      expect(detect.url.pathname).toBe("/u/mfa-detect-browser-capabilities")
      const otp = await browser.follow(
        await browser.follow(await browser.fill(detect, { action: "default" })),
      )
      const passkey = await browser.follow(
        await browser.follow(await browser.fill(otp, { code: browser.code() })),
      )
      expect(passkey.url.pathname).toBe("/u/passkey-enrollment")
      const back = await browser.follow(await browser.fill(passkey, { action: "abort-passkey-enrollment" }))
      expect(back.location).toContain("#access_token=")
    }))

  it("leads a client that claims passkeys into an enrolment that it cannot leave", () =>
    withSandbox({ ...still, login: { mfa: "none" } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const username = sandbox.env.SEQUENCE_EMAIL ?? ""
      const claim = { username, "webauthn-available": "true" }
      const password = await browser.follow(await browser.fill(await browser.begin(), claim))
      const entered = await browser.fill(password, { password: sandbox.env.SEQUENCE_PASSWORD ?? "" })
      const passkey = await browser.follow(await browser.follow(entered))
      expect(passkey.url.pathname).toBe("/u/passkey-enrollment")
      expect(passkey.html).not.toContain("abort-passkey-enrollment")
      expect((await browser.fill(passkey, { action: "abort-passkey-enrollment" })).status).toBe(400)
    }))

  it("remembers a browser that asked for it, and asks no code there", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const otp = await browser.follow(await browser.follow(await browser.enter(await browser.begin())))
      await browser.follow(await browser.fill(otp, { code: browser.code(), rememberBrowser: "true" }))
      const again = await browser.enter(await browser.begin({ prompt: "login" }))
      expect((await browser.follow(again)).location).toContain("#access_token=")
    }))
})
