import { readFileSync } from "node:fs"
import type * as Effect from "effect/Effect"
import { describe, expect, expectTypeOf, it } from "vitest"
import * as E from "../src/effect.js"
import type { Pod, SequenceClient, SequenceError, TransferReceipt } from "../src/index.js"
import { Sequence } from "../src/index.js"
import { VERSION } from "../src/internal/Version.js"

describe("types", () => {
  it("are the same whether written by hand or taken from a schema", () => {
    expectTypeOf<typeof E.Model.Pod.Type>().toEqualTypeOf<E.Model.Pod>()
    expectTypeOf<typeof E.Model.PodDetail.Type>().toEqualTypeOf<E.Model.PodDetail>()
    expectTypeOf<typeof E.Model.TotalBalance.Type>().toEqualTypeOf<E.Model.TotalBalance>()
    expectTypeOf<typeof E.Model.Accounts.Type>().toEqualTypeOf<E.Model.Accounts>()
    expectTypeOf<typeof E.Model.TransferDetail.Type>().toEqualTypeOf<E.Model.TransferDetail>()
    expectTypeOf<typeof E.Model.ActivityPage.Type>().toEqualTypeOf<E.Model.ActivityPage>()
    expectTypeOf<typeof E.Model.ActivitySummary.Type>().toEqualTypeOf<E.Model.ActivitySummary>()
    expectTypeOf<typeof E.Model.MoneyMap.Type>().toEqualTypeOf<E.Model.MoneyMap>()
  })

  it("let the client be used by its interface", () => {
    expectTypeOf<Sequence>().toExtend<SequenceClient>()
    expectTypeOf<SequenceClient["getPodBalance"]>().returns.toEqualTypeOf<Promise<Pod | undefined>>()
    expectTypeOf<SequenceClient["transfer"]>().returns.toEqualTypeOf<Promise<TransferReceipt>>()
  })

  it("tell the errors apart by their tag, completely", () => {
    expectTypeOf<
      Extract<SequenceError, { _tag: "DailyLimitError" }>["remainingCents"]
    >().toEqualTypeOf<number>()
    expectTypeOf<SequenceError["_tag"]>().toEqualTypeOf<keyof { [K in SequenceError["_tag"]]: true }>()
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
