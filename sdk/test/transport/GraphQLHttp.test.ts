import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Fetch } from "../../src/http/Fetch.js"
import * as GraphQLHttp from "../../src/transport/GraphQLHttp.js"
import { networkError } from "../../src/transport/GraphQLHttp.js"

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
        isFresh: false,
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

  describe("networkError", () => {
    it.each([
      [true, "The connection was lost during CreatePayment: connect ECONNREFUSED"],
      [false, "No connection for CreatePayment: connect ECONNREFUSED. Nothing was sent."],
    ])("says plainly that sent is %s, with the code behind it", (sent, message) => {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
      const error = networkError(new TypeError("fetch failed", { cause: refused }), {
        operation: "CreatePayment",
        sent,
      })
      expect(error).toMatchObject({ message, sent, code: "ECONNREFUSED" })
    })
  })
})
