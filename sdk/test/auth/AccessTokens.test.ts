import * as fs from "node:fs/promises"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccessTokens from "../../src/auth/AccessTokens.js"
import { ConfigError } from "../../src/Errors.js"
import * as support from "./support.js"
import { CANARY } from "./Tenant.js"

const built = (layer: Layer.Layer<AccessTokens.AccessTokens>) =>
  Effect.map(Layer.build(layer), Context.get(AccessTokens.AccessTokens))

describe("AccessTokens", () => {
  describe("layerStatic", () => {
    it.scoped("gives the token, without the white space around it, until the service refuses it", () =>
      Effect.gen(function* () {
        const tokens = yield* built(AccessTokens.layerStatic(Redacted.make(" CANARY-a\n")))
        expect(Redacted.value(yield* tokens.get)).toBe("CANARY-a")
        yield* tokens.invalidate(Redacted.make("another"))
        const token = yield* tokens.get
        yield* tokens.invalidate(token)
        const error = yield* support.failure(tokens.get)
        expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "Unauthorized" })
        expect(error.message).toMatch(/Hand in/)
        support.expectNoSecret(error)
      }),
    )

    it.scoped.each([
      ["is empty", ""],
      ["holds a line break", "CANARY\nx"],
      ["is not of this world", "CANARY ü"],
    ] as const)("fails where the token %s, before fetch shows it in an error", ([, token]) =>
      Effect.gen(function* () {
        const tokens = yield* built(AccessTokens.layerStatic(Redacted.make(token)))
        const error = yield* support.failure(tokens.get)
        expect(error).toBeInstanceOf(ConfigError)
        support.expectNoSecret(error)
      }),
    )
  })

  describe("layerProvider", () => {
    it.scoped("asks once for all who ask at the same time, and again later", () =>
      Effect.gen(function* () {
        const asked: Array<boolean> = []
        const tokens = yield* built(
          AccessTokens.layerProvider(async ({ rejected }) => {
            asked.push(rejected)
            return `CANARY-${asked.length}`
          }),
        )
        const given = yield* Effect.all(
          Array.from({ length: 50 }, () => tokens.get),
          { concurrency: "unbounded" },
        )
        expect(new Set(given.map(Redacted.value))).toEqual(new Set(["CANARY-1"]))
        yield* tokens.get
        expect(asked).toEqual([false, false])
      }),
    )

    it.scoped("says that the last token was refused, once, and does not take it again", () =>
      Effect.gen(function* () {
        const asked: Array<boolean> = []
        let token = "CANARY-1"
        const tokens = yield* built(
          AccessTokens.layerProvider(({ rejected }) => {
            asked.push(rejected)
            return token
          }),
        )
        yield* tokens.invalidate(yield* tokens.get)
        const error = yield* support.failure(tokens.get)
        expect(error).toMatchObject({ reason: "Unauthorized" })
        support.expectNoSecret(error)
        token = "CANARY-2"
        expect(Redacted.value(yield* tokens.get)).toBe("CANARY-2")
        yield* tokens.invalidate(Redacted.make("CANARY-1"))
        yield* tokens.get
        expect(asked).toEqual([false, true, true, false])
      }),
    )

    it.scoped("aborts a provider that nobody waits for any more, and asks anew", () =>
      Effect.gen(function* () {
        const signals: Array<AbortSignal> = []
        const tokens = yield* built(
          AccessTokens.layerProvider(({ signal }) => {
            signals.push(signal)
            return signals.length === 1 ? new Promise(() => {}) : "CANARY-2"
          }),
        )
        const callers = yield* Effect.all([Effect.fork(tokens.get), Effect.fork(tokens.get)])
        yield* support.until(() => signals.length > 0)
        yield* Fiber.interrupt(callers[0])
        expect(signals[0]?.aborted).toBe(false)
        yield* Fiber.interrupt(callers[1])
        expect(Redacted.value(yield* tokens.get)).toBe("CANARY-2")
        expect(signals[0]?.aborted).toBe(true)
      }),
    )

    it.scoped("keeps to itself what a provider throws", () =>
      Effect.gen(function* () {
        const tokens = yield* built(
          AccessTokens.layerProvider(() => {
            throw new TypeError("CANARY")
          }),
        )
        const error = yield* support.failure(tokens.get)
        expect(error.message).toContain("TypeError")
        support.expectNoSecret(error)
      }),
    )
  })

  describe("options", () => {
    it.scoped("are checked at once, all of them, without a value of a secret", () =>
      Effect.gen(function* () {
        const store = yield* support.makeStore()
        const error = yield* support.failure(
          support.makeTokens(
            {
              authUrl: "http://auth.example.com",
              clientId: " ",
              redirectUri: "nowhere",
              userAgent: "x",
              credentials: {
                email: "",
                password: Redacted.make(""),
                totp: Redacted.make(`${CANARY.totp}018`),
              },
              accessToken: Redacted.make("CANARY\n\nx"),
              timeout: 0,
              cooldown: Number.NaN,
            },
            store,
          ),
        )
        expect(error.problems).toHaveLength(9)
        support.expectNoSecret(error)
      }),
    )

    it.scoped.each([
      "https://auth.example.com",
      "http://localhost:1",
      "http://127.0.0.1:1",
      "http://[::1]:1",
    ])("let secrets go to %s", (authUrl) =>
      Effect.gen(function* () {
        const store = yield* support.makeStore()
        yield* support.makeTokens(
          { authUrl, clientId: "c", redirectUri: "https://app.example.com", userAgent: "x" },
          store,
        )
      }),
    )

    it.scoped.each([
      "http://auth.example.com",
      "http://127.0.0.1.example.com",
      "http://localhost.example.com",
      "ftp://localhost",
      "https://user:CANARY@auth.example.com",
      "",
    ])("let no secret go to %s", (authUrl) =>
      Effect.gen(function* () {
        const store = yield* support.makeStore()
        const options = { authUrl, clientId: "c", redirectUri: "https://app.example.com", userAgent: "x" }
        const error = yield* support.failure(support.makeTokens(options, store))
        expect(error._tag).toBe("ConfigError")
        support.expectNoSecret(error)
      }),
    )
  })

  describe("tokens of the configuration", () => {
    const refreshToken = Redacted.make("CANARY-refresh-0")

    it.scoped("are taken over once; from then on the store wins, restarts included", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        for (let run = 0; run < 3; run++) {
          const tokens = yield* support.makeTokens(tenant.options({ refreshToken }), store)
          yield* tokens.get
        }
        expect(tenant.routes).toEqual(["POST /oauth/token"])
        expect(tenant.revoked).toBe(false)
      }),
    )

    it.scoped("replace what is stored where they are new", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        for (const token of ["CANARY-1", "CANARY-2"]) {
          const tokens = yield* support.makeTokens(
            tenant.options({ accessToken: Redacted.make(token) }),
            store,
          )
          expect(Redacted.value(yield* tokens.get)).toBe(token)
        }
      }),
    )

    it.scoped("do not lift a pause after failed logins", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        tenant.password = "another"
        const store = yield* support.makeStore()
        const { credentials } = tenant
        const first = yield* support.makeTokens(tenant.options({ credentials }), store)
        yield* support.failure(first.get)
        yield* support.failure(first.get)
        const accessToken = Redacted.make("CANARY-1")
        const seeded = yield* support.makeTokens(tenant.options({ credentials, accessToken }), store)
        yield* seeded.invalidate(yield* seeded.get)
        expect(yield* support.failure(seeded.get)).toMatchObject({ reason: "CoolingDown" })
      }),
    )
  })

  describe("a stored token", () => {
    it.scoped("of PySequence is adopted, and lives no longer than it says itself", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const folder = yield* support.temporaryFolder
        const file = {
          access_token: tenant.accessToken(),
          refresh_token: null,
          expires_at: support.NOON / 1_000 + 86_400,
        }
        yield* Effect.promise(() => fs.writeFile(path.join(folder, ".tokens.json"), JSON.stringify(file)))
        const store = yield* support.makeStore(folder)
        const tokens = yield* support.makeTokens(tenant.options({ credentials: tenant.credentials }), store)
        expect(Redacted.value(yield* tokens.get)).toBe(file.access_token)
        expect(tenant.requests).toHaveLength(0)
        expect(yield* Effect.promise(() => fs.readdir(folder))).toEqual([".tokens.json"])
      }),
    )

    it.scoped.each([
      ["account", { credentials: { email: "other@example.com", password: Redacted.make("x") } }],
      ["client", { clientId: "other" }],
      ["tenant", { authUrl: "http://127.0.0.1:9" }],
    ] as const)("of another %s is not used", ([, change]) =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        const { credentials } = tenant
        const first = yield* support.makeTokens(tenant.options({ credentials }), store)
        yield* first.get
        const before = tenant.count("GET /authorize")
        const other = yield* support.makeTokens(tenant.options({ credentials, ...change }), store)
        const fiber = yield* Effect.fork(Effect.either(other.get))
        yield* support.advanceUntilDone(fiber, 10_000)
        const result = yield* Fiber.join(fiber)
        if ("authUrl" in change) expect(result._tag).toBe("Left")
        else expect(tenant.count("GET /authorize")).toBe(before + 1)
      }),
    )

    it.scoped("of another client is not used where nobody says whose it is", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        const seed = { refreshToken: Redacted.make(tenant.refreshToken) }
        yield* (yield* support.makeTokens(tenant.options(seed), store)).get
        const before = tenant.requests.length
        const other = yield* support.makeTokens(tenant.options({ clientId: "other" }), store)
        expect(yield* support.failure(other.get)).toMatchObject({ reason: "Unauthorized" })
        expect(tenant.requests).toHaveLength(before)
        const same = yield* support.makeTokens(tenant.options(), store)
        yield* same.get
        expect(tenant.requests).toHaveLength(before)
      }),
    )

    it.scoped("shows neither email, password nor code secret in any file", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const folder = yield* support.temporaryFolder
        const store = yield* support.makeStore(folder)
        const tokens = yield* support.makeTokens(tenant.options({ credentials: tenant.credentials }), store)
        const fiber = yield* Effect.fork(tokens.get)
        yield* support.advanceUntilDone(fiber, 25)
        const state = yield* Effect.promise(() => fs.readFile(path.join(folder, ".login.json"), "utf8"))
        support.expectNoSecret(state)
        expect(Object.keys(JSON.parse(state))).toEqual([
          "salt",
          "tenant",
          "account",
          "seed",
          "codes",
          "failures",
        ])
      }),
    )

    it.scoped("is forgotten by clear", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        yield* store.save(support.tokensOf())
        const tokens = yield* support.makeTokens(tenant.options(), store)
        yield* tokens.get
        yield* tokens.clear
        expect(yield* store.load).toBeUndefined()
        expect(yield* support.failure(tokens.get)).toMatchObject({ reason: "Unauthorized" })
      }),
    )
  })

  it.scoped("works in a folder that cannot be written, with a warning", () =>
    Effect.gen(function* () {
      const tenant = yield* support.tenantAtNoon
      const folder = yield* support.temporaryFolder
      // A file where the folder should be: refused to everybody, root included.
      const notAFolder = path.join(folder, "file")
      yield* Effect.promise(() => fs.writeFile(notAFolder, ""))
      const store = yield* support.makeStore(notAFolder)
      const logs = new support.Logs()
      const tokens = yield* support.makeTokens(tenant.options({ credentials: tenant.credentials }), store)
      const get = Effect.provide(tokens.get, logs.layer)
      const first = yield* get
      expect(yield* get).toBe(first)
      expect(logs.matching(/memory only/).length).toBeGreaterThan(0)
      support.expectNoSecret({}, logs)
      expect(tenant.count("POST /u/login/password")).toBe(1)
    }),
  )
})
