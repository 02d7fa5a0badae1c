import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { Browser, complaint, fragmentOf } from "./browser.js"
import { ask, at, still, withSandbox } from "./support.js"

const ME = "{ me { id } }"

describe("implicit flow", () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox(still)
  })
  afterAll(() => sandbox.close())

  it("walks identifier, password, resume, code and resume to a fragment with a token that opens the API", async () => {
    const browser = new Browser(sandbox)
    const authorize = await browser.visit(browser.authorizeUrl())
    expect(authorize).toMatchObject({
      status: 302,
      location: expect.stringMatching(/^\/u\/login\/identifier\?state=/),
    })
    expect([...browser.cookies.keys()].sort()).toEqual(["auth0", "auth0_compat", "did", "did_compat"])
    const entered = await browser.enter(await browser.follow(authorize))
    expect(entered.location).toMatch(/^\/authorize\/resume\?state=/)
    const toChallenge = await browser.follow(entered)
    expect(toChallenge.location).toMatch(/^\/u\/mfa-otp-challenge\?state=/)
    const coded = await browser.fill(await browser.follow(toChallenge), { code: browser.code() })
    const home = await browser.follow(coded)

    const url = new URL(home.location ?? "")
    expect(`${url.origin}${url.pathname}${url.search}`).toBe(sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI)
    const answer = fragmentOf(url)
    expect(Object.fromEntries(answer)).toMatchObject({
      token_type: "Bearer",
      expires_in: "86400",
      state: "the app's own",
    })
    expect(answer.has("refresh_token")).toBe(false)
    const token = answer.get("access_token") ?? ""
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())
    expect(payload).toMatchObject({
      exp: 1_750_000_000 + 86_400,
      azp: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID,
      aud: expect.arrayContaining([sandbox.env.SEQUENCE_AUTH0_AUDIENCE]),
    })
    const me = await ask(sandbox, ME, {}, { token })
    expect(at(me.body, "data", "me", "id")).toBe(at(payload, "sub"))
  })
})

describe("/authorize", () => {
  it("shows an error page, and never redirects, for an unknown client or redirect address", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const changes = [
        { client_id: "other" },
        { redirect_uri: `${sandbox.url}/elsewhere` },
        { redirect_uri: null },
      ]
      for (const change of changes) {
        const page = await browser.visit(browser.authorizeUrl(change))
        expect(page.status).toBeGreaterThanOrEqual(400)
        expect(page.location).toBeNull()
      }
    }))

  it.each([
    [{ audience: "https://other.example" }, "access_denied"],
    [{ response_type: "id_token" }, "unsupported_response_type"],
    [{ response_type: null }, "invalid_request"],
    [{ prompt: "none" }, "login_required"],
  ])("sends %j back with %s", (change, error) =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.visit(browser.authorizeUrl(change))
      expect(fragmentOf(new URL(page.location ?? "")).get("error")).toBe(error)
    }),
  )

  it("lets a browser that is logged in go straight back, until it logs out or prompt=login asks again", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      await browser.logIn()
      const again = await browser.visit(browser.authorizeUrl({ prompt: "none" }))
      expect(fragmentOf(new URL(again.location ?? "")).get("access_token")).toBeTruthy()
      const asked = await browser.visit(browser.authorizeUrl({ prompt: "login" }))
      expect(asked.location).toMatch(/^\/u\/login/)
      await browser.visit("/v2/logout")
      expect((await browser.visit(browser.authorizeUrl())).location).toMatch(/^\/u\/login/)
    }))

  it("gives a token that opens nothing where no audience was asked for", () =>
    withSandbox(still, async (sandbox) => {
      const url = await new Browser(sandbox).logIn({ audience: null })
      const token = fragmentOf(url).get("access_token") ?? ""
      expect(token.split(".")).toHaveLength(1)
      expect((await ask(sandbox, ME, {}, { token })).status).toBe(401)
    }))
})

describe("pages", () => {
  it("complain with the field and code that Auth0 uses, at status 400, and can be filled again", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const email = sandbox.env.SEQUENCE_EMAIL ?? ""
      const page = await browser.begin()
      const expectComplaint = async (answer: Promise<{ status: number; html: string }>, code: string) => {
        const { status, html } = await answer
        expect([status, complaint(html)]).toEqual([400, code])
      }
      await expectComplaint(browser.fill(page, { username: "" }), "username/no-email")
      await expectComplaint(browser.fill(page, { username: "nobody" }), "username/invalid-email-format")
      const password = await browser.follow(await browser.fill(page, { username: email }))
      await expectComplaint(browser.fill(password, { password: "" }), "password/no-password")
      await expectComplaint(browser.fill(password, { password: "wrong" }), "password/wrong-email-credentials")
      const right = { password: sandbox.env.SEQUENCE_PASSWORD ?? "" }
      await expectComplaint(
        browser.fill(password, { ...right, username: "other@example.com" }),
        "username/no-username",
      )
      const challenge = await browser.follow(await browser.follow(await browser.fill(password, right)))
      await expectComplaint(browser.fill(challenge, { code: "" }), "code/no-code")
      await expectComplaint(browser.fill(challenge, { code: browser.code(2) }), "code/invalid-code")
      expect((await browser.fill(challenge, { code: browser.code() })).status).toBe(302)
    }))

  it("lead an unknown address to the password, and refuse it there", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const password = await browser.follow(
        await browser.fill(await browser.begin(), { username: "nobody@example.com" }),
      )
      const refused = await browser.fill(password, { password: sandbox.env.SEQUENCE_PASSWORD ?? "" })
      expect(complaint(refused.html)).toBe("password/wrong-email-credentials")
    }))

  it("know no browser without its cookies, no state of a step that is over, and none after an hour", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.begin()
      const stranger = new Browser(sandbox)
      const lost = await stranger.visit(page.url.href)
      expect([lost.status, lost.html.includes("find your session")]).toEqual([400, true])
      const entered = await browser.enter(page)
      expect((await browser.visit(page.url.href)).status).toBe(400)
      await browser.follow(entered)
      expect((await browser.follow(entered)).status).toBe(400)
      const late = await browser.begin()
      sandbox.advance(3_601_000)
      expect((await browser.visit(late.url.href)).status).toBe(400)
    }))

  it("refuse a form whose hidden inputs were not sent back as they were served", () =>
    withSandbox(still, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.begin()
      const username = sandbox.env.SEQUENCE_EMAIL ?? ""
      expect((await browser.fill(page, { username, state: "another" })).status).toBe(400)
      expect(
        (await browser.fill(page, { username, "ulp-tenant-note": "sandbox &#38; friends" })).status,
      ).toBe(400)
      expect((await browser.fill(page, { username })).status).toBe(302)
    }))

  it("have decoys: a second primary form, a social one, a password that is none", () =>
    withSandbox(still, async (sandbox) => {
      const { html } = await new Browser(sandbox).begin()
      expect(html.match(/data-form-primary="true"/g)).toHaveLength(2)
      expect(html).toContain('data-form-secondary="true"')
      expect(html).toMatch(/<input type="password"[^>]*hidden>/)
      expect(html).not.toMatch(/<form[^>]*action=/)
    }))

  it("answer 429 to too many posts in a minute", () =>
    withSandbox({ ...still, login: { postLimit: 2 } }, async (sandbox) => {
      const browser = new Browser(sandbox)
      const page = await browser.begin()
      await browser.fill(page, { username: "" })
      await browser.fill(page, { username: "" })
      expect((await browser.fill(page, { username: "" })).status).toBe(429)
      sandbox.advance(60_000)
      expect((await browser.fill(page, { username: "" })).status).toBe(400)
    }))
})
