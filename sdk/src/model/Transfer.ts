/** Transfers: movements of money, as the activity shows them. */
import * as Schema from "effect/Schema"
import { Cents, type Open, open } from "./Common.js"

/** How far a transfer is. */
export type TransferStatus = Open<"PENDING" | "PROCESSING" | "COMPLETE" | "FAILED" | "CANCELLED">

/** Where money moved, seen from Sequence. */
export type TransferDirection = Open<"INTERNAL" | "INCOMING" | "OUTGOING">

/** What set a transfer off. */
export type ActivityType = Open<
  "ONE_TIME_TRANSFER" | "RULE" | "DIRECT_DEPOSIT" | "ACH" | "MONEY_IN" | "PULLED_FROM_SEQUENCE" | "CASHBACK"
>

/** Which kind of thing stands at an end of a transfer. */
export type TransferEndpointType = Open<"POD" | "PORT" | "ACCOUNT" | "MERCHANT" | "EXTERNAL">

/** One end of a transfer. */
export interface TransferEndpoint {
  /** A kind that the SDK does not know is passed on by the service's name of it. */
  readonly type: TransferEndpointType
  /** `null` for somebody outside of whom only the name is known. */
  readonly id: string | null
  readonly name: string | null
  readonly icon: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const TransferEndpoint = Schema.Struct({
  type: open<TransferEndpointType>(),
  id: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  icon: Schema.NullOr(Schema.String),
})

/** One movement of money. */
export interface Transfer {
  readonly id: string
  readonly type: string | null
  readonly status: TransferStatus | null
  /** Why it failed, where it did. */
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

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const Transfer = Schema.Struct({
  id: Schema.String,
  type: Schema.NullOr(Schema.String),
  status: Schema.NullOr(open<TransferStatus>()),
  errorReason: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  direction: Schema.NullOr(open<TransferDirection>()),
  activityType: Schema.NullOr(open<ActivityType>()),
  createdAt: Schema.NullOr(Schema.Date),
  updatedAt: Schema.NullOr(Schema.Date),
  amountCents: Cents,
  source: Schema.NullOr(TransferEndpoint),
  destination: Schema.NullOr(TransferEndpoint),
})

/** How far one of the payments behind a transfer is. */
export interface PaymentStep {
  readonly status: string | null
  readonly createdAt: Date | null
  readonly completedAt: Date | null
  /** A calendar date, such as `2026-01-31`. */
  readonly expectedCompletion: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const PaymentStep = Schema.Struct({
  status: Schema.NullOr(Schema.String),
  createdAt: Schema.NullOr(Schema.Date),
  completedAt: Schema.NullOr(Schema.Date),
  expectedCompletion: Schema.NullOr(Schema.String),
})

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
  /** Set where the money was sent back. */
  readonly reversal: PaymentStep | null
}

/** A kind of details that the SDK does not know yet. */
export interface UnknownTransferDetails {
  readonly type: "unknown"
  /** The service's name of the kind. */
  readonly typename: string
}

/** How a transfer is carried out. */
export type TransferDetails = SimpleTransferDetails | CompoundTransferDetails | UnknownTransferDetails

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const TransferDetails = Schema.Union(
  Schema.Struct({ type: Schema.Literal("simple"), payment: Schema.NullOr(PaymentStep) }),
  Schema.Struct({
    type: Schema.Literal("compound"),
    pull: Schema.NullOr(PaymentStep),
    push: Schema.NullOr(PaymentStep),
    reversal: Schema.NullOr(PaymentStep),
  }),
  Schema.Struct({ type: Schema.Literal("unknown"), typename: Schema.String }),
)

/** The rule that set a transfer off. */
export interface TransferRule {
  readonly triggerType: string | null
  readonly triggerCron: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const TransferRule = Schema.Struct({
  triggerType: Schema.NullOr(Schema.String),
  triggerCron: Schema.NullOr(Schema.String),
})

/** Everything about one transfer. */
export interface TransferDetail extends Transfer {
  readonly details: TransferDetails | null
  /** The rule that set it off, where one did. */
  readonly rule: TransferRule | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const TransferDetail = Schema.Struct({
  ...Transfer.fields,
  details: Schema.NullOr(TransferDetails),
  rule: Schema.NullOr(TransferRule),
})

/** A page of the activity, newest first. */
export interface ActivityPage {
  readonly transfers: ReadonlyArray<Transfer>
  /** What `after` of the next page must be; empty where there is none. */
  readonly endCursor: string
  readonly hasNextPage: boolean
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const ActivityPage = Schema.Struct({
  transfers: Schema.Array(Transfer),
  endCursor: Schema.String,
  hasNextPage: Schema.Boolean,
})

/** This month over all organizations of the user. */
export interface ActivitySummary {
  readonly transferCount: number
  readonly ruleExecutions: number
  readonly totalIncomingCents: number
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const ActivitySummary = Schema.Struct({
  transferCount: Schema.Int,
  ruleExecutions: Schema.Int,
  totalIncomingCents: Cents,
})

/** Which transfers of the activity are wanted. All conditions must hold. */
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
