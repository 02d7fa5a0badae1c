import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { AccessTokens, Fetch, GraphQL, Sequence, Streams } from "../src/effect.js"

/** A way to the service of our own: what it is asked, and what it says. */
const fetching = (answer: (body: string, call: number) => Response) => {
  const calls: Array<string> = []
  const layer = Layer.succeed(Fetch, (_input, init) => {
    calls.push(String(init?.body))
    return Promise.resolve(answer(String(init?.body), calls.length))
  })
  return { calls, layer }
}

const json = (data: unknown) => Response.json({ data })

const organization = (pods: ReadonlyArray<object> = []) =>
  json({
    me: {
      memberships: [{ organization: { id: "org", kycs: [{ id: "kyc" }], pods, ports: [], accounts: [] } }],
    },
  })

const page = (...ids: ReadonlyArray<string>) => pageBefore("", ...ids)

/** A page that leads to another, unless the cursor is empty. */
const pageBefore = (endCursor: string, ...ids: ReadonlyArray<string>) =>
  json({
    organization: {
      transferReferences: {
        pageInfo: { endCursor, hasNextPage: endCursor !== "" },
        edges: ids.map((id) => ({ node: { id, amount: { cents: 1 } } })),
      },
    },
  })

const options = { accessToken: Redacted.make("token"), organizationId: "org", kycId: "kyc" }

const NO_RATE_LIMIT = { rateLimit: { minInterval: 0, jitter: 0 } }

