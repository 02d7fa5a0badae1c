import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { Service, Tokens } from "../../src/auth/TokenStore.js"
import { StorageError } from "../../src/Errors.js"
import * as support from "./support.js"
import { html, json, type Reply, type Tenant } from "./Tenant.js"

const MINUTE = 60_000
const REFRESH = "POST /oauth/token"

/** A tenant, and tokens whose access token is over. */
const setUp = Effect.fn(function* (
  options: {
    readonly stored?: Partial<Tokens>
    readonly replies?: ReadonlyArray<Reply>
    readonly login?: boolean
    readonly store?: (store: Service) => Service
  } = {},
) {
  const tenant = yield* support.tenantAtNoon
  for (const reply of options.replies ?? []) tenant.on(REFRESH, reply)
  const memory = yield* support.makeStore()
  const store = options.store?.(memory) ?? memory
  const refreshToken = Redacted.make(tenant.refreshToken)
  yield* memory.save(support.tokensOf({ refreshToken, expiresAt: support.NOON - 1, ...options.stored }))
  const logs = new support.Logs()
  const credentials = options.login === true ? tenant.credentials : undefined
  const tokens = yield* support.makeTokens(tenant.options({ credentials }), store)
  return { tenant, memory, store, logs, tokens, get: Effect.provide(tokens.get, logs.layer) }
})

const sentTokens = (tenant: Tenant) =>
  tenant.requests.filter(({ path }) => path === "/oauth/token").map(({ form }) => form.get("refresh_token"))

/** Tokens that are over in 30 seconds: due for renewal, and good until then. */
const ENDING = { expiresAt: support.NOON + 30_000 }

