/** The routes about the server itself. */
import { Effect } from "effect"
import { AccessTokens, type SequenceError, type Transfers } from "tsequence/effect"
import { DailyLimits, Unresolved } from "tsequence/safeguards"
import * as Contract from "../contract/Contract.js"
import { docsHeaders, docsPage } from "../contract/Docs.js"
import { json, Refusal, retryAfter } from "../http/Answer.js"
import type { Metrics } from "../http/Metrics.js"
import type { Route } from "../http/Route.js"
import * as KycCheck from "../KycCheck.js"
import { answering } from "./ReadRoutes.js"

const health = answering(Contract.health, () => Effect.succeed({ status: "ok" as const }), true)

const notReady = (failure: SequenceError) =>
  new Refusal({
    status: 503,
    tag: failure._tag,
    detail: `Not ready: ${failure.message}`,
    headers: retryAfter(10_000),
  })

const wrongKyc = (message: string) =>
  new Refusal({ status: 503, tag: "ConfigError", detail: `Not ready: ${message}` })

const ready = (checkKyc: KycCheck.KycCheck) =>
  answering(Contract.ready, () =>
    Effect.gen(function* () {
      yield* (yield* AccessTokens.AccessTokens).get
      yield* (yield* DailyLimits.DailyLimits).ready
      const problem = yield* checkKyc
      if (problem?.isCertain === true) return yield* Effect.fail(wrongKyc(problem.message))
      const unresolved = yield* (yield* Unresolved.Unresolved).list
      return {
        status: "ready" as const,
        unresolved: unresolved.map(({ intent, status }) => ({
          request_id: intent.requestId,
          status,
          amount_cents: intent.transfer.amountCents,
        })),
        ...(problem !== undefined && { warnings: [problem.message] }),
      }
    }).pipe(Effect.mapError((failure) => (failure instanceof Refusal ? failure : notReady(failure)))),
  )

const openApi = (): Route<never> => {
  const document = json(200, Contract.openApi())
  return { method: "GET", path: "/openapi.json", isOpen: true, run: () => Effect.succeed(document) }
}

const docs: Route<never> = {
  method: "GET",
  path: "/docs",
  isOpen: true,
  run: () => Effect.succeed({ status: 200, headers: docsHeaders, body: docsPage }),
}

const metricsRoute = (metrics: Metrics): Route<never> => ({
  method: "GET",
  path: "/metrics",
  isOpen: false,
  run: () =>
    Effect.sync(() => ({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4" },
      body: metrics.render(),
    })),
})

/** Every route about the server itself. */
export const ownRoutes = (
  metrics: Metrics,
): ReadonlyArray<
  Route<AccessTokens.AccessTokens | DailyLimits.DailyLimits | Unresolved.Unresolved | Transfers.Transfers>
> => [health, ready(KycCheck.make()), openApi(), docs, metricsRoute(metrics)]
