import { readFileSync } from "node:fs"
import type * as Effect from "effect/Effect"
import { describe, expect, expectTypeOf, it } from "vitest"
import * as E from "../src/effect.js"
import { VERSION } from "../src/http/Version.js"
import type { Pod, SequenceClient, SequenceError, TransferReceipt } from "../src/index.js"
import { Sequence } from "../src/index.js"

describe("types", () => {
  it("let the client be used by its interface", () => {
    expectTypeOf<Sequence>().toExtend<SequenceClient>()
    expectTypeOf<SequenceClient["getPodBalance"]>().returns.toEqualTypeOf<Promise<Pod | undefined>>()
    expectTypeOf<SequenceClient["transfer"]>().returns.toEqualTypeOf<Promise<TransferReceipt>>()
  })

  it("tell the errors apart by their tag, completely", () => {
    expectTypeOf<
      Extract<SequenceError, { _tag: "DailyLimitError" }>["remainingCents"]
    >().toEqualTypeOf<number>()
    expectTypeOf<Extract<SequenceError, { _tag: "NetworkError" }>["sent"]>().toEqualTypeOf<boolean>()
  })

  it("say of each method of the services exactly what it can fail with", () => {
    type Failure<Method extends keyof E.Sequence.Service> = E.Sequence.Service[Method] extends (
      ...args: never
    ) => Effect.Effect<unknown, infer Error, unknown>
      ? Error
      : never
    expectTypeOf<Failure<"getPods">>().toEqualTypeOf<E.GraphQL.RequestError>()
    expectTypeOf<Failure<"getPodBalance">>().toEqualTypeOf<E.GraphQL.RequestError | E.AmbiguousNameError>()
    expectTypeOf<Failure<"getPodDetail">>().toEqualTypeOf<E.GraphQL.RequestError | E.NotFoundError>()
    expectTypeOf<Failure<"transfer">>().toEqualTypeOf<
      | E.GraphQL.RequestError
      | E.NotFoundError
      | E.AmbiguousNameError
      | E.TransferRejectedError
      | E.TransferOutcomeUnknownError
    >()
  })
})

describe("the package", () => {
  it("says its version once", () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
    expect(manifest).toMatchObject({ version: VERSION })
  })

  it("has one set of error classes for all entry points", async () => {
    const index = await import("../src/index.js")
    expect(new index.ConfigError(["x"])).toBeInstanceOf(E.ConfigError)
    expect(Sequence).toBe(index.Sequence)
  })
})
