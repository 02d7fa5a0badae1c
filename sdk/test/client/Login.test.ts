import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as Login from "../../src/client/Login.js"
import { type AccessTokens, FileTokenStore, type Options, type TokenStore } from "../../src/effect.js"
import { ConfigError, Sequence, StorageError } from "../../src/index.js"

let sandbox: Sandbox
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsequence-login-"))
  sandbox = await startSandbox({ login: { mfa: "none" } })
})

afterEach(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

const options = (changes: Partial<Options> = {}): Options => ({
  apiUrl: sandbox.env.SEQUENCE_API_URL,
  appUrl: sandbox.env.SEQUENCE_APP_URL,
  authUrl: sandbox.env.SEQUENCE_AUTH_URL,
  auth: {
    clientId: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID,
    redirectUri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI,
    audience: sandbox.env.SEQUENCE_AUTH0_AUDIENCE,
  },
  credentials: {
    email: sandbox.env.SEQUENCE_EMAIL ?? "",
    password: Redacted.make(sandbox.env.SEQUENCE_PASSWORD ?? ""),
  },
  ...changes,
})

const wrongPassword = () =>
  options({ credentials: { email: "ada@example.com", password: Redacted.make("wrong") } })

const run = <A>(effect: Effect.Effect<A, AccessTokens.AccessTokenError, TokenStore.TokenStore>) =>
  Effect.runPromise(Effect.either(Effect.provide(effect, FileTokenStore.layer(folder))))

const succeed = async <A>(
  effect: Effect.Effect<A, AccessTokens.AccessTokenError, TokenStore.TokenStore>,
): Promise<A> => Either.getOrThrow(await run(effect))

const fail = async <A>(effect: Effect.Effect<A, AccessTokens.AccessTokenError, TokenStore.TokenStore>) =>
  Either.getOrThrow(Either.flip(await run(effect)))

const stored = async (): Promise<string> => readFile(join(folder, ".tokens.json"), "utf8").catch(() => "")

const logins = () => sandbox.requests().filter(({ path }) => path === "/authorize").length

/** A client that knows of the login by the folder alone. */
const fromFolder = () => {
  const { SEQUENCE_EMAIL: _e, SEQUENCE_PASSWORD: _p, SEQUENCE_TOTP: _t, ...rest } = sandbox.env
  return Sequence.fromEnv(
    { rateLimit: { minInterval: 0, jitter: 0 } },
    { ...rest, SEQUENCE_DATA_DIR: folder },
  )
}

const readPods = async (): Promise<number> => {
  const sequence = fromFolder()
  try {
    return (await sequence.getPods()).length
  } finally {
    await sequence.close()
  }
}

/** Logs in and keeps what that gave. */
const logIn = (given: Options) =>
  Effect.flatMap(Login.withPassword(given), (got) => Login.saveTokens(given, got))

describe("withPassword", () => {
  it("logs in, and clients on the folder need no credentials from then on", async () => {
    expect(fromFolder).toThrow(/There is nothing to log in with/)
    await succeed(logIn(options()))
    expect(await readPods()).toBe(8)
    expect(logins()).toBe(1)
  })

  it("logs in anew where a good token is stored", async () => {
    await succeed(logIn(options()))
    const first = await stored()
    await succeed(logIn(options()))
    expect(await stored()).not.toBe(first)
    expect(logins()).toBe(2)
  })

  it("leaves the stored token alone where it fails", async () => {
    await succeed(logIn(options()))
    const before = await stored()
    expect(await fail(Login.withPassword(wrongPassword()))).toMatchObject({ reason: "InvalidCredentials" })
    expect(await stored()).toBe(before)
    expect(await readPods()).toBe(8)
  })

  it("leaves the stored token alone until the new one is kept, and who it belongs to", async () => {
    await succeed(logIn(options()))
    const before = await stored()
    const elsewhere = options({ auth: { ...options().auth, clientId: "another" } })
    await run(Login.withPassword(elsewhere))
    await succeed(Login.withPassword(options()))
    expect(await stored()).toBe(before)
    expect(await readPods()).toBe(8)
  })

  it("is one account's: another email on the same folder does not use it", async () => {
    await succeed(logIn(options()))
    const { SEQUENCE_TOTP: _, ...rest } = sandbox.env
    const other = Sequence.fromEnv(
      { rateLimit: { minInterval: 0, jitter: 0 }, logger: false },
      {
        ...rest,
        SEQUENCE_TOTP: "JBSWY3DPEHPK3PXP",
        SEQUENCE_EMAIL: "bob@example.com",
        SEQUENCE_DATA_DIR: folder,
      },
    )
    await expect(other.getPods()).rejects.toMatchObject({ reason: "InvalidCredentials" })
    await other.close()
    expect(await readPods()).toBe(8)
  })

  it("lifts the pause after failed logins, each time that a person asks", async () => {
    for (let count = 0; count < 4; count++) {
      expect(await fail(Login.withPassword(wrongPassword()))).toMatchObject({ reason: "InvalidCredentials" })
    }
    expect(logins()).toBe(4)
  })

  it("needs credentials", async () => {
    expect(await fail(Login.withPassword(options({ credentials: undefined })))).toBeInstanceOf(ConfigError)
    expect(logins()).toBe(0)
  })

  it("fails where the token cannot be kept", async () => {
    await mkdir(join(folder, ".tokens.json"))
    expect(await fail(logIn(options()))).toBeInstanceOf(StorageError)
  })
})

/** Walks through the login as a browser does, and gives the address that it ends at. */
const walk = async (address: URL): Promise<string> => {
  const cookies = new Map<string, string>()
  const visit = async (url: URL, form?: URLSearchParams): Promise<{ url: URL; html: string }> => {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }
    const answer = await fetch(url, {
      headers,
      redirect: "manual",
      ...(form === undefined ? {} : { method: "POST", body: form }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=")
      cookies.set(name, value)
    }
    const location = answer.headers.get("location")
    if (location === null) return { url, html: await answer.text() }
    const next = new URL(location, url)
    return /access_token=|[?&]code=/.test(next.href) ? { url: next, html: "" } : visit(next)
  }
  const fill = (page: { url: URL }, fields: Record<string, string>) =>
    visit(
      page.url,
      new URLSearchParams({ state: page.url.searchParams.get("state") ?? "", action: "default", ...fields }),
    )
  const { SEQUENCE_EMAIL = "", SEQUENCE_PASSWORD = "" } = sandbox.env
  const password = await fill(await visit(address), { username: SEQUENCE_EMAIL })
  const end = await fill(password, { username: SEQUENCE_EMAIL, password: SEQUENCE_PASSWORD })
  return end.url.href
}

describe("begin", () => {
  it.each(["token", "code"] as const)(
    "takes the address that the login ended at (%s)",
    async (responseType) => {
      const given = options({ auth: { ...options().auth, responseType } })
      const startedAt = await succeed(Login.startBrowserLogin(given))
      const got = await succeed(startedAt.finish(Redacted.make(` ${await walk(startedAt.address)}\n`)))
      await succeed(Login.saveTokens(given, got))
      expect(await readPods()).toBe(8)
    },
  )

  it("takes the access token itself", async () => {
    const startedAt = await succeed(Login.startBrowserLogin(options()))
    const got = await succeed(startedAt.finish(Redacted.make(sandbox.issueTokens().accessToken)))
    await succeed(Login.saveTokens(options(), got))
    expect(await readPods()).toBe(8)
  })

  it("refuses the answer to another login", async () => {
    const other = await succeed(Login.startBrowserLogin(options()))
    const startedAt = await succeed(Login.startBrowserLogin(options()))
    const answer = Redacted.make(await walk(other.address))
    expect(await fail(startedAt.finish(answer))).toMatchObject({ reason: "UnexpectedPage" })
  })

  it.each([
    "",
    "two words",
    "https://app.example/#nothing",
    "https://app.example/#error=access_denied&state=x",
  ])("refuses %j, and says nothing of it", async (pasted) => {
    const startedAt = await succeed(Login.startBrowserLogin(options()))
    const failure = await fail(startedAt.finish(Redacted.make(pasted)))
    expect(failure._tag).toBe("AuthenticationError")
    if (pasted !== "") expect(failure.message).not.toContain(pasted)
  })
})

describe("keep", () => {
  it("replaces the token of another account", async () => {
    await succeed(logIn(options()))
    const accessToken = Redacted.make(sandbox.issueTokens().accessToken)
    await succeed(
      Login.saveTokens(options({ auth: { ...options().auth, clientId: "another" } }), { accessToken }),
    )
    expect(JSON.parse(await stored())).toMatchObject({ access_token: Redacted.value(accessToken) })
    // It was got for another client: this one does not use it.
    await expect(readPods()).rejects.toMatchObject({ reason: "Unauthorized" })
  })

  it("refuses what no request could carry, and keeps what is there", async () => {
    await succeed(logIn(options()))
    const before = await stored()
    const failure = await fail(Login.saveTokens(options(), { accessToken: Redacted.make("two words") }))
    expect(failure._tag).toBe("AuthenticationError")
    expect(await stored()).toBe(before)
  })
})

describe("forget", () => {
  it("leaves nothing to log in with", async () => {
    await succeed(logIn(options()))
    await succeed(Login.clearTokens)
    expect(fromFolder).toThrow(ConfigError)
  })
})
