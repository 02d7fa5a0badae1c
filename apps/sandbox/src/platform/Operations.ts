/** Operations of the Platform API. */
import type { Holder, RuleRecord, TransferRecord } from "../data/Model.js"
import { accountSummaryView, accountView, holdersOf, TYPES } from "./AccountViews.js"
import { type KeyRecord, mayRead, type PlatformScope } from "./ApiKeys.js"
import { createTransfer } from "./CreateTransfer.js"
import type { KeptResponse } from "./Idempotency.js"
import { PLATFORM_PATH } from "./Paths.js"
import type { PlatformCall } from "./PlatformCall.js"
import { checkNames, instantOf, pageOf, textOf, wordOf } from "./Query.js"
import { Refusal } from "./Refusal.js"
import {
  executionStatusOf,
  executionSummaryView,
  executionView,
  PLATFORM_EXECUTION_STATUSES,
  PLATFORM_TRIGGERS,
  ruleSummaryView,
  ruleView,
  triggerTypeOf,
} from "./RuleViews.js"
import { shaped } from "./Shape.js"
import type { PlatformStore } from "./Store.js"
import { microsecondsOf, writeInstant } from "./Timestamps.js"
import {
  directionOf,
  executionIdOf,
  isCardActivity,
  originOf,
  PLATFORM_DIRECTIONS,
  PLATFORM_ORIGINS,
  PLATFORM_STATUSES,
  statusOf,
  transferView,
} from "./TransferViews.js"

/** An operation: where it is, which scope it needs, and what it does. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: RegExp
  /** Any valid key will do where there is none. */
  readonly scope?: PlatformScope
  readonly run: (store: PlatformStore, call: PlatformCall) => KeptResponse
}

const DAY = 86_400_000
const PAGING = ["page", "pageSize"]
const PERIOD = ["from", "to"]
const TRANSFER_FILTERS = ["direction", "status", "origin", "executionMode", "ruleExecutionId"]

const ok = (data: unknown): KeptResponse => ({ status: 200, data })

const pageView = <Item>(
  store: PlatformStore,
  query: URLSearchParams,
  items: readonly Item[],
  view: (item: Item) => unknown,
  more: Readonly<Record<string, unknown>> = {},
): KeptResponse => {
  const { page, pageSize } = pageOf(query)
  const hasNextPage = items.length > page * pageSize
  const shown = store.settings.hasNextPage ? { page, pageSize, hasNextPage } : { page, pageSize }
  return ok({
    items: items.slice((page - 1) * pageSize, page * pageSize).map(view),
    pagination: shaped(store.settings, shown),
    ...shaped(store.settings, more),
  })
}

const listAccounts: Operation["run"] = (store, { request: { query }, key }) => {
  checkNames(query, [...PAGING, "type", "state"])
  const type = wordOf(query, "type", Object.values(TYPES))
  wordOf(query, "state", ["ACTIVE", "ALL"])
  const holders = holdersOf(key.organization).filter(({ kind }) => type === undefined || TYPES[kind] === type)
  return pageView(store, query, holders, (holder) => accountSummaryView(store, holder))
}

const holderOf = ({ ids }: PlatformStore, key: KeyRecord, shown: string): Holder | undefined =>
  holdersOf(key.organization).find(({ id }) => ids.show(id) === shown)

/** Finds an account that a key may read; throws a {@link Refusal} otherwise. */
const readable = (
  store: PlatformStore,
  { key }: PlatformCall,
  scope: PlatformScope,
  shown: string,
): Holder => {
  const holder = holderOf(store, key, shown)
  if (holder === undefined) throw new Refusal("ACCOUNT_NOT_FOUND", "Account not found")
  if (!mayRead(key, scope, holder.id)) throw new Refusal("ACCESS_DENIED", "The key may not read this account")
  return holder
}

const getAccount: Operation["run"] = (store, call) =>
  ok(accountView(store, readable(store, call, "READ_ACCOUNTS", call.ids[0] ?? "")))

type Keep = (transfer: TransferRecord) => boolean

/** Reads the filters that all lists of transfers have. */
const transferFilter = (store: PlatformStore, query: URLSearchParams): Keep => {
  const direction = wordOf(query, "direction", PLATFORM_DIRECTIONS)
  const status = wordOf(query, "status", PLATFORM_STATUSES)
  const origin = wordOf(query, "origin", PLATFORM_ORIGINS)
  const mode = wordOf(query, "executionMode", ["LIVE", "SIMULATION"]) ?? "LIVE"
  const execution = textOf(query, "ruleExecutionId")
  const from = instantOf(query, "from") ?? Number.NEGATIVE_INFINITY
  const to = instantOf(query, "to") ?? Number.POSITIVE_INFINITY
  return (transfer) => {
    const at = microsecondsOf(transfer)
    return (
      at >= from &&
      at <= to &&
      !isCardActivity(transfer) &&
      (direction === undefined || directionOf(transfer) === direction) &&
      (status === undefined || statusOf(transfer) === status) &&
      (origin === undefined || originOf(transfer) === origin) &&
      (execution === undefined || executionIdOf(transfer) === execution) &&
      store.simulations.has(transfer.id) === (mode === "SIMULATION")
    )
  }
}

