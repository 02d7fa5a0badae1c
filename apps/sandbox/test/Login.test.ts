import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { Browser } from "./browser.js"
import { ask, at } from "./support.js"

const ME = "{ me { id } }"

const fragmentOf = (url: URL): URLSearchParams => new URLSearchParams(url.hash.slice(1))

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
