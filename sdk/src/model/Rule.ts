/** Rules, which move money by themselves, and the map that the web app draws of them. */
import * as Schema from "effect/Schema"

/** What sets a rule off. */
export interface RuleTrigger {
  /** The service's name of the kind, such as `ScheduledTrigger` or `FundsTransferTrigger`. */
  readonly type: string
  readonly id: string
  readonly podId: string | null
  readonly portId: string | null
  readonly accountId: string | null
  /** When a scheduled one runs. */
  readonly cron: string | null
  readonly scheduleType: string | null
  readonly timeZone: string | null
  readonly startDate: Date | null
  /** Where a remote one is called. */
  readonly endpoint: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const RuleTrigger = Schema.Struct({
  type: Schema.String,
  id: Schema.String,
  podId: Schema.NullOr(Schema.String),
  portId: Schema.NullOr(Schema.String),
  accountId: Schema.NullOr(Schema.String),
  cron: Schema.NullOr(Schema.String),
  scheduleType: Schema.NullOr(Schema.String),
  timeZone: Schema.NullOr(Schema.String),
  startDate: Schema.NullOr(Schema.Date),
  endpoint: Schema.NullOr(Schema.String),
})

/** One comparison that decides whether a step of a rule runs. */
export interface RuleCondition {
  readonly fact: string | null
  readonly operator: string | null
  /** As the service sends it. */
  readonly value: unknown
  readonly valueFact: string | null
  readonly podId: string | null
  readonly portId: string | null
  readonly accountId: string | null
}

/** Conditions that must hold together or one of them. */
export interface RuleConditions {
  /** Such as `AND` or `OR`. */
  readonly combinator: string | null
  readonly condition: RuleCondition | null
  readonly conditions: ReadonlyArray<RuleConditions>
}

const RuleCondition = Schema.Struct({
  fact: Schema.NullOr(Schema.String),
  operator: Schema.NullOr(Schema.String),
  value: Schema.Unknown,
  valueFact: Schema.NullOr(Schema.String),
  podId: Schema.NullOr(Schema.String),
  portId: Schema.NullOr(Schema.String),
  accountId: Schema.NullOr(Schema.String),
})

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const RuleConditions: Schema.Schema<RuleConditions> = Schema.Struct({
  combinator: Schema.NullOr(Schema.String),
  condition: Schema.NullOr(RuleCondition),
  conditions: Schema.Array(Schema.suspend((): Schema.Schema<RuleConditions> => RuleConditions)),
})

/** One end of what a rule moves. */
export interface RuleEndpoint {
  readonly id: string
  readonly type: string | null
  readonly name: string | null
  readonly icon: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const RuleEndpoint = Schema.Struct({
  id: Schema.String,
  type: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  icon: Schema.NullOr(Schema.String),
})

/** Something that a rule does. */
export interface RuleAction {
  /** The service's name of the kind, such as `PaymentAction`. */
  readonly type: string
  /** How much, as the service sends it: a fixed sum, a percentage, or what is left. */
  readonly amount: unknown
  readonly source: RuleEndpoint | null
  readonly destination: RuleEndpoint | null
  readonly instant: boolean | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const RuleAction = Schema.Struct({
  type: Schema.String,
  amount: Schema.Unknown,
  source: Schema.NullOr(RuleEndpoint),
  destination: Schema.NullOr(RuleEndpoint),
  instant: Schema.NullOr(Schema.Boolean),
})

/** What a rule does when its conditions hold. */
export interface RuleStep {
  readonly conditions: RuleConditions | null
  readonly actions: ReadonlyArray<RuleAction>
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const RuleStep = Schema.Struct({
  conditions: Schema.NullOr(RuleConditions),
  actions: Schema.Array(RuleAction),
})

/** A rule that moves money by itself. */
export interface Rule {
  readonly id: string
  readonly priority: number | null
  readonly nickname: string | null
  readonly description: string | null
  /** What stands on the transfers that it makes. */
  readonly transferDescription: string | null
  readonly enabled: boolean | null
  readonly isDirectDeposit: boolean | null
  readonly testModeEnabled: boolean | null
  readonly createdAt: Date | null
  readonly trigger: RuleTrigger | null
  readonly steps: ReadonlyArray<RuleStep>
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const Rule = Schema.Struct({
  id: Schema.String,
  priority: Schema.NullOr(Schema.Number),
  nickname: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  transferDescription: Schema.NullOr(Schema.String),
  enabled: Schema.NullOr(Schema.Boolean),
  isDirectDeposit: Schema.NullOr(Schema.Boolean),
  testModeEnabled: Schema.NullOr(Schema.Boolean),
  createdAt: Schema.NullOr(Schema.Date),
  trigger: Schema.NullOr(RuleTrigger),
  steps: Schema.Array(RuleStep),
})

/** An arrow of the money map. */
export interface MoneyMapConnection {
  readonly id: string
  readonly ruleId: string | null
  readonly sourceNodeId: string | null
  readonly destinationNodeId: string | null
}

/** A node of the money map that stands for an account or port elsewhere. */
export interface MoneyMapGhostNode {
  readonly id: string
  readonly name: string | null
  readonly icon: string | null
  readonly accountId: string | null
  readonly portId: string | null
}

/** Where the web app draws a node of the money map. */
export interface MoneyMapNode {
  readonly id: string
  readonly x: number
  readonly y: number
}

/** The rules of an organization and how the web app draws them. */
export interface MoneyMap {
  readonly organizationId: string
  readonly rules: ReadonlyArray<Rule>
  readonly connections: ReadonlyArray<MoneyMapConnection>
  readonly ghostNodes: ReadonlyArray<MoneyMapGhostNode>
  readonly nodes: ReadonlyArray<MoneyMapNode>
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const MoneyMap = Schema.Struct({
  organizationId: Schema.String,
  rules: Schema.Array(Rule),
  connections: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      ruleId: Schema.NullOr(Schema.String),
      sourceNodeId: Schema.NullOr(Schema.String),
      destinationNodeId: Schema.NullOr(Schema.String),
    }),
  ),
  ghostNodes: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      name: Schema.NullOr(Schema.String),
      icon: Schema.NullOr(Schema.String),
      accountId: Schema.NullOr(Schema.String),
      portId: Schema.NullOr(Schema.String),
    }),
  ),
  nodes: Schema.Array(Schema.Struct({ id: Schema.String, x: Schema.Number, y: Schema.Number })),
})
