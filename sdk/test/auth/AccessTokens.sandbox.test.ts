import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { type SandboxOptions, startSandbox } from "tsequence-sandbox"
import type { Options } from "../../src/auth/AccessTokens.js"
import * as support from "./support.js"

const start = (options: SandboxOptions) =>
  Effect.acquireRelease(
    Effect.promise(() => startSandbox({ transfers: 0, ...options })),
    (sandbox) => Effect.promise(() => sandbox.close()),
  )

/** A sandbox, and the options that its environment stands for. */
const setUp = Effect.fn(function* (settings: SandboxOptions = {}, more: Partial<Options> = {}) {
  const sandbox = yield* start(settings)
  const { env } = sandbox
  const options: Options = {
    authUrl: env.SEQUENCE_AUTH_URL ?? "",
    clientId: env.SEQUENCE_AUTH0_CLIENT_ID ?? "",
    redirectUri: env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
    audience: env.SEQUENCE_AUTH0_AUDIENCE,
    userAgent: "tsequence/test",
    credentials: {
      email: env.SEQUENCE_EMAIL ?? "",
      password: Redacted.make(env.SEQUENCE_PASSWORD ?? ""),
      totp: Redacted.make(env.SEQUENCE_TOTP ?? ""),
    },
    ...more,
  }
  const store = yield* support.makeStore()
  const tokens = yield* support.makeTokens(options, store)
  return { sandbox, options, store, tokens }
})

const code = { responseType: "code", scope: "openid profile email offline_access" } as const

/** Asks the sandbox's API whether a token is good. */
const isAccepted = (api: string | undefined, token: Redacted.Redacted<string>) =>
  Effect.promise(async () => {
    const answer = await fetch(api ?? "", {
      method: "POST",
      headers: { authorization: `Bearer ${Redacted.value(token)}`, "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    })
    return answer.status !== 401 && !(await answer.text()).includes("UNAUTHENTICATED")
  })

describe("AccessTokens, in the sandbox", () => {
  it.live.each([
    ["as it is", {}],
    ["on one page", { login: { combined: true } }],
    ["without a second factor", { login: { mfa: "none" } }],
    ["with a text message first", { login: { mfa: "sms" } }],
    ["with a look at the browser and a passkey", { login: { detectBrowser: true, passkeyEnrollment: true } }],
  ] as const)("logs in, %s, with a token that the API takes", ([, settings]) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sandbox, tokens } = yield* setUp(settings)
        expect(yield* isAccepted(sandbox.env.SEQUENCE_API_URL, Redacted.make("another"))).toBe(false)
        expect(yield* isAccepted(sandbox.env.SEQUENCE_API_URL, yield* tokens.get)).toBe(true)
      }),
    ),
  )

  it.live("logs in with a code, then refreshes once for fifty callers", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sandbox, tokens } = yield* setUp({}, code)
        const first = yield* tokens.get
        sandbox.expireTokens()
        sandbox.clearRequests()
        yield* tokens.invalidate(first)
        const next = yield* Effect.all(
          Array.from({ length: 50 }, () => tokens.get),
          { concurrency: "unbounded" },
        )
        expect(new Set(next.map(Redacted.value)).size).toBe(1)
        expect(sandbox.requests().map(({ path }) => path)).toEqual(["/oauth/token"])
        expect(yield* isAccepted(sandbox.env.SEQUENCE_API_URL, next[0] ?? first)).toBe(true)
      }),
    ),
  )

  it.scoped(
    "lets three programs that share a secret and no files log in at once, each with its own code",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(support.NOON)
        const clock = yield* Effect.clock
        const { sandbox, options } = yield* setUp({ now: () => clock.unsafeCurrentTimeMillis() })
        const logIn = Effect.gen(function* () {
          const store = yield* support.makeStore(yield* support.temporaryFolder)
          const tokens = yield* support.makeTokens({ ...options, timeout: 600_000 }, store)
          return yield* tokens.get
        })
        const fiber = yield* Effect.fork(Effect.all([logIn, logIn, logIn], { concurrency: "unbounded" }))
        for (const waiting of [2, 1]) {
          // The refused ones wait for a second after the next time step has begun.
          const next = clock.unsafeCurrentTimeMillis() - (clock.unsafeCurrentTimeMillis() % 30_000) + 31_000
          while ([...(yield* TestClock.sleeps())].filter((moment) => moment === next).length < waiting)
            yield* support.turnOfEvents
          yield* TestClock.setTime(next)
        }
        const got = yield* Fiber.join(fiber)
        expect(new Set(got.map(Redacted.value)).size).toBe(3)
        const sent = sandbox
          .requests()
          .filter(({ method, path }) => method === "POST" && path === "/u/mfa-otp-challenge")
        expect(sent).toHaveLength(3 + 2 + 1)
      }),
  )

  it.live.each([
    ["a captcha", { login: { captcha: true } }, {}, "CaptchaRequired"],
    ["too many requests", { login: { postLimit: 1, combined: true, mfa: "none" } }, {}, "TooManyAttempts"],
    [
      "a wrong email",
      {},
      { credentials: { email: "x@example.com", password: Redacted.make("y") } },
      "InvalidCredentials",
    ],
  ] as const)("tells of %s", ([, settings, more, reason]) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { tokens } = yield* setUp(settings, more)
        // The limit on posts lets one login pass.
        const first = yield* Effect.either(tokens.get)
        if (Either.isRight(first)) yield* tokens.invalidate(first.right)
        expect(yield* support.failure(tokens.get)).toMatchObject({ _tag: "AuthenticationError", reason })
      }),
    ),
  )

  it.live.each([
    ["SEQUENCE_AUTH0_REDIRECT_URI", { redirectUri: "https://app.example.com" }],
    ["SEQUENCE_AUTH0_AUDIENCE", { audience: "https://other.example.com" }],
    ["SEQUENCE_AUTH0_CLIENT_ID", { clientId: "other" }],
  ] as const)("names %s where it is wrong", ([name, more]) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { tokens } = yield* setUp({}, more)
        const error = yield* support.failure(tokens.get)
        expect(error._tag).toBe("ConfigError")
        expect(error.message).toContain(name)
      }),
    ),
  )
})
