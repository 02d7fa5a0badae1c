/** The routes that read. */
import { Effect } from "effect"
import type { Schema } from "effect/Schema"
import { Accounts, Activity, type GraphQLError, NotFoundError, Pods } from "tsequence/effect"
import * as Contract from "../contract/Contract.js"
import * as Schemas from "../contract/Inputs.js"
import * as Mapping from "../contract/Mapping.js"
import { type Failure, type InputIssue, invalidInput, json } from "../http/Answer.js"
import * as Inputs from "../http/Inputs.js"
import type { Route } from "../http/Route.js"

/** The part of a contract endpoint that describes its route. */
export interface Endpoint<Success> {
  readonly path: string
  readonly method: string
  readonly successSchema: Schema<Success, unknown, never>
}

/** A route that answers what the contract says. */
export const answering = <Success, R>(
  endpoint: Endpoint<Success>,
  handle: (incoming: Inputs.Incoming) => Effect.Effect<Success, Failure, R>,
  isOpen = false,
): Route<R> => ({
  method: endpoint.method,
  path: endpoint.path,
  isOpen,
  run: (incoming) => Effect.map(handle(incoming), (body) => json(200, body)),
})

const pods = answering(Contract.pods, () =>
  Effect.flatMap(Pods.Pods, (service) => service.getPods()).pipe(
    Effect.map((all) => all.map((one) => Mapping.pod(one))),
  ),
)

const totalBalance = answering(Contract.totalBalance, () =>
  Effect.flatMap(Pods.Pods, (service) => service.getTotalBalance()).pipe(Effect.map(Mapping.totalBalance)),
)

const noPod = () => new NotFoundError("There is no such pod", { kind: "pod", key: "" })

const podBalance = answering(Contract.podBalance, (incoming) =>
  Effect.gen(function* () {
    const { pod_name } = yield* Inputs.path(incoming, Schemas.NamePath)
    const found = yield* (yield* Pods.Pods).getPodBalance(pod_name)
    return found === undefined ? yield* Effect.fail(noPod()) : Mapping.pod(found)
  }),
)

/** The address of the pod named "detail" is the address of a pod detail too; the name wins. */
const podNamedDetail: typeof podBalance = {
  ...podBalance,
  path: "/api/pods/detail/balance",
  run: (incoming) => podBalance.run({ ...incoming, path: { pod_name: "detail" } }),
}

const podDetail = answering(Contract.podDetail, (incoming) =>
  Effect.gen(function* () {
    const { pod_id } = yield* Inputs.path(incoming, Schemas.PodPath)
    return Mapping.podDetail(yield* (yield* Pods.Pods).getPodDetail(pod_id))
  }),
)

const organizationPod = answering(Contract.organizationPod, (incoming) =>
  Effect.gen(function* () {
    const { org_id, pod_id } = yield* Inputs.path(incoming, Schemas.OrganizationPodPath)
    return Mapping.podDetail(yield* (yield* Pods.Pods).getPodDetail(pod_id, { organizationId: org_id }))
  }),
)

const accounts = answering(Contract.accounts, (incoming) =>
  Effect.gen(function* () {
    const { org_id } = yield* Inputs.query(incoming, Schemas.AccountsQuery)
    const service = yield* Accounts.Accounts
    return Mapping.accounts(yield* service.getAllAccounts({ organizationId: org_id }))
  }),
)

const summary = answering(Contract.summary, () =>
  Effect.flatMap(Activity.Activity, (service) => service.getActivitySummary()).pipe(
    Effect.map(Mapping.summary),
  ),
)

const list = (text: string | undefined) => text?.split(",")

const activityOptions = (query: typeof Schemas.ActivityQuery.Type): Activity.ActivityOptions => ({
  first: query.first === undefined ? undefined : Number(query.first),
  after: query.after,
  organizationId: query.org_id,
  statuses: list(query.statuses),
  directions: list(query.directions),
  activityTypes: list(query.activity_types),
  dateStart: query.date_start,
  dateEnd: query.date_end,
  hideInternal: query.hide_internal === undefined ? undefined : /^(true|1)$/i.test(query.hide_internal),
  name: query.name,
})

/** The query parameters of the service's filters. */
const FILTERS: Readonly<Record<string, string>> = {
  statuses: "statuses",
  directions: "directions",
  activityTypes: "activity_types",
  createdAt: "date_start",
  hideInternalTransfers: "hide_internal",
  name: "name",
}

/** The service's refusal of a filter or of a cursor, in its own words; nothing where it is about something else. */
const refusedInputs = ({ errors }: GraphQLError): ReadonlyArray<InputIssue> =>
  errors.flatMap(({ message, code }) => {
    const filter = FILTERS[/\btransferFilter\.(\w+)/.exec(message)?.[1] ?? ""]
    if (filter === undefined && code !== "BAD_USER_INPUT") return []
    const loc = ["query", ...(filter === undefined ? [] : [filter])]
    return [{ loc, msg: message, type: "value_error" }]
  })

const activity = answering(Contract.activity, (incoming) =>
  Effect.gen(function* () {
    const query = yield* Inputs.query(incoming, Schemas.ActivityQuery)
    const page = (yield* Activity.Activity).getActivity(activityOptions(query))
    return Mapping.activityPage(
      yield* Effect.catchTag(page, "GraphQLError", (error): Effect.Effect<never, Failure> => {
        const issues = refusedInputs(error)
        return Effect.fail(issues.length > 0 ? invalidInput(issues) : error)
      }),
    )
  }),
)

const transfer = answering(Contract.transfer, (incoming) =>
  Effect.gen(function* () {
    const { transfer_id } = yield* Inputs.path(incoming, Schemas.TransferPath)
    return Mapping.transferDetail(yield* (yield* Activity.Activity).getTransferDetail(transfer_id))
  }),
)

const organizationTransfer = answering(Contract.organizationTransfer, (incoming) =>
  Effect.gen(function* () {
    const { org_id, transfer_id } = yield* Inputs.path(incoming, Schemas.OrganizationTransferPath)
    const service = yield* Activity.Activity
    return Mapping.transferDetail(yield* service.getTransferDetail(transfer_id, { organizationId: org_id }))
  }),
)

/** Every route that reads. */
export const readRoutes: ReadonlyArray<Route<Pods.Pods | Accounts.Accounts | Activity.Activity>> = [
  pods,
  totalBalance,
  podBalance,
  podNamedDetail,
  podDetail,
  organizationPod,
  accounts,
  summary,
  activity,
  transfer,
  organizationTransfer,
]
