/** What requests may hold, and in which words a misfit is answered: never with the value itself. */
import { Schema } from "effect"

const MAX_CENTS = 2_147_483_647

const isCalendarDay = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

const Id = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(128), Schema.pattern(/^\P{Cc}*$/u))
const Day = Schema.String.pipe(Schema.pattern(/^\d{4}-\d{2}-\d{2}$/), Schema.filter(isCalendarDay))
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Texts that may stand in a comma-separated list. */
const listOf = <Value extends string>(values: ReadonlyArray<Value>) => {
  const isKnown = (text: string): boolean => values.some((value) => value === text)
  return Schema.String.pipe(Schema.filter((text) => text.split(",").every(isKnown)))
}

const STATUSES = ["PENDING", "PROCESSING", "COMPLETE", "FAILED", "CANCELLED"] as const
const DIRECTIONS = ["INTERNAL", "INCOMING", "OUTGOING"] as const
const ACTIVITY_TYPES = [
  "ONE_TIME_TRANSFER",
  "RULE",
  "DIRECT_DEPOSIT",
  "ACH",
  "MONEY_IN",
  "PULLED_FROM_SEQUENCE",
  "CASHBACK",
] as const

/** The name of a pod in a path. */
export const NamePath = Schema.Struct({ pod_name: Schema.String })
/** A pod of the server's organization. */
export const PodPath = Schema.Struct({ pod_id: Id })
/** A pod of any organization. */
export const OrganizationPodPath = Schema.Struct({ org_id: Id, pod_id: Id })
/** A transfer of the server's organization. */
export const TransferPath = Schema.Struct({ transfer_id: Id })
/** A transfer of any organization. */
export const OrganizationTransferPath = Schema.Struct({ org_id: Id, transfer_id: Id })
/** Which organization's accounts. */
export const AccountsQuery = Schema.Struct({ org_id: optional(Id) })

/** Which page of the activity. */
export const ActivityQuery = Schema.Struct({
  first: optional(
    Schema.String.pipe(
      Schema.pattern(/^\d{1,3}$/),
      Schema.filter((text) => Number(text) >= 1 && Number(text) <= 100),
    ),
  ),
  after: optional(Schema.String.pipe(Schema.maxLength(1_000))),
  org_id: optional(Id),
  statuses: optional(listOf(STATUSES)),
  directions: optional(listOf(DIRECTIONS)),
  activity_types: optional(listOf(ACTIVITY_TYPES)),
  date_start: optional(Day),
  date_end: optional(Day),
  hide_internal: optional(Schema.String.pipe(Schema.pattern(/^(true|false|1|0)$/i))),
  name: optional(Schema.String.pipe(Schema.maxLength(200))),
})

const EndType = Schema.Literal("POD", "PORT", "ACCOUNT")

/** The body that moves money. */
export const TransferBody = Schema.Struct({
  source_id: Id,
  destination_id: Id,
  amount_cents: Schema.Int.pipe(Schema.between(1, MAX_CENTS)),
  source_type: Schema.optionalWith(EndType, { exact: true, default: () => "POD" as const }),
  destination_type: Schema.optionalWith(EndType, { exact: true, default: () => "POD" as const }),
  description: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200), Schema.pattern(/^\P{Cc}*$/u)), {
    exact: true,
    default: () => "",
  }),
  instant: Schema.optionalWith(Schema.Boolean, { exact: true, default: () => false }),
  kyc_id: Schema.optionalWith(Schema.NullOr(Id), { exact: true, default: () => null }),
})

/** The key that makes a retry safe. */
export const TransferHeaders = Schema.Struct({
  "idempotency-key": optional(Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))),
})

const ID_HINT = "Input should be an id of 1 to 128 characters"
const END_HINT = "Input should be POD, PORT or ACCOUNT"
const DAY_HINT = "Input should be a day such as 2026-01-31"
const oneOf = (values: ReadonlyArray<string>) =>
  `Input should be a comma-separated list of: ${values.join(", ")}`

/** What each input should be, for people. */
export const HINTS: Readonly<Record<string, string>> = {
  pod_id: ID_HINT,
  org_id: ID_HINT,
  transfer_id: ID_HINT,
  source_id: ID_HINT,
  destination_id: ID_HINT,
  kyc_id: `${ID_HINT}, or null`,
  first: "Input should be a whole number from 1 to 100",
  after: "Input should be the end_cursor of the page before",
  statuses: oneOf(STATUSES),
  directions: oneOf(DIRECTIONS),
  activity_types: oneOf(ACTIVITY_TYPES),
  date_start: DAY_HINT,
  date_end: DAY_HINT,
  hide_internal: "Input should be true or false",
  name: "Input should be a text of at most 200 characters",
  amount_cents: `Input should be a whole number from 1 to ${MAX_CENTS}`,
  source_type: END_HINT,
  destination_type: END_HINT,
  description: "Input should be a text of at most 200 characters without control characters",
  instant: "Input should be true or false",
  "idempotency-key": "Input should be a text of 1 to 255 characters",
}