/** Gives the transfers of an organization that a filter keeps, newest first. */
const newestFirst = (store: PlatformStore, organizationId: string, keep: Keep): readonly TransferRecord[] => {
  const simulated = [...store.simulations.values()].filter((one) => one.organizationId === organizationId)
  return [...store.world.activityOf(organizationId).all, ...simulated]
    .filter(keep)
    .sort((one, other) => microsecondsOf(other) - microsecondsOf(one) || other.sequence - one.sequence)
}

const listTransfers: Operation["run"] = (store, call) => {
  const { query } = call.request
  checkNames(query, [...PAGING, ...PERIOD, ...TRANSFER_FILTERS, "accountIds[]"])
  const shown = query.getAll("accountIds[]")
  if (shown.length === 0) throw new Refusal("INVALID_PARAMETERS", "accountIds is required")
  const wanted = new Set(shown.map((id) => readable(store, call, "READ_TRANSFERS", id).id))
  const keep = transferFilter(store, query)
  const found = newestFirst(
    store,
    call.key.organization.id,
    (one) => (wanted.has(one.source.id) || wanted.has(one.destination.id)) && keep(one),
  )
  return pageView(store, query, found, (transfer) => transferView(store, transfer))
}

const listAccountTransfers: Operation["run"] = (store, call) => {
  const { query } = call.request
  checkNames(query, [...PAGING, ...PERIOD, ...TRANSFER_FILTERS, "accountRole"])
  const { id } = readable(store, call, "READ_TRANSFERS", call.ids[0] ?? "")
  const role = wordOf(query, "accountRole", ["source", "destination", "either"]) ?? "either"
  const keep = transferFilter(store, query)
  const found = newestFirst(
    store,
    call.key.organization.id,
    (one) =>
      ((role !== "destination" && one.source.id === id) ||
        (role !== "source" && one.destination.id === id)) &&
      keep(one),
  )
  return pageView(store, query, found, (transfer) => transferView(store, transfer))
}

const getTransfer: Operation["run"] = (store, { key, ids, now }) => {
  const id = store.ids.recordOf(ids[0] ?? "") ?? ""
  const transfer = store.world.transfer(id) ?? store.simulations.get(id)
  const isFresh =
    store.fresh.has(id) && transfer !== undefined && now < transfer.createdAt + store.settings.freshDelay
  if (transfer?.organizationId !== key.organization.id || isFresh) {
    throw new Refusal("TRANSFER_NOT_FOUND", "Transfer not found")
  }
  const ends = [transfer.source.id, transfer.destination.id]
  if (!ends.some((end) => mayRead(key, "READ_TRANSFERS", end))) {
    throw new Refusal("ACCESS_DENIED", "The key may read neither end of this transfer")
  }
  return ok(transferView(store, transfer))
}

const listBeneficiaries: Operation["run"] = (store, { request: { query }, key }) => {
  checkNames(query, PAGING)
  const { id, name, type } = key.organization.kyc
  return pageView(store, query, [key.organization.kyc], () => ({
    id: store.ids.show(id),
    name,
    beneficiaryType: type,
  }))
}

const listRules: Operation["run"] = (store, { request: { query }, key }) => {
  checkNames(query, [...PAGING, "sourceId"])
  const source = textOf(query, "sourceId")
  const rules = key.organization.rules.filter(
    ({ actions }) => source === undefined || actions.some((one) => store.ids.show(one.source.id) === source),
  )
  return pageView(store, query, rules, (rule) => ruleSummaryView(store, rule))
}

const ruleOf = (store: PlatformStore, { key, ids }: PlatformCall): RuleRecord => {
  const rule = key.organization.rules.find(({ id }) => store.ids.show(id) === ids[0])
  if (rule === undefined || triggerTypeOf(rule) === undefined) {
    throw new Refusal("RULE_NOT_FOUND", "Rule not found")
  }
  return rule
}

const getRule: Operation["run"] = (store, call) => ok(ruleView(store, ruleOf(store, call)))

