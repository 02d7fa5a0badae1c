import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { Browser, CODE_FLOW, complaint, VERIFIER } from "./browser.js"
import { ask, at, text, withSandbox } from "./support.js"

const ME = "{ me { id } }"

const fragmentOf = (url: URL): URLSearchParams => new URLSearchParams(url.hash.slice(1))

const exchange = async (sandbox: Sandbox, fields: Record<string, string>) => {
  const response = await fetch(`${sandbox.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ client_id: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID ?? "", ...fields }),
  })
  const body: unknown = await response.json()
  return { status: response.status, body }
}

/** A sandbox whose time only tests move, so that no code turns in flight. */
const still = { now: () => 1_750_000_000_000 }

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

describe("code flow", () => {
  it("gives tokens for a code and its verifier, once", () =>
    withSandbox(still, async (sandbox) => {
      const url = await new Browser(sandbox).logIn(CODE_FLOW)
      expect(url.hash).toBe("")
      expect(url.searchParams.get("state")).toBe("the app's own")
      const fields = {
        grant_type: "authorization_code",
        code: url.searchParams.get("code") ?? "",
        redirect_uri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
        code_verifier: VERIFIER,
      }
      const tokens = await exchange(sandbox, fields)
      expect(tokens).toMatchObject({
        status: 200,
        body: { token_type: "Bearer", refresh_token: expect.any(String) },
      })
      expect((await ask(sandbox, ME, {}, { token: text(at(tokens.body, "access_token")) })).status).toBe(200)
      expect(await exchange(sandbox, fields)).toMatchObject({ status: 403, body: { error: "invalid_grant" } })
    }))

  it("refuses another verifier, and a login without a challenge", () =>
    withSandbox(still, async (sandbox) => {
      const url = await new Browser(sandbox).logIn(CODE_FLOW)
      const wrong = await exchange(sandbox, {
        grant_type: "authorization_code",
        code: url.searchParams.get("code") ?? "",
        redirect_uri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
        code_verifier: "another",
      })
      expect(wrong).toMatchObject({
        status: 403,
        body: { error_description: "Failed to verify code verifier" },
      })
      const browser = new Browser(sandbox)
      const bare = await browser.visit(browser.authorizeUrl({ response_type: "code" }))
      expect(new URL(bare.location ?? "").searchParams.get("error")).toBe("invalid_request")
    }))

  it.each([
    [{ scope: "openid profile" }, {}],
    [{}, { refreshTokens: false }],
  ])("gives no refresh token with %j and %j", (changes, options) =>
    withSandbox({ ...still, ...options }, async (sandbox) => {
      const url = await new Browser(sandbox).logIn({ ...CODE_FLOW, ...changes })
      const tokens = await exchange(sandbox, {
        grant_type: "authorization_code",
        code: url.searchParams.get("code") ?? "",
        redirect_uri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
        code_verifier: VERIFIER,
      })
      expect(tokens.status).toBe(200)
      expect(at(tokens.body, "refresh_token")).toBeUndefined()
    }),
  )
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

describe("refresh", () => {
  const refresh = (sandbox: Sandbox, refreshToken: string) =>
    exchange(sandbox, { grant_type: "refresh_token", refresh_token: refreshToken })

  it("rotates: new tokens come, the new one works, and the access token opens the API", () =>
    withSandbox(still, async (sandbox) => {
      const first = await refresh(sandbox, sandbox.issueTokens().refreshToken)
      expect(first).toMatchObject({ status: 200, body: { expires_in: 86_400, token_type: "Bearer" } })
      expect((await ask(sandbox, ME, {}, { token: text(at(first.body, "access_token")) })).status).toBe(200)
      expect((await refresh(sandbox, text(at(first.body, "refresh_token")))).status).toBe(200)
    }))

  it("revokes the whole family where a token is used twice", () =>
    withSandbox(still, async (sandbox) => {
      const { refreshToken } = sandbox.issueTokens()
      const next = text(at((await refresh(sandbox, refreshToken)).body, "refresh_token"))
      const refusal = {
        status: 403,
        body: { error: "invalid_grant", error_description: "Unknown or invalid refresh token." },
      }
      expect(await refresh(sandbox, refreshToken)).toEqual(refusal)
      expect(await refresh(sandbox, next)).toEqual(refusal)
    }))

  it("lets the token before the newest be used again within the leeway, and no longer", () =>
    withSandbox({ ...still, rotationLeeway: 10 }, async (sandbox) => {
      const { refreshToken } = sandbox.issueTokens()
      await refresh(sandbox, refreshToken)
      sandbox.advance(10_000)
      const saved = await refresh(sandbox, refreshToken)
      expect(saved.status).toBe(200)
      sandbox.advance(1)
      expect((await refresh(sandbox, refreshToken)).status).toBe(403)
      expect((await refresh(sandbox, text(at(saved.body, "refresh_token")))).status).toBe(403)
    }))

  it("does not let the token before the one before the newest be used, leeway or not", () =>
    withSandbox({ ...still, rotationLeeway: 60 }, async (sandbox) => {
      const { refreshToken } = sandbox.issueTokens()
      const second = text(at((await refresh(sandbox, refreshToken)).body, "refresh_token"))
      expect((await refresh(sandbox, second)).status).toBe(200)
      expect((await refresh(sandbox, refreshToken)).status).toBe(403)
    }))

  it("ends after 30 days", () =>
    withSandbox(still, async (sandbox) => {
      const { refreshToken } = sandbox.issueTokens()
      sandbox.advance(30 * 86_400_000 + 1)
      expect((await refresh(sandbox, refreshToken)).status).toBe(403)
    }))

  it.each([
    [{ grant_type: "http://auth0.com/oauth/grant-type/password-realm" }, 403, "unauthorized_client"],
    [{ grant_type: "refresh_token" }, 400, "invalid_request"],
    [{ grant_type: "refresh_token", refresh_token: "none", client_id: "other" }, 401, "invalid_client"],
    [{ grant_type: "refresh_token", refresh_token: "none" }, 403, "invalid_grant"],
  ])("answers %j with %i %s", (fields, status, error) =>
    withSandbox(still, async (sandbox) => {
      const answer = await exchange(sandbox, fields)
      expect([answer.status, at(answer.body, "error")]).toEqual([status, error])
    }),
  )
})

describe("access tokens", () => {
  it("expire by the sandbox's clock, when told to, and when revoked", () =>
    withSandbox(still, async (sandbox) => {
      const statusOf = async (token: string) => (await ask(sandbox, ME, {}, { token })).status
      const { accessToken, expiresAt } = sandbox.issueTokens({ expiresIn: 60 })
      expect(expiresAt).toBe(sandbox.now() + 60_000)
      expect(await statusOf(accessToken)).toBe(200)
      sandbox.advance(60_000)
      expect(await statusOf(accessToken)).toBe(401)
      const other = sandbox.issueTokens()
      sandbox.expireTokens()
      expect(await statusOf(other.accessToken)).toBe(401)
      const fields = { grant_type: "refresh_token", refresh_token: other.refreshToken }
      const renewed = await exchange(sandbox, fields)
      expect(renewed.status).toBe(200)
      sandbox.revokeTokens()
      expect(await statusOf(text(at(renewed.body, "access_token")))).toBe(401)
      const gone = text(at(renewed.body, "refresh_token"))
      expect((await exchange(sandbox, { ...fields, refresh_token: gone })).status).toBe(403)
    }))

  it("are missing, unknown or of another scheme: 401 in JSON", () =>
    withSandbox(still, async (sandbox) => {
      for (const authorization of ["", "Bearer none", `Basic ${sandbox.issueTokens().accessToken}`]) {
        const headers = { "content-type": "application/json", ...(authorization ? { authorization } : {}) }
        const init = { method: "POST", body: JSON.stringify({ query: ME }), headers }
        const response = await fetch(`${sandbox.url}/api/graphql`, init)
        expect(response.status).toBe(401)
        expect(at(await response.json(), "errors", 0, "extensions", "code")).toBe("UNAUTHENTICATED")
      }
    }))
})
