/** Tools that read balances. */
import { Effect, Schema } from "effect"
import { Accounts, formatCents, Pods } from "tsequence/effect"
import { find } from "./Lookup.js"
import { define } from "./Tool.js"
import * as ToolViews from "./ToolViews.js"

const Nothing = Schema.Struct({})

const getAllPods = define({
  name: "get_all_pods",
  description: "Lists all pods with their balances, and how many there are.",
  input: Nothing,
  handle: () =>
    Effect.gen(function* () {
      const pods = yield* (yield* Pods.Pods).getPods()
      return { pods: pods.map(ToolViews.holder), count: pods.length }
    }),
})

const getTotalBalance = define({
  name: "get_total_balance",
  description: "Gives the total over all pods.",
  input: Nothing,
  handle: () =>
    Effect.gen(function* () {
      const { totalCents, podCount } = yield* (yield* Pods.Pods).getTotalBalance()
      return { total_balance_cents: totalCents, total_balance: formatCents(totalCents), pod_count: podCount }
    }),
})

const getPodBalance = define({
  name: "get_pod_balance",
  description: "Gives the balance of one pod by its name, or suggests names.",
  input: Schema.Struct({ pod_name: Schema.String }),
  handle: ({ pod_name }) =>
    Effect.gen(function* () {
      const pods = yield* (yield* Pods.Pods).getPods()
      return ToolViews.holder(yield* find(pods, pod_name, "pod"))
    }),
})

const getPodDetail = define({
  name: "get_pod_detail",
  description:
    "Gives everything about one pod by its id: goal, the last four digits of its bank details, recent transfers.",
  input: Schema.Struct({ pod_id: Schema.String }),
  handle: ({ pod_id }) =>
    Effect.gen(function* () {
      return ToolViews.podDetail(yield* (yield* Pods.Pods).getPodDetail(pod_id))
    }),
})

const getAllAccounts = define({
  name: "get_all_accounts",
  description:
    "Lists pods, ports and external accounts with their balances; external accounts with type, provider and institution.",
  input: Nothing,
  handle: () =>
    Effect.gen(function* () {
      return ToolViews.accounts(yield* (yield* Accounts.Accounts).getAllAccounts())
    }),
})

/** Tools that read balances. */
export const balanceTools = [
  getAllPods,
  getTotalBalance,
  getPodBalance,
  getPodDetail,
  getAllAccounts,
] as const