const listRuleExecutions: Operation["run"] = (store, call) => {
  const { query } = call.request
  checkNames(query, [...PAGING, ...PERIOD, "status", "triggerType", "executionMode"])
  const rule = ruleOf(store, call)
  const status = wordOf(query, "status", PLATFORM_EXECUTION_STATUSES)
  const trigger = wordOf(query, "triggerType", PLATFORM_TRIGGERS)
  const isLive = wordOf(query, "executionMode", ["LIVE", "SIMULATION"]) !== "SIMULATION"
  const from = instantOf(query, "from") ?? Number.NEGATIVE_INFINITY
  const to = instantOf(query, "to") ?? Number.POSITIVE_INFINITY
  const found = newestFirst(store, call.key.organization.id, (one) => {
    const at = microsecondsOf(one)
    return (
      isLive &&
      one.rule?.id === rule.id &&
      at >= from &&
      at <= to &&
      (status === undefined || executionStatusOf(one) === status) &&
      (trigger === undefined || triggerTypeOf(rule) === trigger)
    )
  })
  return pageView(store, query, found, (transfer) => executionSummaryView(store, transfer))
}

const getRuleExecution: Operation["run"] = (store, call) => {
  const rule = ruleOf(store, call)
  const { all } = store.world.activityOf(call.key.organization.id)
  const transfer = all.find((one) => one.rule?.id === rule.id && executionIdOf(one) === call.ids[1])
  if (transfer === undefined) throw new Refusal("RULE_EXECUTION_NOT_FOUND", "Execution not found")
  return ok(executionView(store, transfer))
}

const listAuditLogs: Operation["run"] = (store, { request: { query }, key, now }) => {
  checkNames(query, [...PAGING, ...PERIOD, "apiKeyId", "action"])
  const { timestamps } = store.settings
  const [keyId, action] = [textOf(query, "apiKeyId"), textOf(query, "action")]
  const kept = now - 90 * DAY
  const wanted = (instantOf(query, "from") ?? kept * 1000) / 1000
  const from = Math.max(kept, wanted)
  const to = (instantOf(query, "to") ?? now * 1000) / 1000
  const found = store.calls
    .of(key.organization.id)
    .filter(
      (one) =>
        one.at >= from &&
        one.at <= to &&
        (keyId === undefined || one.apiKeyId === keyId) &&
        (action === undefined || one.action === action),
    )
  const window = {
    from: writeInstant(from, timestamps),
    to: writeInstant(to, timestamps),
    truncated: wanted < kept,
  }
  const view = ({ organizationId: _, at, ...entry }: (typeof found)[number]) => ({
    ...entry,
    createdAt: writeInstant(at, timestamps),
  })
  return pageView(store, query, found, view, { window })
}

const id = "([^/]+)"

const at = (path: string): RegExp => new RegExp(`^${PLATFORM_PATH}${path}$`)

/** The operations that the sandbox serves, by the names of the document in `schema/`. */
export const OPERATIONS: readonly Operation[] = [
  { id: "listAccounts", method: "GET", path: at("/accounts"), scope: "READ_ACCOUNTS", run: listAccounts },
  { id: "getAccount", method: "GET", path: at(`/accounts/${id}`), scope: "READ_ACCOUNTS", run: getAccount },
  {
    id: "listAccountTransfers",
    method: "GET",
    path: at(`/accounts/${id}/transfers`),
    scope: "READ_TRANSFERS",
    run: listAccountTransfers,
  },
  { id: "listBeneficiaries", method: "GET", path: at("/beneficiaries"), run: listBeneficiaries },
  { id: "listRules", method: "GET", path: at("/rules"), scope: "READ_RULES", run: listRules },
  { id: "getRule", method: "GET", path: at(`/rules/${id}`), scope: "READ_RULES", run: getRule },
  {
    id: "listRuleExecutions",
    method: "GET",
    path: at(`/rules/${id}/executions`),
    scope: "READ_RULES",
    run: listRuleExecutions,
  },
  {
    id: "getRuleExecution",
    method: "GET",
    path: at(`/rules/${id}/executions/${id}`),
    scope: "READ_RULES",
    run: getRuleExecution,
  },
  { id: "listTransfers", method: "GET", path: at("/transfers"), scope: "READ_TRANSFERS", run: listTransfers },
  {
    id: "createTransfer",
    method: "POST",
    path: at("/transfers"),
    scope: "MANUAL_TRANSFER",
    run: createTransfer,
  },
  {
    id: "getTransfer",
    method: "GET",
    path: at(`/transfers/${id}`),
    scope: "READ_TRANSFERS",
    run: getTransfer,
  },
  {
    id: "listAuditLogs",
    method: "GET",
    path: at("/audit-logs"),
    scope: "READ_AUDIT_LOGS",
    run: listAuditLogs,
  },
]
