/** Rules and their executions as the Platform API shows them. */
import type {
  ConditionGroupRecord,
  ConditionRecord,
  Holder,
  RuleRecord,
  TransferRecord,
} from "../data/Model.js"
import { TYPES } from "./AccountViews.js"
import { shaped } from "./Shape.js"
import type { PlatformStore } from "./Store.js"
import { microsecondsOf, writeInstant, writeMicroseconds } from "./Timestamps.js"
import { executionIdOf } from "./TransferViews.js"

type View = Readonly<Record<string, unknown>>

const TRIGGERS = {
  FundsTransferTrigger: "ON_FUNDS_TRANSFERRED",
  ScheduledTrigger: "SCHEDULED",
  ManualTrigger: "MANUAL",
  // Belongs to the older remote API: the Platform API lists the rule and does not show it.
  RemoteApiTrigger: undefined,
} as const

/** The words of the API for what sets a rule off. */
export const PLATFORM_TRIGGERS = ["ON_FUNDS_TRANSFERRED", "SCHEDULED", "MANUAL"] as const

/** Gives the API's word for what sets a rule off; `undefined` for what it does not support. */
export const triggerTypeOf = ({ trigger }: RuleRecord): (typeof PLATFORM_TRIGGERS)[number] | undefined =>
  TRIGGERS[trigger.kind]

const commonFields = (store: PlatformStore, rule: RuleRecord): View => ({
  id: store.ids.show(rule.id),
  name: rule.nickname,
  description: rule.description,
  status: rule.enabled ? "ENABLED" : "DISABLED",
  createdAt: writeInstant(rule.createdAt, store.settings.timestamps),
  updatedAt: writeInstant(rule.createdAt, store.settings.timestamps),
  deletedAt: null,
})

/** Shows a rule in a list. */
export const ruleSummaryView = (store: PlatformStore, rule: RuleRecord): View => ({
  ...commonFields(store, rule),
  isSupported: triggerTypeOf(rule) !== undefined,
})

/** Shows a rule with its trigger and its one step. */
export const ruleView = (store: PlatformStore, rule: RuleRecord): View => ({
  ...commonFields(store, rule),
  trigger: triggerView(store, rule),
  steps: [
    {
      conditions: rule.conditions && conditionsView(store, rule.conditions),
      actions: rule.actions.map((action, index) => actionView(store, rule, action, index)),
    },
  ],
})

const scheduleTypeOf = (cron: string | null): string => {
  const [, , dayOfMonth = "*", , dayOfWeek = "*"] = (cron ?? "").split(" ")
  if (dayOfWeek !== "*") return "WEEKLY"
  if (dayOfMonth === "*") return "DAILY"
  return dayOfMonth.includes(",") ? "BI_WEEKLY" : "MONTHLY"
}

const triggerView = (store: PlatformStore, rule: RuleRecord): View => {
  const { portId, podId, accountId, cron } = rule.trigger
  const about = portId ?? podId ?? accountId
  const type = triggerTypeOf(rule)
  return {
    type,
    accountId: about === null ? null : store.ids.show(about),
    ...(type === "SCHEDULED"
      ? {
          scheduleType: scheduleTypeOf(cron),
          startDate: writeInstant(rule.createdAt, store.settings.timestamps),
        }
      : {}),
  }
}

const conditionsView = (store: PlatformStore, group: ConditionGroupRecord): View => {
  if (group.condition !== null) return { condition: conditionView(store, group.condition) }
  const inner = (group.conditions ?? []).map((one) => conditionsView(store, one))
  return group.combinator === "OR" ? { any: inner } : { all: inner }
}

const conditionView = (store: PlatformStore, condition: ConditionRecord): View => ({
  fact: condition.fact === "incoming.amount" ? "TRANSFER_AMOUNT" : "BALANCE",
  operator: condition.operator,
  value: condition.value,
  valueFact: condition.valueFact === null ? null : "BALANCE",
  params: condition.about === null ? null : { accountId: store.ids.show(condition.about.id) },
})

const endView = ({ ids }: PlatformStore, { id, name, kind }: Holder): View => ({
  id: ids.show(id),
  type: TYPES[kind],
  name,
})

const amountFields = ({ type, value }: RuleRecord["actions"][number]["amount"]): View => {
  switch (type) {
    case "FIXED":
      return { type: "FIXED", amountInCents: value }
    case "PERCENTAGE":
      return { type: "PERCENTAGE", percentageValue: value, percentageTarget: "INCOMING_AMOUNT" }
    case "REMAINDER":
      return { type: "PERCENTAGE", percentageValue: 100, percentageTarget: "SOURCE_ACCOUNT" }
    case "TOP_UP":
      return {
        type: "TOP_UP",
        amountInCents: value,
        nextPaymentMinimumAccount: null,
        currentBalanceAccount: null,
        lastStatementBalanceAccount: null,
      }
  }
}

const actionView = (
  store: PlatformStore,
  rule: RuleRecord,
  action: RuleRecord["actions"][number],
  groupIndex: number,
): View => ({
  source: endView(store, action.source),
  destination: endView(store, action.destination),
  groupIndex,
  upToEnabled: false,
  isDirectDeposit: rule.isDirectDeposit,
  limit: null,
  achDescription: null,
  ...amountFields(action.amount),
})

/** The words of the API for how an execution ended. */
export const PLATFORM_EXECUTION_STATUSES = ["EXECUTED", "PARTIAL", "IN_PROGRESS", "FAILED"] as const

/** Gives the API's word for how the execution behind a transfer ended. */
export const executionStatusOf = ({
  status,
}: TransferRecord): (typeof PLATFORM_EXECUTION_STATUSES)[number] => {
  if (status === "COMPLETE") return "EXECUTED"
  return status === "FAILED" || status === "CANCELLED" ? "FAILED" : "IN_PROGRESS"
}

/** Shows the execution behind a transfer in a list. Rules of the sandbox make one transfer each time. */
export const executionSummaryView = (store: PlatformStore, transfer: TransferRecord): View =>
  shaped(store.settings, {
    id: executionIdOf(transfer),
    ruleId: transfer.rule === null ? null : store.ids.show(transfer.rule.id),
    status: executionStatusOf(transfer),
    executionMode: "LIVE",
    createdAt: writeMicroseconds(microsecondsOf(transfer), store.settings.timestamps),
  })

/** Shows the execution behind a transfer with what became of it. */
export const executionView = (store: PlatformStore, transfer: TransferRecord): View => {
  const status = executionStatusOf(transfer)
  const count = (wanted: string): number => (status === wanted ? 1 : 0)
  return {
    ...executionSummaryView(store, transfer),
    triggerDetails: null,
    stepIndexMatched: 0,
    conditionsNotMet: false,
    transfersAttempted: 1,
    transfersCompleted: count("EXECUTED"),
    transfersFailed: count("FAILED"),
    transfersPending: count("IN_PROGRESS"),
    transferIds: [store.ids.show(transfer.id)],
    errorMessage: transfer.errorReason,
    nextAttemptAt: null,
  }
}
