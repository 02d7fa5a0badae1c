/** Pods: the virtual accounts inside Sequence that money is set aside in. */
import type { DebitCard } from "./DebitCard.js"
import type { Institution } from "./Institution.js"
import type { Transfer } from "./Transfer.js"

/** A pod as it appears in lists. */
export interface Pod {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "POD"
  readonly id: string
  readonly organizationId: string
  readonly name: string
  /** The balance, in cents. `null` if the service does not say, which is not the same as 0. */
  readonly balanceCents: number | null
  /** The service's own word for the kind of pod, if there is one. */
  readonly type: string | null
  readonly icon: string | null
  readonly description: string | null
  /** The savings goal of its owner, in cents. */
  readonly goalCents: number | null
}

/** The limits on payments into a pod, and the parts of them that are left, in cents. */
export interface CreditLimits {
  readonly dailyCents: number | null
  readonly remainingDailyCents: number | null
  readonly remainingMonthlyCents: number | null
}

/** The outside account that a pod pays or is filled from. */
export interface LinkedAccount {
  readonly id: string
  readonly name: string | null
  /** Set if the connection to its bank is about to be lost. */
  readonly pendingDisconnectCode: string | null
}

/** The debt on the credit card or loan that a pod pays. */
export interface Liability {
  readonly type: "LIABILITY"
  readonly id: string
  readonly name: string | null
  /** The last digits of its number. */
  readonly mask: string | null
  readonly subtype: string | null
  readonly institution: Institution | null
  readonly balanceCents: number | null
  readonly balanceLastUpdated: Date | null
  readonly lastStatementBalanceCents: number | null
  readonly nextPaymentMinimumCents: number | null
  /** A calendar date, such as `2026-01-31`. */
  readonly nextPaymentDueDate: string | null
  readonly interestRatePercentage: number | null
}

/** The service's message if it could not find out what is owed. */
export interface LiabilityError {
  readonly type: "ERROR"
  readonly errorCode: string | null
  readonly displayMessage: string | null
}

/** A kind of liability that the SDK does not know yet. */
export interface UnknownLiability {
  readonly type: "UNKNOWN"
  /** The service's name of the kind. */
  readonly typename: string
}

/** All details of one pod. Printed, it shows the last four digits of its account numbers only. */
export interface PodDetail extends Pod {
  readonly beneficiaryName: string | null
  readonly bankAccountNumber: string | null
  readonly routingNumber: string | null
  readonly createdAt: Date | null
  readonly limits: CreditLimits | null
  readonly linkedAccount: LinkedAccount | null
  /** The debt on the card or loan that it pays, if it pays one. */
  readonly liability: Liability | LiabilityError | UnknownLiability | null
  /** `null` if they are not known, as to a client with an API key. */
  readonly debitCards: ReadonlyArray<DebitCard> | null
  /** The newest five, newest first. */
  readonly recentTransfers: ReadonlyArray<Transfer>
}

/** The balance of all pods together. */
export interface TotalBalance {
  /** In cents. */
  readonly totalCents: number
  readonly podCount: number
}
