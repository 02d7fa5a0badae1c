/**
 * Records of the sandbox. They are internal: the GraphQL views decide what of them is
 * shown. Money is never kept here but in the ledger, by id.
 */

/** The kinds of account that a payment can name. */
export type PaymentKind = "POD" | "PORT" | "ACCOUNT"

interface Common {
  readonly id: string
  readonly organizationId: string
  name: string
  icon: string | null
  description: string | null
  readonly createdAt: number
  readonly beneficiaryName: string
  readonly bankAccountNumber: string
  readonly routingNumber: string
  /** The part of the balance that is hidden, to test missing data: the amount, or all of `metadata`. */
  hidden: "nothing" | "balance" | "metadata"
}

/** A virtual account inside Sequence, with the debt it pays and the cards that spend from it. */
export interface PodRecord extends Common {
  readonly kind: "POD"
  readonly type: string
  goalCents: number | null
  readonly linkedAccountId: string | null
  readonly liability: Liability | null
  readonly cards: readonly CardRecord[]
}

/** An account inside Sequence that income arrives at. */
export interface PortRecord extends Common {
  readonly kind: "PORT"
}

/** An account outside Sequence, and why payments may not use it. */
export interface AccountRecord extends Common {
  readonly kind: "ACCOUNT"
  readonly type: string
  readonly providerType: "PLAID" | "METHOD" | "MANUAL"
  readonly institution: Institution | null
  /** The reason, for people, why it cannot be a source; `null` if it can. */
  readonly refusesAsSource: string | null
  /** The reason, for people, why it cannot be a destination; `null` if it can. */
  readonly refusesAsDestination: string | null
  readonly pendingDisconnectCode: string | null
}

/** A shop that a card has paid at. */
export interface MerchantRecord {
  readonly kind: "MERCHANT"
  readonly id: string
  readonly name: string
  readonly icon: string
}

/** An outside party of which only the name is known. */
export interface ExternalRecord {
  readonly kind: "EXTERNAL"
  readonly id: string
  readonly name: string
}

/** An end of a transfer that a payment can name. */
export type Holder = PodRecord | PortRecord | AccountRecord

/** Any end of a transfer. */
export type End = Holder | MerchantRecord | ExternalRecord

/** A bank or lender. */
interface Institution {
  readonly id: string
  readonly name: string
}

/** The debt that a pod pays off; `error` if the provider did not answer. */
export type Liability =
  | {
      readonly kind: "known"
      readonly id: string
      readonly accountId: string
      readonly mask: string
      readonly subtype: string
      readonly statementCents: number
      readonly minimumCents: number
      readonly interestPercent: number
    }
  | { readonly kind: "error"; readonly code: string; readonly message: string }

/** A debit card of a pod. */
export interface CardRecord {
  readonly id: string
  readonly type: "VIRTUAL" | "PHYSICAL"
  readonly last4: string
  readonly expires: string
  readonly holder: string
  readonly status: string
  readonly transactions: readonly CardEntry[]
  readonly authorizations: readonly CardEntry[]
}

/** A purchase or refund on a card; amounts are cents and never negative. */
export interface CardEntry {
  readonly id: string
  readonly cents: number
  readonly direction: "DEBIT" | "CREDIT"
  readonly summary: string
  readonly createdAt: number
}

/** The status of a transfer. */
export type Status = "PENDING" | "PROCESSING" | "COMPLETE" | "FAILED" | "CANCELLED"
/** The direction of a transfer, as Sequence sees it. */
export type Direction = "INTERNAL" | "INCOMING" | "OUTGOING"
/** The cause of a transfer. */
export type Activity =
  | "ONE_TIME_TRANSFER"
  | "RULE"
  | "DIRECT_DEPOSIT"
  | "ACH"
  | "MONEY_IN"
  | "PULLED_FROM_SEQUENCE"
  | "CASHBACK"

/** A transfer, as the activity shows it. */
export interface TransferRecord {
  readonly id: string
  /** Order of arrival; decides between transfers of the same millisecond. */
  readonly sequence: number
  readonly organizationId: string
  readonly source: End
  readonly destination: End
  readonly amountCents: number
  readonly direction: Direction
  readonly activityType: Activity
  readonly description: string | null
  readonly instant: boolean
  readonly createdAt: number
  /** The time at which it completes or fails. */
  readonly settlesAt: number
  readonly rule: {
    readonly id: string
    readonly triggerType: string
    readonly triggerCron: string | null
  } | null
  status: Status
  updatedAt: number
  errorReason: string | null
}

/** The trigger of a rule; at most one of the ids is set. */
export interface TriggerRecord {
  readonly kind: "FundsTransferTrigger" | "ScheduledTrigger" | "RemoteApiTrigger" | "ManualTrigger"
  readonly id: string
  readonly portId: string | null
  readonly podId: string | null
  readonly accountId: string | null
  readonly ghostNodeId: string | null
  readonly cron: string | null
}

/** A comparison: of a fact with a value, or with another fact. */
export interface ConditionRecord {
  readonly fact: string
  readonly operator: string
  readonly value: number | null
  readonly valueFact: string | null
  readonly about: Holder | null
}

/** A tree of comparisons: a single one, or several that AND or OR joins. */
export interface ConditionGroupRecord {
  readonly combinator: "AND" | "OR" | null
  readonly condition: ConditionRecord | null
  readonly conditions: readonly ConditionGroupRecord[] | null
}

/** A rule: when, on which conditions, and what it moves. */
export interface RuleRecord {
  readonly id: string
  readonly priority: number
  readonly nickname: string | null
  readonly description: string
  readonly enabled: boolean
  readonly testMode: boolean
  readonly isDirectDeposit: boolean
  readonly createdAt: number
  readonly trigger: TriggerRecord
  readonly conditions: ConditionGroupRecord | null
  readonly actions: ReadonlyArray<{
    readonly source: Holder
    readonly destination: Holder
    readonly amount: {
      readonly type: "FIXED" | "PERCENTAGE" | "TOP_UP" | "REMAINDER"
      readonly value: number
    }
    readonly instant: boolean
  }>
}

/** A node of the money map that represents an account or port elsewhere on it. */
export interface GhostRecord {
  readonly id: string
  readonly name: string
  readonly account: AccountRecord | null
  readonly port: PortRecord | null
}

/** An organization with everything in it but its money and its activity. */
export interface OrganizationRecord {
  readonly id: string
  readonly membershipId: string
  readonly ownerId: string
  readonly kyc: { readonly id: string; readonly name: string; readonly type: "INDIVIDUAL" | "BUSINESS" }
  readonly pods: PodRecord[]
  readonly ports: PortRecord[]
  readonly accounts: AccountRecord[]
  rules: readonly RuleRecord[]
  ghosts: readonly GhostRecord[]
}

/** A user who can log in. */
export interface UserRecord {
  /** Auth0's subject. */
  readonly id: string
  readonly name: string
  readonly email: string
  readonly password: string
  /** Base32, as an authenticator app is given it. */
  readonly totpSecret: string
}
