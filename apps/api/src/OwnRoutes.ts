/** The routes about the server itself. */
import { Effect } from "effect"
import { AccessTokens } from "tsequence/effect"
import { DailyLimits, Unresolved } from "tsequence/safeguards"
import * as Contract from "./contract/Contract.js"
import { docsHeaders, docsPage } from "./contract/Docs.js"
import { type Failure, json, Refusal, retryAfter } from "./http/Answer.js"
import type { Metrics } from "./http/Metrics.js"
import type { Route } from "./http/Routes.js"
import { answering } from "./ReadRoutes.js"

const health = answering(Contract.health, () => Effect.succeed({ status: "ok" as const }), true)

const notReady = (failure: Failure) =>
  new Refusal({
    status: 503,
    tag: failure._tag,
    detail: `Not ready: ${failure._tag === "Refusal" ? failure.tag : failure.message}`,
    headers: retryAfter(10_000),
  })

const ready = answering(Contract.ready, () =>
  Effect.gen(function* () {
    yield* (yield* AccessTokens.AccessTokens).get
    yield* (yield* DailyLimits.DailyLimits).ready
    const unresolved = yield* (yield* Unresolved.Unresolved).list
    return {
      status: "ready" as const,
      unresolved: unresolved.map(({ intent, status }) => ({
        request_id: intent.requestId,
        status,
        amount_cents: intent.transfer.amountCents,
      })),
    }
  }).pipe(Effect.mapError(notReady)),
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
): ReadonlyArray<Route<AccessTokens.AccessTokens | DailyLimits.DailyLimits | Unresolved.Unresolved>> => [
  health,
  ready,
  openApi(),
  docs,
  metricsRoute(metrics),
]
