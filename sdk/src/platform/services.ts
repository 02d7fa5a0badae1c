/** The services of `api/` over the Platform API. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Accounts from "../api/Accounts.js"
import * as Activity from "../api/Activity.js"
import * as CallKeys from "../api/CallKeys.js"
import * as MoneyMap from "../api/MoneyMap.js"
import * as Organizations from "../api/Organizations.js"
import * as Pods from "../api/Pods.js"
import * as Transfers from "../api/Transfers.js"
import { ConfigError } from "../Errors.js"
import * as GraphQL from "../transport/GraphQL.js"
import * as AccountReads from "./AccountReads.js"
import * as ActivityReads from "./ActivityReads.js"
import type { PlatformHttp } from "./PlatformHttp.js"

const needsLogin = (what: string) =>
  Effect.fail(
    new ConfigError([
      `${what} needs a login: the Platform API, which an API key opens, does not have it. Make a client with credentials instead of apiKey`,
    ]),
  )

const noTransfers = Effect.fail(
  new ConfigError([
    "A client with an API key moves no money yet: nothing was sent. Make a client with credentials to transfer",
  ]),
)

const graphql: GraphQL.Service = {
  timeout: 0,
  retryTimes: 0,
  query: (operation) => needsLogin(operation.name),
  freshQuery: (operation) => needsLogin(operation.name),
  mutation: () => needsLogin("A mutation"),
}

const transfers: Transfers.Service = {
  resolve: () => noTransfers,
  send: () => noTransfers,
  transfer: () => noTransfers,
  checkKyc: () => needsLogin("checkKyc"),
}

const organizations: Organizations.Service = {
  all: () => needsLogin("The list of organizations"),
  pods: () => needsLogin("The list of organizations"),
  get: () => needsLogin("The list of organizations"),
  idOf: () => needsLogin("The list of organizations"),
}

const moneyMap: MoneyMap.Service = {
  getMoneyMap: (options) =>
    Effect.zipRight(CallKeys.check(options, CallKeys.ORGANIZATION), needsLogin("getMoneyMap")),
}

/**
 * Services of a client with an API key, over {@link PlatformHttp}. Those that only a login can serve fail with a
 * `ConfigError`, before anything is sent.
 *
 * @category layers
 */
export const layer = (options: Organizations.Options = {}) => {
  const { organizationId = "" } = options
  const reads: Layer.Layer<Pods.Pods | Accounts.Accounts | Activity.Activity, never, PlatformHttp> =
    Layer.mergeAll(
      Layer.effect(Pods.Pods, AccountReads.makePods(organizationId)),
      Layer.effect(Accounts.Accounts, AccountReads.makeAccounts(organizationId)),
      Layer.effect(Activity.Activity, ActivityReads.make(organizationId)),
    )
  return Layer.mergeAll(
    reads,
    Layer.succeed(MoneyMap.MoneyMap, moneyMap),
    Layer.succeed(Transfers.Transfers, transfers),
    Layer.succeed(Organizations.Organizations, organizations),
    Layer.succeed(GraphQL.GraphQL, graphql),
  )
}
