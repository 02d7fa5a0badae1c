import { describe, expect, it } from "vitest"
import type { Sandbox } from "../src/index.js"
import { Browser, CODE_FLOW, exchange, VERIFIER } from "./browser.js"
import { ask, at, still, text, withSandbox } from "./support.js"

const ME = "{ me { id } }"

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
