/** Transfers: movements of money, as the activity shows them. */
import type { Open } from "./Common.js"

/** The status of a transfer. */
export type TransferStatus = Open<"PENDING" | "PROCESSING" | "COMPLETE" | "FAILED" | "CANCELLED">

/** The direction in which money moved, seen from Sequence. */
export type TransferDirection = Open<"INTERNAL" | "INCOMING" | "OUTGOING">

/** The event that triggered a transfer. */
export type ActivityType = Open<
  "ONE_TIME_TRANSFER" | "RULE" | "DIRECT_DEPOSIT" | "ACH" | "MONEY_IN" | "PULLED_FROM_SEQUENCE" | "CASHBACK"
>

/** The kind of a transfer's source or destination. */
export type TransferEndpointType = Open<"POD" | "PORT" | "ACCOUNT" | "MERCHANT" | "EXTERNAL">

/** The source or destination of a transfer. */
export interface TransferEndpoint {
  /** A kind that the SDK does not know is passed on by the service's name of it. */
  readonly type: TransferEndpointType
  /** `null` for an outside party of which only the name is known. */
  readonly id: string | null
  readonly name: string | null
  readonly icon: string | null
}

/** A movement of money. */
export interface Transfer {
  readonly id: string
  readonly type: string | null
  readonly status: TransferStatus | null
  /** The reason why it failed, if it did. */
  readonly errorReason: string | null
  readonly description: string | null
  readonly direction: TransferDirection | null
  readonly activityType: ActivityType | null
  readonly createdAt: Date | null
  readonly updatedAt: Date | null
  /** In cents. */
  readonly amountCents: number
  readonly source: TransferEndpoint | null
  readonly destination: TransferEndpoint | null
}

/** The progress of one of the payments behind a transfer. */
export interface PaymentStep {
  readonly status: string | null
  readonly createdAt: Date | null
  readonly completedAt: Date | null
  /** A calendar date, such as `2026-01-31`. */
  readonly expectedCompletion: string | null
}

/** A transfer that one payment carries out. */
export interface SimpleTransferDetails {
  readonly type: "simple"
  readonly payment: PaymentStep | null
}

/** A transfer that first pulls money into Sequence, then pushes it out. */
export interface CompoundTransferDetails {
  readonly type: "compound"
  readonly pull: PaymentStep | null
  readonly push: PaymentStep | null
  /** Set if the money was sent back. */
  readonly reversal: PaymentStep | null
}

/** A kind of details that the SDK does not know yet. */
export interface UnknownTransferDetails {
  readonly type: "unknown"
  /** The service's name of the kind. */
  readonly typename: string
}

/** The payments that carry out a transfer. */
export type TransferDetails = SimpleTransferDetails | CompoundTransferDetails | UnknownTransferDetails

/** The rule that triggered a transfer. */
export interface TransferRule {
  readonly triggerType: string | null
  readonly triggerCron: string | null
}

/** All details of one transfer. */
export interface TransferDetail extends Transfer {
  readonly details: TransferDetails | null
  /** The rule that triggered it, if one did. */
  readonly rule: TransferRule | null
}

/** A page of the activity, newest first. */
export interface ActivityPage {
  readonly transfers: ReadonlyArray<Transfer>
  /** The value of `after` for the next page; empty if there is none. */
  readonly endCursor: string
  readonly hasNextPage: boolean
}

/** This month over all organizations of the user. */
export interface ActivitySummary {
  readonly transferCount: number
  readonly ruleExecutions: number
  readonly totalIncomingCents: number
}

/** The conditions by which transfers of the activity are selected. All of them must hold. */
export interface ActivityFilter {
  /** Default: the client's organization. */
  readonly organizationId?: string | undefined
  readonly statuses?: ReadonlyArray<TransferStatus> | undefined
  readonly directions?: ReadonlyArray<TransferDirection> | undefined
  readonly activityTypes?: ReadonlyArray<ActivityType> | undefined
  /** First day, included, such as `2026-01-01`. */
  readonly dateStart?: string | undefined
  /** Last day, included, such as `2026-01-31`. */
  readonly dateEnd?: string | undefined
  /** Leaves out what moved between pods and ports. */
  readonly hideInternal?: boolean | undefined
  /** Text that the name of an end contains. */
  readonly name?: string | undefined
}
