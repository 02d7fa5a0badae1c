import { createHash } from "node:crypto"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { logInByBrowser } from "../src/browser.js"
import { AuthenticationError, ConfigError } from "../src/Errors.js"
import { Sequence } from "../src/index.js"
import { CHROMIUM, fill, finish, logIn, makeWindow } from "./support/window.js"

const startWorld = async () => {
  const sandbox = await startSandbox({ login: { mfa: "none" } })
  const window = await makeWindow()
  const { executablePath } = window
  const addresses = { appUrl: sandbox.url, authUrl: sandbox.env.SEQUENCE_AUTH_URL, executablePath }
  return {
    sandbox,
    window,
    addresses,
    [Symbol.asyncDispose]: async () => {
      await window[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

// Without a browser there is nothing to log in with; continuous integration installs one.
describe.skipIf(CHROMIUM === undefined)("logInByBrowser", () => {
  it("waits for the person, and gives a token that works and what the web app asked with", async () => {
    await using world = await startWorld()
    const { sandbox, window, addresses } = world
    const waiting = logInByBrowser(addresses)
    await logIn(await window.page(), sandbox)
    const login = await waiting
    expect(login.authorize).toEqual({
      clientId: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID,
      redirectUri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI,
      audience: sandbox.env.SEQUENCE_AUTH0_AUDIENCE,
      scope: "openid profile email",
      responseType: "token",
    })
    expect(login.refreshToken).toBeNull()
    expect(login.expiresAt).toBeGreaterThan(Date.now() + 3_600_000)
    const { accessToken } = login
    const sequence = new Sequence({ accessToken, apiUrl: `${sandbox.url}/api/graphql`, appUrl: sandbox.url })
    expect(await sequence.getPods()).toHaveLength(8)
    await sequence.close()
  })

  it("is not confused by a wrong password: the person may try again", async () => {
    await using world = await startWorld()
    const { sandbox, window, addresses } = world
    const waiting = logInByBrowser(addresses)
    const page = await window.page()
    const wrong = { ...sandbox, env: { ...sandbox.env, SEQUENCE_PASSWORD: "wrong" } }
    await logIn(page, wrong)
    await page.getByText("Wrong email or password").waitFor()
    await page.locator("input[name=password]:visible").fill(sandbox.env.SEQUENCE_PASSWORD ?? "")
    await finish(page)
    expect((await waiting).accessToken).not.toBe("")
  })

  it("takes what the web app gets for a code, refresh token included", async () => {
    await using world = await startWorld()
    const { sandbox, window, addresses } = world
    const waiting = logInByBrowser(addresses)
    const page = await window.page()
    // What a web app does that uses the code flow with PKCE.
    const verifier = "a-verifier-of-forty-three-characters-or-more-0123456789"
    const query = new URLSearchParams({
      client_id: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID ?? "",
      redirect_uri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
      audience: sandbox.env.SEQUENCE_AUTH0_AUDIENCE ?? "",
      scope: "openid offline_access",
      response_type: "code",
      state: "of-the-app",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    })
    await page.goto(`${sandbox.url}/authorize?${query}`)
    await fill(page, sandbox)
    await page.waitForURL(/[?&]code=/)
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: query.get("client_id") ?? "",
      redirect_uri: query.get("redirect_uri") ?? "",
      code: new URL(page.url()).searchParams.get("code") ?? "",
      code_verifier: verifier,
    })
    await page.evaluate(
      `void fetch("/oauth/token", { method: "POST", body: new URLSearchParams(${JSON.stringify(`${body}`)}) }).then((answer) => answer.json())`,
    )
    const { accessToken, refreshToken, authorize } = await waiting
    expect(accessToken).not.toBe("")
    expect(refreshToken).toEqual(expect.any(String))
    expect(authorize.responseType).toBe("code")
  })

  it("ends as abandoned where the person closes the window", async () => {
    await using world = await startWorld()
    const waiting = logInByBrowser(world.addresses)
    const [failure] = await Promise.all([
      waiting.catch((error: unknown) => error),
      world.window.page().then((page) => page.close()),
    ])
    expect(failure).toBeInstanceOf(AuthenticationError)
    expect(failure).toMatchObject({ reason: "Abandoned" })
  })

  it("ends as abandoned when time is over", async () => {
    await using world = await startWorld()
    await expect(logInByBrowser({ ...world.addresses, timeout: 50 })).rejects.toMatchObject({
      reason: "Abandoned",
    })
  })

  it("closes the window and throws an AbortError when its signal is aborted", async () => {
    await using world = await startWorld()
    const controller = new AbortController()
    const waiting = logInByBrowser({ ...world.addresses, signal: controller.signal })
    const failure = waiting.catch((error: unknown) => error)
    const page = await world.window.page()
    const gone = new Promise((resolve) => page.on("close", resolve))
    controller.abort()
    expect(await failure).toMatchObject({ name: "AbortError" })
    await gone
  })
})

describe("logInByBrowser without a browser", () => {
  it("says which program file is missing", async () => {
    await expect(logInByBrowser({ executablePath: "/nowhere/chromium" })).rejects.toThrow(
      new ConfigError(["There is no browser at /nowhere/chromium"]),
    )
  })

  it("says which address is none", async () => {
    await expect(logInByBrowser({ appUrl: "app" })).rejects.toThrow(ConfigError)
  })
})
