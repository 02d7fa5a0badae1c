/** Rules, which move money by themselves, and the map that the web app draws of them. */

/** The event that triggers a rule. */
export interface RuleTrigger {
  /** The service's name of the kind, such as `ScheduledTrigger` or `FundsTransferTrigger`. */
  readonly type: string
  readonly id: string
  readonly podId: string | null
  readonly portId: string | null
  readonly accountId: string | null
  /** The schedule of a scheduled trigger. */
  readonly cron: string | null
  readonly scheduleType: string | null
  readonly timeZone: string | null
  readonly startDate: Date | null
  /** The address at which a remote trigger is called. */
  readonly endpoint: string | null
}

/** A comparison that decides whether a step of a rule runs. */
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

/** Conditions of which all or at least one must hold, as `combinator` says. */
export interface RuleConditions {
  /** Such as `AND` or `OR`. */
  readonly combinator: string | null
  readonly condition: RuleCondition | null
  readonly conditions: ReadonlyArray<RuleConditions>
}

/** The source or destination of money that a rule moves. */
export interface RuleEndpoint {
  readonly id: string
  readonly type: string | null
  readonly name: string | null
  readonly icon: string | null
}

/** Something that a rule does. */
export interface RuleAction {
  /** The service's name of the kind, such as `PaymentAction`. */
  readonly type: string
  /** The amount, as the service sends it: a fixed sum, a percentage, or what is left. */
  readonly amount: unknown
  readonly source: RuleEndpoint | null
  readonly destination: RuleEndpoint | null
  readonly instant: boolean | null
}

/** The actions of a rule, and the conditions under which they run. */
export interface RuleStep {
  readonly conditions: RuleConditions | null
  readonly actions: ReadonlyArray<RuleAction>
}

/** A rule that moves money by itself. */
export interface Rule {
  readonly id: string
  readonly priority: number | null
  readonly nickname: string | null
  readonly description: string | null
  /** The description of the transfers that it makes. */
  readonly transferDescription: string | null
  readonly enabled: boolean | null
  readonly isDirectDeposit: boolean | null
  readonly testModeEnabled: boolean | null
  readonly createdAt: Date | null
  readonly trigger: RuleTrigger | null
  readonly steps: ReadonlyArray<RuleStep>
}

/** An arrow of the money map. */
export interface MoneyMapConnection {
  readonly id: string
  readonly ruleId: string | null
  readonly sourceNodeId: string | null
  readonly destinationNodeId: string | null
}

/** A node of the money map that represents an account or port elsewhere. */
export interface MoneyMapGhostNode {
  readonly id: string
  readonly name: string | null
  readonly icon: string | null
  readonly accountId: string | null
  readonly portId: string | null
}

/** The position at which the web app draws a node of the money map. */
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
