import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { liftCooldown } from "../../src/auth/AccessTokens.js"
import { TokenStore } from "../../src/auth/TokenStore.js"
import { Fetch } from "../../src/http/Fetch.js"
import * as pages from "./login/fixtures.js"
import * as support from "./support.js"
import { CANARY, html, json, redirect, start, type Tenant } from "./Tenant.js"

const MINUTE = 60_000

/** A tenant, and what logs in there with the right credentials. */
const setUp = Effect.fn(function* (change: (tenant: Tenant) => void = () => {}, options = {}) {
  const tenant = yield* support.tenantAtNoon
  change(tenant)
  const store = yield* support.makeStore()
  const logs = new support.Logs()
  const tokens = yield* support.makeTokens(
    tenant.options({ credentials: tenant.credentials, ...options }),
    store,
  )
  return { tenant, store, tokens, logs, get: Effect.provide(tokens.get, logs.layer) }
})

describe("AccessTokens, logging in", () => {
  it.scoped("walks from the identifier page to the app, step by step", () =>
    Effect.gen(function* () {
      const { tenant, get, store } = yield* setUp()
      const token = yield* get
      expect(Redacted.value(token)).toContain("CANARYsignature")
      expect(tenant.routes).toEqual([
        "GET /authorize",
        "GET /u/login/identifier",
        "POST /u/login/identifier",
        "GET /u/login/password",
        "POST /u/login/password",
        "GET /authorize/resume",
        "GET /u/mfa-otp-challenge",
        "POST /u/mfa-otp-challenge",
        "GET /authorize/resume",
      ])
      const [authorize] = tenant.requests
      expect(Object.fromEntries(authorize?.query ?? [])).toMatchObject({
        client_id: "client",
        response_type: "token",
        scope: "openid profile email",
        audience: "https://api.example.com",
      })
      expect(authorize?.headers["user-agent"]).toBe("tsequence/test")
      expect(
        tenant.requests.every(({ form }) => !form.has("password") || form.get("action") === "default"),
      ).toBe(true)
      expect((yield* store.load)?.expiresAt).toBe(support.NOON + 60 * MINUTE)
      // The next one costs nothing.
      yield* get
      expect(tenant.requests).toHaveLength(9)
    }),
  )

  it.scoped("knows the page that asks for email and password at once", () =>
    Effect.gen(function* () {
      const { tenant, get } = yield* setUp((t) => {
        t.entrance = "/u/login"
      })
      yield* get
      expect(tenant.count("POST /u/login")).toBe(1)
    }),
  )

  it.scoped.each([
    ["no second factor", []],
    ["a look at the browser's capabilities", ["/u/mfa-detect-browser-capabilities", "/u/mfa-otp-challenge"]],
    ["a text message first", ["/u/mfa-sms-challenge"]],
    ["a passkey that is offered at the end", ["/u/mfa-otp-challenge", "/u/passkey-enrollment"]],
  ] as const)("gets past %s", ([, screens]) =>
    Effect.gen(function* () {
      const { tenant, get } = yield* setUp((t) => {
        t.screens = screens
      })
      yield* get
      expect(tenant.count("POST /u/login/password")).toBe(1)
    }),
  )

  it.scoped("trades a code for tokens, with PKCE", () =>
    Effect.gen(function* () {
      const { tenant, get, store } = yield* setUp(undefined, {
        responseType: "code",
        scope: "openid offline_access",
      })
      yield* get
      const exchange = tenant.requests.find(({ path }) => path === "/oauth/token")
      expect(Object.fromEntries(exchange?.form ?? [])).toMatchObject({
        grant_type: "authorization_code",
        client_id: "client",
        code: "CANARY-code",
        redirect_uri: `${tenant.url}/app/callback?x=1`,
      })
      expect(tenant.requests[0]?.query.get("code_challenge_method")).toBe("S256")
      expect((yield* store.load)?.refreshToken).toBeDefined()
    }),
  )

  it.scoped("refuses an answer to another login", () =>
    Effect.gen(function* () {
      const { tenant, get, logs } = yield* setUp()
      tenant.on("GET /authorize/resume", () =>
        redirect(`${tenant.url}/app/callback#access_token=CANARY.a.b&state=other`),
      )
      const error = yield* support.failure(get)
      expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "UnexpectedPage" })
      support.expectNoSecret(error, logs)
    }),
  )

  describe("is refused", () => {
    const refusals: ReadonlyArray<readonly [string, string, (tenant: Tenant) => void]> = [
      [
        "a wrong password",
        "InvalidCredentials",
        (t) => {
          t.password = "another"
        },
      ],
      [
        "a leaked password",
        "InvalidCredentials",
        (t) =>
          t.on(
            "POST /u/login/password",
            html(
              400,
              pages.password({
                state: "CANARY",
                username: CANARY.email,
                error: { field: "password", code: "password-breached" },
              }),
            ),
          ),
      ],
      [
        "a blocked account",
        "TooManyAttempts",
        (t) =>
          t.on(
            "POST /u/login/password",
            html(
              400,
              pages.password({
                state: "CANARY",
                username: CANARY.email,
                error: { field: "password", code: "user-blocked" },
              }),
            ),
          ),
      ],
      [
        "too many requests",
        "TooManyAttempts",
        (t) => t.on("POST /u/login/identifier", html(429, "slow down")),
      ],
      [
        "a captcha at once",
        "CaptchaRequired",
        (t) =>
          t.on(
            "GET /u/login/identifier",
            html(200, pages.identifier({ state: "CANARY", captcha: "auth0_v2" })),
          ),
      ],
      [
        "a captcha with the error of a wrong password",
        "CaptchaRequired",
        (t) =>
          t.on(
            "POST /u/login/password",
            html(
              400,
              pages.password({
                state: "CANARY",
                username: CANARY.email,
                captcha: "arkose",
                error: { field: "password", code: "wrong-credentials" },
              }),
            ),
          ),
      ],
      [
        "the network in front of it",
        "CaptchaRequired",
        (t) =>
          t.on("GET /authorize", {
            ...html(403, "x"),
            headers: { "cf-mitigated": "challenge", "content-type": "text/html" },
          }),
      ],
      [
        "no factor that can be made here",
        "MfaRequired",
        (t) => {
          t.screens = ["/u/mfa-login-options"]
          t.on(
            "GET /u/mfa-login-options",
            html(200, pages.options({ state: "CANARY" }, ["sms::0", "webauthn::1"])),
          )
        },
      ],
      [
        "a factor that has to be set up",
        "MfaRequired",
        (t) => {
          t.screens = ["/u/mfa-otp-enrollment-qr"]
        },
      ],
      [
        "terms to accept",
        "UnexpectedPage",
        (t) => {
          t.screens = ["/u/custom-prompt/x"]
        },
      ],
      [
        "consent",
        "UnexpectedPage",
        (t) => {
          t.screens = ["/u/consent"]
        },
      ],
      [
        "Classic Login",
        "UnexpectedPage",
        (t) => {
          t.on("GET /authorize", redirect("/login?state=CANARY"))
          t.on("GET /login", html(200, pages.blank("Log in")))
        },
      ],
      [
        "pages of its own",
        "UnexpectedPage",
        (t) => t.on("GET /u/login/identifier", html(200, pages.acul({ screen: "login-id" }))),
      ],
      [
        "another site",
        "UnexpectedPage",
        (t) =>
          t.on("POST /u/login/identifier", redirect("https://evil.example/u/login/password?state=CANARY")),
      ],
      [
        "a form that leads to another site",
        "UnexpectedPage",
        (t) =>
          t.on(
            "GET /u/login/password",
            html(
              200,
              pages
                .password({ state: "CANARY", username: CANARY.email })
                .replace('<form method="POST"', '<form method="POST" action="https://evil.example/"'),
            ),
          ),
      ],
      [
        "a form that would put the password into an address",
        "UnexpectedPage",
        (t) =>
          t.on(
            "GET /u/login/password",
            html(
              200,
              pages
                .password({ state: "CANARY", username: CANARY.email })
                .replace('<form method="POST"', "<form"),
            ),
          ),
      ],
      [
        "the same form at another page",
        "UnexpectedPage",
        (t) => t.on("POST /u/login/password", { ...redirect("/u/login/password?state=CANARY"), status: 307 }),
      ],
      [
        "the password asked for twice",
        "UnexpectedPage",
        (t) =>
          t.on("POST /u/login/password", (seen) =>
            html(200, pages.password({ state: seen.query.get("state") ?? "", username: CANARY.email })),
          ),
      ],
      [
        "a circle",
        "UnexpectedPage",
        (t) => t.on("GET /authorize/resume", redirect("/authorize/resume?state=CANARY"), 99),
      ],
      [
        "a tenant's own error",
        "UnexpectedPage",
        (t) =>
          t.on(
            "POST /u/login/password",
            html(
              400,
              pages.password({
                state: "CANARY",
                username: CANARY.email,
                error: { field: "password", code: "auth0-users-validation" },
              }),
            ),
          ),
      ],
      [
        "denied access",
        "InvalidCredentials",
        (t) =>
          t.on("GET /authorize/resume", (seen) =>
            redirect(
              `${t.url}/app/callback#error=access_denied&error_description=user%20CANARY%20is%20blocked&state=${t.requests[0]?.query.get("state")}${seen.path.slice(99)}`,
            ),
          ),
      ],
    ]

    it.scoped.each(refusals)("by %s: %s", ([, reason, change]) =>
      Effect.gen(function* () {
        const { tenant, get, logs } = yield* setUp(change)
        const error = yield* support.failure(get)
        expect(error).toMatchObject({ _tag: "AuthenticationError", reason, operation: "login" })
        expect(tenant.count("POST /u/login/password")).toBeLessThanOrEqual(1)
        support.expectNoSecret(error, logs)
      }),
    )

    it.scoped.each([
      ['<form method="POST"', "<form"],
      ['<form method="POST"', '<form method="POST" action="https://evil.example/"'],
      ['<form method="POST"', '<form method="POST" action="http://["'],
    ] as const)("before the password goes out, where %s has become %s", ([is, becomes]) =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp((t) =>
          t.on("GET /u/login/password", (seen) =>
            html(
              200,
              pages
                .password({ state: seen.query.get("state") ?? "", username: CANARY.email })
                .replace(is, becomes),
            ),
          ),
        )
        expect(yield* support.failure(get)).toMatchObject({ reason: "UnexpectedPage" })
        expect(tenant.requests.some(({ form, query }) => form.has("password") || query.has("password"))).toBe(
          false,
        )
      }),
    )

    it.scoped("where the password is to be sent on to another page", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp((t) =>
          t.on("POST /u/login/password", { ...redirect("/u/login/elsewhere"), status: 307 }),
        )
        expect((yield* support.failure(get)).message).toContain("the same form at another page")
        expect(tenant.routes.at(-1)).toBe("POST /u/login/password")
      }),
    )

    it.scoped("and says path, status, release and code of a page that is not known, and no more", () =>
      Effect.gen(function* () {
        const { get } = yield* setUp((t) =>
          t.on(
            "POST /u/login/password",
            html(
              400,
              pages.password({
                state: "CANARY",
                username: CANARY.email,
                error: { field: "password", code: "custom-script-error-code" },
              }),
            ),
          ),
        )
        const error = yield* support.failure(get)
        expect(error.message).toContain(
          "/u/login/password (status 400, ulp-version 1.139.0, code custom-script-error-code)",
        )
      }),
    )

    it.scoped("without a secret for codes", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp(undefined, {
          credentials: { email: CANARY.email, password: Redacted.make(CANARY.password) },
        })
        expect(yield* support.failure(get)).toMatchObject({ reason: "MfaRequired" })
        expect(tenant.count("POST /u/mfa-otp-challenge")).toBe(0)
      }),
    )
  })

  describe("settings that are missing", () => {
    it.scoped("names the redirect address, and where its owner finds it", () =>
      Effect.gen(function* () {
        const { get, tenant } = yield* setUp(undefined, { redirectUri: "https://app.example.com" })
        const error = yield* support.failure(get)
        expect(error._tag).toBe("ConfigError")
        expect(error.message).toMatch(/SEQUENCE_AUTH0_REDIRECT_URI.*network panel.*\/authorize/s)
        expect(tenant.requests).toHaveLength(1)
      }),
    )

    it.scoped("names the audience where the tenant does not know it", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp()
        tenant.on("GET /authorize", (seen) =>
          redirect(
            `${tenant.url}/app/callback?error=access_denied&error_description=Service%20not%20found%3A%20x&state=${seen.query.get("state")}`,
          ),
        )
        expect((yield* support.failure(get)).message).toMatch(/SEQUENCE_AUTH0_AUDIENCE/)
      }),
    )

    it.scoped("warns of an opaque token, and does not log in again where it is refused", () =>
      Effect.gen(function* () {
        const { tenant, get, logs, tokens } = yield* setUp(
          (t) => {
            t.opaque = true
          },
          {
            audience: undefined,
          },
        )
        const token = yield* get
        expect(logs.matching(/SEQUENCE_AUTH0_AUDIENCE/)).toHaveLength(1)
        yield* tokens.invalidate(token)
        const before = tenant.requests.length
        const error = yield* support.failure(get)
        expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "Unauthorized" })
        expect(error.message).toMatch(/SEQUENCE_AUTH0_AUDIENCE/)
        expect(tenant.requests).toHaveLength(before)
        support.expectNoSecret(error, logs)
      }),
    )
  })

  describe("one-time codes", () => {
    it.scoped("are drawn by the service's clock where ours is wrong, with a warning", () =>
      Effect.gen(function* () {
        const { tenant, get, logs } = yield* setUp()
        const clock = yield* Effect.clock
        tenant.now = () => clock.unsafeCurrentTimeMillis() + 10 * MINUTE
        yield* get
        expect(tenant.count("POST /u/mfa-otp-challenge")).toBe(1)
        expect(logs.matching(/clock is 60[01] s behind/)).toHaveLength(1)
      }),
    )

    it.scoped("wait for the next step where the current one is about to end", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp()
        yield* TestClock.setTime(support.NOON + 28_000)
        const fiber = yield* Effect.fork(get)
        while (tenant.count("GET /u/mfa-otp-challenge") === 0)
          yield* Effect.promise(() => new Promise(setImmediate))
        yield* support.advanceUntilDone(fiber, 1_000)
        expect(tenant.count("POST /u/mfa-otp-challenge")).toBe(1)
        expect(yield* Effect.map(Effect.clock, (c) => c.unsafeCurrentTimeMillis())).toBeGreaterThanOrEqual(
          support.NOON + 30_000,
        )
      }),
    )

    it.scoped("are not used twice: the second login waits for the next step", () =>
      Effect.gen(function* () {
        const { tenant, get, tokens, store } = yield* setUp()
        yield* tokens.invalidate(yield* get)
        const again = yield* support.makeTokens(tenant.options({ credentials: tenant.credentials }), store)
        yield* store.clear
        const fiber = yield* Effect.fork(again.get)
        yield* support.advanceUntilDone(fiber, 5_000)
        const codes = tenant.requests.filter(
          ({ path, form }) => path === "/u/mfa-otp-challenge" && form.has("code"),
        )
        expect(codes).toHaveLength(2)
        expect(codes[0]?.form.get("code")).not.toBe(codes[1]?.form.get("code"))
        yield* get
      }),
    )

    it.scoped("are tried three times if they are refused, each time with another one", () =>
      Effect.gen(function* () {
        const { tenant, get, logs } = yield* setUp((t) =>
          t.on(
            "POST /u/mfa-otp-challenge",
            (seen) =>
              html(
                400,
                pages.otp({
                  state: seen.query.get("state") ?? "",
                  error: { field: "code", code: "invalid-code" },
                }),
              ),
            9,
          ),
        )
        const fiber = yield* Effect.fork(support.failure(get))
        yield* support.advanceUntilDone(fiber, 5_000)
        expect(yield* Fiber.join(fiber)).toMatchObject({ reason: "InvalidTotp" })
        const sent = tenant.requests
          .filter(({ form }) => form.has("code"))
          .map(({ form }) => form.get("code"))
        expect(sent).toHaveLength(3)
        expect(new Set(sent).size).toBe(3)
        support.expectNoSecret(yield* Fiber.join(fiber), logs)
      }),
    )

    it.scoped("that stand in the configuration themselves work once, with a warning, restarts included", () =>
      Effect.gen(function* () {
        const { tenant, store, logs } = yield* setUp()
        tenant.on(
          "POST /u/mfa-otp-challenge",
          (seen) => redirect(`/authorize/resume?state=${seen.query.get("state")}`),
          9,
        )
        const credentials = { ...tenant.credentials, totp: Redacted.make("123 456") }
        const first = yield* support.makeTokens(tenant.options({ credentials }), store)
        yield* Effect.provide(first.get, logs.layer)
        expect(tenant.requests.find(({ form }) => form.has("code"))?.form.get("code")).toBe("123456")
        expect(logs.matching(/single one-time code/)).toHaveLength(1)
        yield* store.clear
        const second = yield* support.makeTokens(tenant.options({ credentials }), store)
        expect(yield* support.failure(second.get)).toMatchObject({ reason: "InvalidTotp" })
        expect(tenant.requests.filter(({ form }) => form.has("code"))).toHaveLength(1)
      }),
    )
  })

  describe("cooling down", () => {
    const failTwice = Effect.fn(function* () {
      const made = yield* setUp((t) => {
        t.password = "another"
      })
      yield* support.failure(made.get)
      yield* support.failure(made.get)
      return made
    })

    it.scoped("starts after two failed logins, and tells how long it lasts", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* failTwice()
        const before = tenant.requests.length
        yield* TestClock.adjust(5 * MINUTE)
        expect(yield* support.failure(get)).toMatchObject({ reason: "CoolingDown", retryAfter: 10 * MINUTE })
        expect(tenant.requests).toHaveLength(before)
      }),
    )

    it.scoped("survives a restart, ends after 15 minutes, and is over with a login that works", () =>
      Effect.gen(function* () {
        const { tenant, store } = yield* failTwice()
        tenant.password = CANARY.password
        const restarted = yield* support.makeTokens(
          tenant.options({ credentials: tenant.credentials }),
          store,
        )
        expect(yield* support.failure(restarted.get)).toMatchObject({ reason: "CoolingDown" })
        yield* TestClock.adjust(15 * MINUTE)
        yield* restarted.get
        expect((yield* store.loadState)?.failures).toEqual({})
      }),
    )

    it.scoped("starts at once where the account is blocked", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp((t) => t.on("GET /u/login/identifier", html(429, "")))
        expect(yield* support.failure(get)).toMatchObject({ reason: "TooManyAttempts" })
        expect(yield* support.failure(get)).toMatchObject({ reason: "CoolingDown" })
        expect(tenant.count("GET /authorize")).toBe(1)
      }),
    )

    it.scoped("does not hold back another email, and is lifted by hand", () =>
      Effect.gen(function* () {
        const { tenant, store, get } = yield* failTwice()
        const credentials = { ...tenant.credentials, email: "somebody@example.com" }
        const other = yield* support.makeTokens(tenant.options({ credentials }), store)
        expect(yield* support.failure(other.get)).toMatchObject({ reason: "InvalidCredentials" })
        yield* Effect.provideService(liftCooldown, TokenStore, store)
        expect(yield* support.failure(get)).toMatchObject({ reason: "InvalidCredentials" })
      }),
    )

    it.scoped("does not start from failures of the network, but from passwords that nobody answered", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp()
        tenant.on("GET /u/login/password", { status: 0, fault: "cut" }, 3)
        for (let n = 0; n < 3; n++)
          expect(yield* support.failure(get)).toMatchObject({ _tag: "NetworkError", sent: true })
        tenant.on("POST /u/login/password", { status: 0, fault: "cut" }, 2)
        yield* support.failure(get)
        yield* support.failure(get)
        expect(yield* support.failure(get)).toMatchObject({ reason: "CoolingDown" })
      }),
    )
  })

  it.scoped("begins anew, once and with no cookies, where the service forgot it before the password", () =>
    Effect.gen(function* () {
      const forgotten = html(400, pages.blank("Oops", "we couldn't find your session"))
      const { tenant, get } = yield* setUp((t) => t.on("POST /u/login/identifier", forgotten))
      yield* get
      expect(tenant.count("GET /authorize")).toBe(2)
      expect(
        tenant.requests.filter(({ path }) => path === "/authorize").map(({ headers }) => headers.cookie),
      ).toEqual([undefined, undefined])
    }),
  )

  it.scoped("never sends the password again where it was forgotten after it", () =>
    Effect.gen(function* () {
      const forgotten = html(400, pages.blank("Oops", "we couldn't find your session"))
      const { tenant, get } = yield* setUp((t) => t.on("GET /authorize/resume", forgotten))
      expect(yield* support.failure(get)).toMatchObject({ reason: "UnexpectedPage" })
      expect(tenant.count("POST /u/login/password")).toBe(1)
    }),
  )

  it.scoped("gives up a request after its time-out", () =>
    Effect.gen(function* () {
      const { tenant, get, logs } = yield* setUp((t) =>
        t.on("GET /u/login/password", { status: 0, fault: "hang" }),
      )
      const fiber = yield* Effect.fork(support.failure(get))
      yield* support.advanceUntilDone(fiber, 10_000)
      const error = yield* Fiber.join(fiber)
      expect(error).toMatchObject({ _tag: "TimeoutError", sent: true, timeout: 30_000 })
      expect(tenant.count("GET /u/login/password")).toBe(1)
      support.expectNoSecret(error, logs)
    }),
  )

  it.scoped.each([
    ["an answer of 503", html(503, "<p>CANARY</p>"), "HttpError"],
    ["a page that does not end", html(200, "CANARY".repeat(400_000)), "UnexpectedResponseError"],
    ["a lost connection", { status: 0, fault: "cut" } as const, "NetworkError"],
  ] as const)("fails with the documented error on %s", ([, reply, tag]) =>
    Effect.gen(function* () {
      const { get, logs } = yield* setUp((t) => t.on("GET /u/login/password", reply))
      const error = yield* support.failure(get)
      expect(error._tag).toBe(tag)
      support.expectNoSecret(error, logs)
    }),
  )

  it.scoped("says that nothing was sent where nobody listens", () =>
    Effect.gen(function* () {
      const store = yield* support.makeStore()
      const { tenant } = yield* setUp()
      const authUrl = yield* Effect.scoped(Effect.map(start, ({ url }) => url))
      const tokens = yield* support.makeTokens(
        tenant.options({ authUrl, credentials: tenant.credentials }),
        store,
      )
      const error = yield* support.failure(tokens.get)
      expect(error).toMatchObject({ _tag: "NetworkError", sent: false, code: "ECONNREFUSED" })
      support.expectNoSecret(error)
    }),
  )

  it.scoped("notices a fetch that follows redirects by itself", () =>
    Effect.gen(function* () {
      const { tenant } = yield* setUp()
      const store = yield* support.makeStore()
      const tokens = yield* support
        .makeTokens(tenant.options({ credentials: tenant.credentials }), store)
        .pipe(
          Effect.provideService(Fetch, (input, init) => {
            const request = new Request(input, init)
            return fetch(request.url, { headers: request.headers, redirect: "follow" })
          }),
        )
      expect(yield* support.failure(tokens.get)).toMatchObject({ _tag: "UnexpectedResponseError" })
    }),
  )

  it.scoped("gives up a fetch that takes no notice of its signal", () =>
    Effect.gen(function* () {
      const { tenant } = yield* setUp()
      const store = yield* support.makeStore()
      const tokens = yield* support
        .makeTokens(tenant.options({ credentials: tenant.credentials, timeout: 50 }), store)
        .pipe(Effect.provideService(Fetch, () => new Promise(() => {})))
      const fiber = yield* Effect.fork(support.failure(tokens.get))
      yield* support.advanceUntilDone(fiber, 50)
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "TimeoutError", timeout: 50 })
    }),
  )

  it.scoped("keeps what a caller's own fetch throws to itself", () =>
    Effect.gen(function* () {
      const { tenant } = yield* setUp()
      const store = yield* support.makeStore()
      const tokens = yield* support
        .makeTokens(tenant.options({ credentials: tenant.credentials }), store)
        .pipe(
          Effect.provideService(Fetch, async (input) => {
            throw new Error(`CANARY ${String(input)}`, { cause: input })
          }),
        )
      const error = yield* support.failure(tokens.get)
      expect(error).toMatchObject({ _tag: "NetworkError", sent: true })
      support.expectNoSecret(error)
    }),
  )

  it.scoped("counts an answer of the token endpoint that refuses the code", () =>
    Effect.gen(function* () {
      const { tenant, get, logs } = yield* setUp(undefined, { responseType: "code" })
      tenant.on("POST /oauth/token", json(403, { error: "invalid_grant", error_description: "CANARY" }))
      const error = yield* support.failure(get)
      expect(error).toMatchObject({ reason: "UnexpectedPage" })
      support.expectNoSecret(error, logs)
    }),
  )
})
