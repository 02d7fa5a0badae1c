/** The bodies of the answers: snake_case, money in cents beside text, times in US Eastern. */
import { Schema } from "effect"

const Text = Schema.NullOr(Schema.String)
const Cents = Schema.Int
const MaybeCents = Schema.NullOr(Cents)

/** The server's sign of life. */
export const Health = Schema.Struct({ status: Schema.Literal("ok") }).annotations({ identifier: "Health" })

const holder = {
  id: Schema.String,
  name: Schema.String,
  organization_id: Schema.String,
  balance_cents: MaybeCents,
  balance: Text,
}

/** A pod in a list. A balance that the service does not tell is null. */
export const Pod = Schema.Struct(holder).annotations({ identifier: "Pod" })

/** All pods together. */
export const TotalBalance = Schema.Struct({
  total_balance_cents: Cents,
  total_balance: Schema.String,
  pod_count: Schema.Int,
}).annotations({ identifier: "TotalBalance" })

/** All pods, ports, and accounts of one organization. */
export const Accounts = Schema.Struct({
  pods: Schema.Array(Schema.Struct({ ...holder, type: Text })),
  ports: Schema.Array(Schema.Struct(holder)),
  accounts: Schema.Array(Schema.Struct({ ...holder, type: Text, provider_type: Text, institution: Text })),
}).annotations({ identifier: "Accounts" })

/** This month. */
export const Summary = Schema.Struct({
  transfer_count: Schema.Int,
  rule_executions: Schema.Int,
  total_incoming_cents: Cents,
  total_incoming: Schema.String,
}).annotations({ identifier: "ActivitySummary" })

/** The source or destination of a transfer. */
export const Endpoint = Schema.Struct({ id: Text, type: Schema.String, name: Text, icon: Text }).annotations({
  identifier: "Endpoint",
})

/** A transfer in a list. */
export const Transfer = Schema.Struct({
  id: Schema.String,
  type: Text,
  status: Text,
  error_reason: Text,
  created_at: Text,
  updated_at: Text,
  amount_cents: Cents,
  amount: Schema.String,
  source: Schema.NullOr(Endpoint),
  destination: Schema.NullOr(Endpoint),
  direction: Text,
  activity_type: Text,
  description: Text,
}).annotations({ identifier: "Transfer" })

/** A page of the activity. */
export const ActivityPage = Schema.Struct({
  transfers: Schema.Array(Transfer),
  page_info: Schema.Struct({ end_cursor: Schema.String, has_next_page: Schema.Boolean }),
}).annotations({ identifier: "ActivityPage" })

const step = { status: Text, created_at: Text, completed_at: Text, expected_completion: Text }

/** A payment behind a transfer. */
export const Step = Schema.NullOr(Schema.Struct(step))

/** The payments that carry out a transfer. */
export const Details = Schema.Union(
  Schema.Struct({ type: Schema.Literal("simple"), ...step }),
  Schema.Struct({ type: Schema.Literal("compound"), pull: Step, push: Step, reversal: Step }),
  Schema.Struct({ type: Schema.Literal("unknown") }),
).annotations({ identifier: "TransferDetails" })

/** A transfer with its payments and its rule. */
export const TransferDetail = Schema.Struct({
  ...Transfer.fields,
  details: Schema.NullOr(Details),
  rule: Schema.optionalWith(Schema.Struct({ trigger_type: Text, trigger_cron: Text }), { exact: true }),
}).annotations({ identifier: "TransferDetail" })

/** The debt that a pod pays off, or the reason why it is not known. */
export const Liability = Schema.Union(
  Schema.Struct({
    type: Schema.Literal("LIABILITY"),
    id: Schema.String,
    name: Text,
    mask: Text,
    subtype: Text,
    institution: Text,
    balance_cents: MaybeCents,
    balance: Text,
    balance_last_updated: Text,
    last_statement_balance_cents: MaybeCents,
    next_payment_minimum_cents: MaybeCents,
    next_payment_due_date: Text,
    interest_rate_percentage: Schema.NullOr(Schema.Number),
  }),
  Schema.Struct({ type: Schema.Literal("ERROR"), error_code: Text, display_message: Text }),
  Schema.Struct({ type: Schema.Literal("UNKNOWN") }),
).annotations({ identifier: "Liability" })

/** The details of one pod. */
export const PodDetail = Schema.Struct({
  ...Pod.fields,
  icon: Text,
  beneficiary_name: Text,
  bank_account_number: Text,
  routing_number: Text,
  goal_amount_cents: MaybeCents,
  linked_account: Schema.NullOr(Schema.Struct({ id: Schema.String, name: Text })),
  liability: Schema.NullOr(Liability),
  recent_transfers: Schema.Array(Transfer),
}).annotations({ identifier: "PodDetail" })

/** A transfer that was accepted. `id` is null where the service has not shown it yet. */
export const Receipt = Schema.Struct({
  id: Text,
  status: Text,
  amount_cents: Cents,
  amount: Schema.String,
  source: Endpoint,
  destination: Endpoint,
  created_at: Text,
  request_id: Schema.String,
  organization: Schema.NullOr(Schema.Struct({ id: Schema.String, pods: Schema.Array(Pod) })),
}).annotations({ identifier: "Receipt" })

/** The server's readiness to move money, and transfers whose outcome is not known. */
export const Ready = Schema.Struct({
  status: Schema.Literal("ready"),
  unresolved: Schema.Array(
    Schema.Struct({ request_id: Schema.String, status: Schema.String, amount_cents: Cents }),
  ),
  /** Present if something may keep transfers from being made. */
  warnings: Schema.optional(Schema.Array(Schema.String)),
}).annotations({ identifier: "Ready" })

/** The error with its fields, for programs: those of its class, in snake_case. */
const ErrorFields = Schema.Struct(
  { tag: Schema.String, request_id: Schema.optional(Schema.String) },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
).annotations({ identifier: "ErrorFields" })

/** The body of an error. */
export const Detail = Schema.Struct({
  detail: Schema.String,
  error: Schema.optional(ErrorFields),
}).annotations({ identifier: "Error" })

/** The body of a 422: each invalid input, and its place. */
export const ValidationDetail = Schema.Struct({
  detail: Schema.Array(
    Schema.Struct({
      loc: Schema.Array(Schema.Union(Schema.String, Schema.Int)),
      msg: Schema.String,
      type: Schema.String,
    }),
  ),
  error: Schema.optional(ErrorFields),
}).annotations({ identifier: "ValidationError" })