const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("the Effect API", () => {
  it.effect("lets any service be replaced by a layer", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching(() => organization([{ id: "p", name: "Pod" }]))
      const tokens = Layer.succeed(AccessTokens.AccessTokens, {
        get: Effect.succeed(Redacted.make("from a vault")),
        invalidate: () => Effect.void,
        clear: Effect.void,
      })
      const client = Sequence.layerServices(options).pipe(
        Layer.provide(Sequence.layerGraphQL(options)),
        Layer.provide(tokens),
        Layer.provide(layer),
      )
      const pods = yield* Effect.provide(
        Effect.flatMap(Sequence.Sequence, (sequence) => sequence.getPods()),
        client,
      )
      expect(pods).toMatchObject([{ id: "p", name: "Pod", balanceCents: null }])
      expect(calls).toHaveLength(1)
    }),
  )

  it.effect("has a client for tests, with the methods that a test gives it", () =>
    Effect.gen(function* () {
      const sequence = yield* Sequence.Sequence
      expect(yield* sequence.getTotalBalance()).toEqual({ totalCents: 5, podCount: 1 })
      const defect = yield* Effect.sandbox(sequence.getPods()).pipe(Effect.flip)
      expect(String(defect)).toContain("getPods")
    }).pipe(
      Effect.provide(
        Sequence.layerTest({ getTotalBalance: () => Effect.succeed({ totalCents: 5, podCount: 1 }) }),
      ),
    ),
  )

  it.effect("reports options that do not fit when the layer is built", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(Sequence.layer({ timeout: -1 })))
      expect(error._tag).toBe("ConfigError")
      expect(error.problems).toHaveLength(2)
    }).pipe(Effect.scoped),
  )

  it.effect("waits longer after each failure, by the Clock in context", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching((_, call) =>
        call < 3 ? new Response("", { status: 500 }) : organization(),
      )
      const client = Sequence.layer({ ...options, rateLimit: { minInterval: 1_000, jitter: 0 } }).pipe(
        Layer.provide(layer),
      )
      const read = Effect.flatMap(Sequence.Sequence, (sequence) => sequence.getPods())
      const fiber = yield* Effect.fork(Effect.provide(read, client))
      while (calls.length < 1) yield* settle
      yield* TestClock.adjust(999)
      yield* settle
      expect(calls).toHaveLength(1)
      while (calls.length < 3) {
        yield* TestClock.adjust(500)
        yield* settle
      }
      expect(yield* Fiber.join(fiber)).toEqual([])
    }),
  )

  it.effect("never takes one operation of a document for another", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching((body) => json({ asked: JSON.parse(body).operationName }))
      const document = "query A { a } query B { b }"
      const service = Sequence.layer({ ...options, ...NO_RATE_LIMIT, maxAge: 60_000 })
      yield* Effect.gen(function* () {
        const { query } = yield* GraphQL.GraphQL
        expect(yield* query({ name: "A", document }, {})).toEqual({ asked: "A" })
        expect(yield* query({ name: "B", document }, {})).toEqual({ asked: "B" })
      }).pipe(Effect.provide(service), Effect.provide(layer))
      expect(calls).toHaveLength(2)
    }),
  )

  it.effect("makes spans where somebody collects them, and counts requests whether or not", () =>
    Effect.gen(function* () {
      const spans: Array<readonly [string, unknown, string]> = []
      const native = yield* Effect.tracer
      const collecting = Tracer.make({
        ...native,
        span: (name, ...rest) => {
          const span = native.span(name, ...rest)
          return Object.assign(span, {
            end: (_at: bigint, exit: Exit.Exit<unknown, unknown>) => {
              spans.push([name, span.attributes.get("operation"), exit._tag])
            },
          })
        },
      })
      const client = Layer.build(Sequence.layer({ ...options, ...NO_RATE_LIMIT }))
      const { getPods } = Context.get(yield* client, Sequence.Sequence)
      yield* getPods()
      expect(spans).toEqual([])
      yield* Effect.withTracer(getPods(), collecting)
      const operation = "SelectSourceAndDestination"
      expect(spans).toEqual([
        ["GraphQL.request", operation, "Success"],
        ["GraphQL.query", operation, "Success"],
      ])
      const counted = (yield* Metric.snapshot).filter(({ metricKey: { name, tags } }) => {
        const isMine = tags.some(({ key, value }) => key === "test" && value === "spans")
        return isMine && name.startsWith("tsequence_")
      })
      const shown = counted.map(({ metricKey: { name, tags }, metricState }) => [
        name,
        tags.find(({ key }) => key === "outcome")?.value,
        "count" in metricState ? metricState.count : undefined,
      ])
      expect(shown).toEqual(
        expect.arrayContaining([
          ["tsequence_requests_total", "200", 2],
          ["tsequence_queue_wait", undefined, 2],
        ]),
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(fetching(() => organization()).layer),
      Effect.tagMetrics("test", "spans"),
    ),
  )

  it.effect("does not follow cursors in a circle", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching((_, call) => pageBefore(call % 2 === 0 ? "A" : "B", `${call}`))
      const client = Sequence.layer({ ...options, rateLimit: { minInterval: 0, jitter: 0 } }).pipe(
        Layer.provide(layer),
      )
      const read = Streams.activity().pipe(Stream.runCollect, Effect.flip, Effect.provide(client))
      expect(yield* read).toMatchObject({ _tag: "UnexpectedResponseError" })
      expect(calls).toHaveLength(3)
    }),
  )

  it.effect("streams new activity as it is seen, oldest first", () =>
    Effect.gen(function* () {
      const pages = [page("b", "a"), page("d", "c", "b", "a"), page("d", "c", "b", "a"), page("e", "d")]
      const { layer } = fetching((_, call) => pages[call - 1] ?? page("e", "d"))
      const client = Sequence.layer({ ...options, rateLimit: { minInterval: 0, jitter: 0 } }).pipe(
        Layer.provide(layer),
      )
      const watched = Streams.watch({ interval: 1_000 }).pipe(
        Stream.take(3),
        Stream.runCollect,
        Effect.provide(client),
      )
      const fiber = yield* Effect.fork(watched)
      while ((yield* Fiber.poll(fiber))._tag === "None") {
        yield* settle
        yield* TestClock.adjust(250)
      }
      expect(Chunk.toArray(yield* Fiber.join(fiber)).map(({ id }) => id)).toEqual(["c", "d", "e"])
    }),
  )
})
