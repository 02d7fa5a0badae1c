/** Rules, and the money map that shows them. */
import type {
  ConditionGroupRecord,
  ConditionRecord,
  GhostRecord,
  Holder,
  OrganizationRecord,
  RuleRecord,
  TriggerRecord,
} from "../data/Model.js"
import type { Store } from "./Context.js"
import { accountView, podView, portView } from "./HolderViews.js"
import { instantView, type View } from "./Values.js"

/** Shows a rule with its trigger, conditions and actions. */
export const ruleView = (store: Store, rule: RuleRecord): View => ({
  id: rule.id,
  priority: rule.priority,
  nickname: rule.nickname,
  isNicknameManuallySet: rule.nickname !== null,
  transferDescription: `Rule ${rule.priority}`,
  description: rule.description,
  enabled: rule.enabled,
  isDirectDeposit: rule.isDirectDeposit,
  testModeEnabled: rule.testMode,
  createdAt: () => instantView(rule.createdAt),
  trigger: () => triggerView(rule.trigger, rule.createdAt),
  steps: () => [
    {
      conditions: rule.conditions && groupView(store, rule.conditions),
      actions: rule.actions.map(actionView),
    },
  ],
})

const triggerView = (trigger: TriggerRecord, createdAt: number): View => ({
  __typename: trigger.kind,
  id: trigger.id,
  portId: trigger.portId,
  podId: trigger.podId,
  accountId: trigger.accountId,
  ghostNodeId: trigger.ghostNodeId,
  cron: trigger.cron,
  type: "CRON",
  timezone: "America/New_York",
  startDate: instantView(createdAt),
  endpoint: `/api/rules/${trigger.id}/trigger`,
})

const groupView = (store: Store, group: ConditionGroupRecord): View => ({
  combinator: group.combinator,
  condition: group.condition && conditionView(store, group.condition),
  conditions: () => group.conditions?.map((inner) => groupView(store, inner)) ?? null,
})

const conditionView = (store: Store, condition: ConditionRecord): View => ({
  fact: condition.fact,
  operator: condition.operator,
  value: condition.value,
  valueFact: condition.valueFact,
  valueFactParams: () => condition.about && targetView(store, condition.about),
})

const targetView = (store: Store, about: Holder): View => ({
  portId: about.kind === "PORT" ? about.id : null,
  podId: about.kind === "POD" ? about.id : null,
  accountId: about.kind === "ACCOUNT" ? about.id : null,
  port: about.kind === "PORT" ? portView(store, about) : null,
  pod: about.kind === "POD" ? podView(store, about) : null,
})

const endpointView = (holder: Holder): View => ({
  id: holder.id,
  type: holder.kind,
  name: holder.name,
  icon: holder.icon,
})

const actionView = (action: RuleRecord["actions"][number]): View => ({
  __typename: "PaymentAction",
  amount: { type: action.amount.type, value: action.amount.value },
  source: endpointView(action.source),
  destination: endpointView(action.destination),
  isInstantTransfer: action.instant,
})

/** Shows the arrows of the money map: one for each action of each rule. */
export const connectionViews = (rules: readonly RuleRecord[]): readonly View[] =>
  rules.flatMap((rule) =>
    rule.actions.map((action, index) => ({
      id: `${rule.id}-${index}`,
      ruleId: rule.id,
      sourceNodeId: action.source.id,
      destinationNodeId: action.destination.id,
    })),
  )

/** Shows a node of the map that represents an account or port elsewhere. */
export const ghostView = (store: Store, ghost: GhostRecord): View => ({
  id: ghost.id,
  name: ghost.name,
  icon: ghost.account?.icon ?? ghost.port?.icon ?? null,
  accountId: ghost.account?.id ?? null,
  portId: ghost.port?.id ?? null,
  account: () => ghost.account && accountView(store, ghost.account),
  port: () => ghost.port && portView(store, ghost.port),
})

/** Shows where the nodes of the map stand: accounts, ports and pods in columns. */
export const mapView = ({ accounts, ports, pods }: OrganizationRecord): View => ({
  nodes: [accounts, ports, pods].flatMap((column, x) =>
    column.map(({ id }, y) => ({ id, position: { x: x * 320, y: y * 140 } })),
  ),
  viewport: { x: 0, y: 0, zoom: 0.85 },
})
