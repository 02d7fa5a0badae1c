import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import fc from "fast-check"
import { Fetch } from "../../src/transport/Fetch.js"
import * as GraphQLHttp from "../../src/transport/GraphQLHttp.js"
import { networkError, parseRetryAfter } from "../../src/transport/GraphQLHttp.js"

const NOW = Date.parse("2026-01-31T12:00:00Z")

const withCode = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

const post = (fetch: typeof globalThis.fetch, options: Partial<GraphQLHttp.Options> = {}) =>
  Effect.flatMap(
    GraphQLHttp.make({ apiUrl: "http://127.0.0.1:9/graphql", appUrl: false, ...options }),
    (send) =>
      send({
        id: "tsequence-test",
        operation: "Pods",
        document: "query Pods($canary: String) { pods }",
        variables: { canary: "canary-value" },
        token: Redacted.make("token"),
      }),
  ).pipe(Effect.provideService(Fetch, fetch))

describe("GraphQLHttp", () => {
  describe("make", () => {
    it.effect("gives a request up after its time-out, by the clock in use", () =>
      Effect.gen(function* () {
        const signals: Array<AbortSignal | null | undefined> = []
        const silent = post((_, init) => {
          signals.push(init?.signal)
          return new Promise(() => {})
        })
        const running = yield* Effect.fork(Effect.flip(silent))
        yield* TestClock.adjust(29_999)
        expect(signals.map((signal) => signal?.aborted)).toEqual([false])
        yield* TestClock.adjust(1)
        expect(yield* Fiber.join(running)).toMatchObject({
          _tag: "TimeoutError",
          timeout: 30_000,
          sent: true,
        })
        expect(signals.map((signal) => signal?.aborted)).toEqual([true])
      }),
    )

    it.effect("sends the operation's name, document, and variables to an address, with plain headers", () =>
      Effect.gen(function* () {
        const seen: Array<readonly [unknown, RequestInit | undefined]> = []
        yield* post(async (input, init) => {
          seen.push([input, init])
          return Response.json({ data: {} })
        })
        const [[address, init] = []] = seen
        expect(address).toBe("http://127.0.0.1:9/graphql")
        expect(init).toMatchObject({
          method: "POST",
          redirect: "manual",
          headers: { authorization: "Bearer token", "x-request-id": "tsequence-test" },
        })
        expect(JSON.parse(String(init?.body))).toEqual({
          operationName: "Pods",
          query: "query Pods($canary: String) { pods }",
          variables: { canary: "canary-value" },
        })
      }),
    )

    it.effect.each([
      [200, "text/html", "<p>canary</p>"],
      [204, null, ""],
      [400, "application/json", '{"errors":[{"message":"no"}]}'],
      [502, "application/json", '{"data":{"a":1},"errors":[]}'],
      [200, "text/plain", '{"data":{"a":1}}'],
      [200, "application/json", "[1]"],
    ] as const)("keeps status, kind, and text of an answer of %d as %s", ([status, contentType, text]) =>
      Effect.gen(function* () {
        const answer = yield* post(async () => {
          const headers = new Headers(contentType === null ? {} : { "content-type": contentType })
          return new Response(text === "" ? null : new TextEncoder().encode(text), { status, headers })
        })
        const payload = text.startsWith("{") ? JSON.parse(text) : undefined
        expect(answer).toMatchObject({ status, contentType, text, payload })
      }),
    )

    it.effect("shows neither document nor variables in an error", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          post(async () => {
            throw new TypeError("fetch failed")
          }),
        )
        expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/canary|query Pods/)
      }),
    )
  })

  describe("parseRetryAfter", () => {
    it.each([
      ["0", 0],
      ["120", 120_000],
      [" 1.5 ", 1500],
      ["Sat, 31 Jan 2026 12:00:30 GMT", 30_000],
      ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
    ])("reads %j", (value, expected) => {
      expect(parseRetryAfter(value, NOW)).toBe(expected)
    })

    it.each([null, "", "soon", "-5", "NaN", "1e9"])("makes nothing of %j", (value) => {
      expect(parseRetryAfter(value, NOW)).toBeUndefined()
    })

    it("is never negative", () => {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
          ),
          (value) => {
            expect(parseRetryAfter(value, NOW) ?? 0).toBeGreaterThanOrEqual(0)
          },
        ),
      )
    })
  })

  describe("networkError", () => {
    const context = { operation: "CreatePayment", requestId: "tsequence-test" }

    it.each([
      "ENOTFOUND",
      "EAI_AGAIN",
      "ECONNREFUSED",
      "EHOSTUNREACH",
      "UND_ERR_CONNECT_TIMEOUT",
      "CERT_HAS_EXPIRED",
    ])("knows that nothing was sent after %s", (code) => {
      expect(networkError(new TypeError("fetch failed", { cause: withCode(code) }), context).sent).toBe(false)
    })

    it.each(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ETIMEDOUT", "SOMETHING_NEW"])(
      "does not trust %s",
      (code) => {
        expect(networkError(new TypeError("fetch failed", { cause: withCode(code) }), context).sent).toBe(
          true,
        )
      },
    )

    it("trusts a failure of several addresses only where each was certain", () => {
      const all = new AggregateError([withCode("ECONNREFUSED"), withCode("ENETUNREACH")])
      expect(networkError(new TypeError("fetch failed", { cause: all }), context).sent).toBe(false)
      const some = new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNRESET")])
      expect(networkError(new TypeError("fetch failed", { cause: some }), context).sent).toBe(true)
    })

    it.each([new Error("no code"), "a text", undefined, null, 7])(
      "takes %s for sent, since nothing is known",
      (thrown) => {
        expect(networkError(thrown, context).sent).toBe(true)
      },
    )
  })
})