describe("AccessTokens, refreshing", () => {
  it.scoped("makes one refresh for fifty callers with an expired token", () =>
    Effect.gen(function* () {
      const { tenant, get, memory } = yield* setUp()
      const given = yield* Effect.all(
        Array.from({ length: 50 }, () => get),
        { concurrency: "unbounded" },
      )
      expect(new Set(given.map(Redacted.value)).size).toBe(1)
      expect(tenant.routes).toEqual([REFRESH])
      const saved = yield* memory.load
      expect(saved && Redacted.value(saved.refreshToken ?? Redacted.make(""))).toBe(tenant.refreshToken)
      expect(saved?.expiresAt).toBe(support.NOON + 60 * MINUTE)
    }),
  )

  it.scoped(
    "sends nothing where the stored token is good for another minute, and renews it where it is not",
    () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp({ stored: { expiresAt: support.NOON + 61_000 } })
        expect(Redacted.value(yield* get)).toBe("CANARY-stored")
        expect(tenant.requests).toHaveLength(0)
        yield* TestClock.adjust(2_000)
        expect(Redacted.value(yield* get)).not.toBe("CANARY-stored")
        expect(tenant.routes).toEqual([REFRESH])
      }),
  )

  it.scoped("makes one refresh for two clients on one folder", () =>
    Effect.gen(function* () {
      const tenant = yield* support.tenantAtNoon
      const folder = yield* support.temporaryFolder
      const stores = yield* Effect.all([support.makeStore(folder), support.makeStore(folder)])
      yield* stores[0].save(
        support.tokensOf({ refreshToken: Redacted.make(tenant.refreshToken), expiresAt: support.NOON - 1 }),
      )
      const clients = yield* Effect.forEach(stores, (store) => support.makeTokens(tenant.options(), store))
      const fiber = yield* Effect.fork(
        Effect.all(
          clients.flatMap(({ get }) => [get, get]),
          { concurrency: "unbounded" },
        ),
      )
      const exit = yield* support.advanceUntilDone(fiber, 25)
      expect(new Set(Exit.getOrElse(exit, () => []).map(Redacted.value)).size).toBe(1)
      expect(tenant.routes).toEqual([REFRESH])
    }),
  )

  it.scoped("keeps the old refresh token where no new one comes", () =>
    Effect.gen(function* () {
      const { get, memory } = yield* setUp({
        replies: [json(200, { access_token: "CANARY-next", expires_in: 3600 })],
      })
      yield* get
      const saved = yield* memory.load
      expect(Redacted.value(saved?.refreshToken ?? Redacted.make(""))).toBe("CANARY-refresh-0")
      expect(saved?.expiresAt).toBe(support.NOON + 60 * MINUTE)
    }),
  )

  it.scoped("lets the first caller go without taking the answer from the others", () =>
    Effect.gen(function* () {
      const { tenant, get } = yield* setUp()
      const first = yield* Effect.fork(get)
      yield* support.until(() => tenant.requests.length > 0)
      const second = yield* Effect.fork(get)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      expect(Redacted.value(yield* Fiber.join(second))).toContain("CANARYsignature")
      expect(tenant.routes).toEqual([REFRESH])
    }),
  )

  it.scoped("saves the new tokens though everybody has gone, and the scope is closed", () =>
    Effect.gen(function* () {
      const tenant = yield* support.tenantAtNoon
      const store = yield* support.makeStore()
      const refreshToken = Redacted.make(tenant.refreshToken)
      yield* store.save(support.tokensOf({ refreshToken, expiresAt: support.NOON - 1 }))
      const scope = yield* Scope.make()
      const tokens = yield* support.makeTokens(tenant.options(), store).pipe(Scope.extend(scope))
      const caller = yield* Effect.fork(tokens.get)
      yield* support.until(() => tenant.requests.length > 0)
      yield* Fiber.interrupt(caller)
      yield* Scope.close(scope, Exit.void)
      const saved = yield* store.load
      expect(Redacted.value(saved?.refreshToken ?? Redacted.make(""))).toBe(tenant.refreshToken)
    }),
  )

  describe("invalidate", () => {
    it.scoped("renews a token that the service refused, once", () =>
      Effect.gen(function* () {
        const { tenant, get, tokens } = yield* setUp({ stored: { expiresAt: support.NOON + 60 * MINUTE } })
        const refused = yield* get
        yield* Effect.all([tokens.invalidate(refused), tokens.invalidate(refused)])
        const next = yield* get
        expect(Redacted.value(next)).not.toBe(Redacted.value(refused))
        yield* tokens.invalidate(refused)
        expect(Redacted.value(yield* get)).toBe(Redacted.value(next))
        expect(tenant.routes).toEqual([REFRESH])
      }),
    )

    it.scoped("takes another token from the store where there is one by now", () =>
      Effect.gen(function* () {
        const { tenant, get, tokens, memory } = yield* setUp({
          stored: { expiresAt: support.NOON + 60 * MINUTE },
        })
        const refused = yield* get
        yield* memory.save(support.tokensOf({ accessToken: Redacted.make("CANARY-newer") }))
        yield* tokens.invalidate(refused)
        expect(Redacted.value(yield* get)).toBe("CANARY-newer")
        expect(tenant.requests).toHaveLength(0)
      }),
    )

    it.scoped("fails where nothing is known to get another with", () =>
      Effect.gen(function* () {
        const { tenant, get, tokens, logs } = yield* setUp({ stored: { refreshToken: undefined, ...ENDING } })
        const refused = yield* get
        expect(logs.matching(/could not be renewed/)).toHaveLength(1)
        yield* tokens.invalidate(refused)
        const error = yield* support.failure(get)
        expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "Unauthorized" })
        expect(tenant.requests).toHaveLength(0)
        support.expectNoSecret(error, logs)
      }),
    )
  })

  describe("invalid_grant", () => {
    const spent = json(403, {
      error: "invalid_grant",
      error_description: "Unknown or invalid refresh token.",
    })

    it.scoped("uses what somebody without locks has put into the store meanwhile", () =>
      Effect.gen(function* () {
        let loads = 0
        const newer = support.tokensOf({ accessToken: Redacted.make("CANARY-newer") })
        const { tenant, get } = yield* setUp({
          replies: [spent],
          // The third look is the one after the answer.
          store: (store) => ({
            ...store,
            load: Effect.suspend(() => (++loads < 3 ? store.load : Effect.succeed(newer))),
          }),
        })
        expect(Redacted.value(yield* get)).toBe("CANARY-newer")
        expect(tenant.routes).toEqual([REFRESH])
      }),
    )

    it.scoped("logs in where it can, and drops the refresh token", () =>
      Effect.gen(function* () {
        const { tenant, get, memory } = yield* setUp({ replies: [spent], login: true })
        expect(Redacted.value(yield* get)).toContain("CANARYsignature")
        expect(tenant.count(REFRESH)).toBe(1)
        expect(tenant.count("POST /u/login/password")).toBe(1)
        expect((yield* memory.load)?.refreshToken).toBeUndefined()
      }),
    )

    it.scoped("is told where no login can be made, and the token is not tried again", () =>
      Effect.gen(function* () {
        const { tenant, get, logs } = yield* setUp({ replies: [spent] })
        const error = yield* support.failure(get)
        expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "RefreshRejected" })
        yield* support.failure(get)
        expect(tenant.routes).toEqual([REFRESH])
        support.expectNoSecret(error, logs)
      }),
    )
  })

  describe("keeps the refresh token, and logs in nowhere, on", () => {
    const answers: ReadonlyArray<readonly [string, ReadonlyArray<Reply>, object]> = [
      ["503", [html(503, "CANARY")], { _tag: "HttpError", status: 503 }],
      [
        "a redirect",
        [{ status: 302, headers: { location: "https://evil.example" } }],
        { _tag: "HttpError", status: 302 },
      ],
      ["an edge's page", [html(403, "CANARY")], { _tag: "HttpError", status: 403 }],
      [
        "429",
        [{ ...json(429, { error: "too_many" }), headers: { "retry-after": "7" } }],
        { _tag: "RateLimitedError", retryAfter: 7_000 },
      ],
      ["invalid_client", [json(401, { error: "invalid_client" })], { _tag: "ConfigError" }],
      ["unauthorized_client", [json(403, { error: "unauthorized_client" })], { _tag: "ConfigError" }],
      [
        "access_denied",
        [json(403, { error: "access_denied", error_description: "CANARY" })],
        { reason: "RefreshRejected" },
      ],
      [
        "two lost connections",
        [
          { status: 0, fault: "cut" },
          { status: 0, fault: "cut" },
        ],
        { _tag: "NetworkError", sent: true },
      ],
      [
        "two answers that are cut off",
        [json(200, { access: 1 }), json(200, {})],
        { _tag: "UnexpectedResponseError" },
      ],
    ]

    it.scoped.each(answers)("%s", ([, replies, expected]) =>
      Effect.gen(function* () {
        const { tenant, get, memory, logs } = yield* setUp({ replies, login: true })
        const error = yield* support.failure(get)
        expect(error).toMatchObject(expected)
        expect(tenant.routes).toEqual(replies.map(() => REFRESH))
        expect(Redacted.value((yield* memory.load)?.refreshToken ?? Redacted.make(""))).toBe(
          "CANARY-refresh-0",
        )
        support.expectNoSecret(error, logs)
      }),
    )

    it.scoped.each(answers)("%s, and uses the access token while it lives", ([, replies]) =>
      Effect.gen(function* () {
        const { tenant, get, logs } = yield* setUp({ replies, login: true, stored: ENDING })
        expect(Redacted.value(yield* get)).toBe("CANARY-stored")
        expect(Redacted.value(yield* get)).toBe("CANARY-stored")
        // Not once a call: the second one did not ask again.
        expect(tenant.routes).toEqual(replies.map(() => REFRESH))
        expect(logs.matching(/could not be renewed/)).toHaveLength(1)
        support.expectNoSecret({}, logs)
      }),
    )
  })

  it.scoped("waits as long as a 429 asks for, then asks again", () =>
    Effect.gen(function* () {
      const { tenant, get } = yield* setUp({
        replies: [{ ...json(429, {}), headers: { "retry-after": "7" } }],
      })
      yield* support.failure(get)
      yield* TestClock.adjust(5_000)
      expect(yield* support.failure(get)).toMatchObject({ _tag: "RateLimitedError", retryAfter: 2_000 })
      expect(tenant.count(REFRESH)).toBe(1)
      yield* TestClock.adjust(2_000)
      yield* get
      expect(tenant.count(REFRESH)).toBe(2)
    }),
  )

  it.scoped("logs in where the refresh asks for a second factor", () =>
    Effect.gen(function* () {
      const { tenant, get } = yield* setUp({ replies: [json(403, { error: "mfa_required" })], login: true })
      yield* get
      expect(tenant.count("POST /u/mfa-otp-challenge")).toBe(1)
    }),
  )

  describe("where it is unclear whether the service made new tokens", () => {
    it.scoped("sends the same token once more, at once, after a lost connection", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp({ replies: [{ status: 0, fault: "cut" }] })
        yield* get
        expect(sentTokens(tenant)).toEqual(["CANARY-refresh-0", "CANARY-refresh-0"])
      }),
    )

    it.scoped("sends the same token once more, at once, after a time-out", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp({ replies: [{ status: 0, fault: "hang" }] })
        const fiber = yield* Effect.fork(get)
        yield* support.until(() => tenant.requests.length > 0)
        yield* TestClock.adjust(Duration.seconds(29))
        expect(tenant.count(REFRESH)).toBe(1)
        yield* TestClock.adjust(Duration.seconds(1))
        yield* Fiber.join(fiber)
        expect(sentTokens(tenant)).toEqual(["CANARY-refresh-0", "CANARY-refresh-0"])
      }),
    )

    it.scoped("logs in where the old token turns out to be spent", () =>
      Effect.gen(function* () {
        const { tenant, get } = yield* setUp({ login: true })
        tenant.on(REFRESH, ({ form }) => ({ ...tenant.token(form), fault: "cut" }))
        yield* get
        expect(tenant.count(REFRESH)).toBe(2)
        expect(tenant.count("POST /u/login/password")).toBe(1)
      }),
    )
  })

  describe("a store that cannot be written", () => {
    const broken = (store: Service, isBroken: () => boolean): Service => {
      const error = new StorageError("Could not write /data/.tokens.json: ENOSPC.", {
        path: "/data/.tokens.json",
      })
      return { ...store, save: (tokens) => (isBroken() ? Effect.fail(error) : store.save(tokens)) }
    }

    it.scoped("costs a warning, and the new tokens are kept in memory", () =>
      Effect.gen(function* () {
        const { tenant, get, logs, tokens } = yield* setUp({ store: (store) => broken(store, () => true) })
        const first = yield* get
        yield* tokens.invalidate(first)
        yield* get
        expect(sentTokens(tenant)).toEqual(["CANARY-refresh-0", "CANARY-refresh-1"])
        expect(logs.matching(/ENOSPC.*memory only/)).toHaveLength(1)
        support.expectNoSecret({}, logs)
      }),
    )

    it.scoped("is written when that works again, at the latest at the end", () =>
      Effect.gen(function* () {
        const tenant = yield* support.tenantAtNoon
        const store = yield* support.makeStore()
        const refreshToken = Redacted.make(tenant.refreshToken)
        yield* store.save(support.tokensOf({ refreshToken, expiresAt: support.NOON - 1 }))
        let isBroken = true
        yield* Effect.scoped(
          Effect.gen(function* () {
            const tokens = yield* support.makeTokens(
              tenant.options(),
              broken(store, () => isBroken),
            )
            yield* tokens.get
            isBroken = false
          }),
        )
        const saved = yield* store.load
        expect(Redacted.value(saved?.refreshToken ?? Redacted.make(""))).toBe(tenant.refreshToken)
      }),
    )
  })

  describe("the expiry of an access token", () => {
    const expiryAfter = (answer: object, ahead = 0) =>
      Effect.gen(function* () {
        const { tenant, get, memory } = yield* setUp({ replies: [json(200, answer)] })
        const clock = yield* Effect.clock
        tenant.now = () => clock.unsafeCurrentTimeMillis() + ahead
        yield* get
        return ((yield* memory.load)?.expiresAt ?? 0) - support.NOON
      })
    const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`

    it.scoped.each([
      [
        "is read from the token",
        { access_token: jwt({ exp: support.NOON / 1_000 + 500 }), expires_in: 9 },
        500_000,
      ],
      ["is what the answer says of an opaque token", { access_token: "opaque", expires_in: 900 }, 900_000],
      [
        "is what the answer says where it comes as text",
        { access_token: "opaque", expires_in: "900" },
        900_000,
      ],
      [
        "is what the answer says of an encrypted token",
        { access_token: "a.b.c.d.e", expires_in: 900 },
        900_000,
      ],
      [
        "is what the answer says where the token makes no sense",
        { access_token: "a.b.c", expires_in: 900 },
        900_000,
      ],
      [
        "is what the answer says where the token is over already",
        { access_token: jwt({ exp: 1 }), expires_in: 900 },
        900_000,
      ],
      ["is soon where nobody says", { access_token: "opaque" }, 300_000],
    ] as const)("%s", ([, answer, expected]) =>
      Effect.gen(function* () {
        expect(yield* expiryAfter(answer)).toBe(expected)
      }),
    )

    it.scoped("is turned into this machine's time", () =>
      Effect.gen(function* () {
        const exp = (support.NOON + 90 * MINUTE) / 1_000
        expect(yield* expiryAfter({ access_token: jwt({ exp }) }, 60 * MINUTE)).toBeCloseTo(30 * MINUTE, -4)
      }),
    )
  })
})
