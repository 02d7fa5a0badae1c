/** Tools that read the activity. */
import { Effect, Schema } from "effect"
import { Activity, formatCents } from "tsequence/effect"
import { define, maybe } from "./Tool.js"
import * as ToolViews from "./ToolViews.js"

const DEFAULT_COUNT = 10

const getRecentActivity = define({
  name: "get_recent_activity",
  description: `Lists the newest transfers, newest first: ${DEFAULT_COUNT} unless count says otherwise. Can be limited to days such as 2026-01-31, both included, and to a text in the name of the source or the destination. Only what is COMPLETE has moved; what is PENDING or PROCESSING was accepted.`,
  input: Schema.Struct({
    count: maybe(Schema.Int.pipe(Schema.between(1, 50))),
    direction: maybe(Schema.Literal("INTERNAL", "INCOMING", "OUTGOING")),
    status: maybe(Schema.Literal("PENDING", "PROCESSING", "COMPLETE", "FAILED", "CANCELLED")),
    activity_type: maybe(
      Schema.Literal(
        "ONE_TIME_TRANSFER",
        "RULE",
        "DIRECT_DEPOSIT",
        "ACH",
        "MONEY_IN",
        "PULLED_FROM_SEQUENCE",
        "CASHBACK",
      ),
    ),
    date_start: maybe(Schema.String),
    date_end: maybe(Schema.String),
    name: maybe(Schema.String),
  }),
  handle: ({ count, direction, status, activity_type, date_start, date_end, name }) =>
    Effect.gen(function* () {
      const { transfers } = yield* (yield* Activity.Activity).getActivity({
        first: count ?? DEFAULT_COUNT,
        directions: direction ? [direction] : undefined,
        statuses: status ? [status] : undefined,
        activityTypes: activity_type ? [activity_type] : undefined,
        dateStart: date_start ?? undefined,
        dateEnd: date_end ?? undefined,
        name: name ?? undefined,
      })
      return { transfers: transfers.map(ToolViews.transfer), count: transfers.length }
    }),
})

const getTransferStatus = define({
  name: "get_transfer_status",
  description:
    "Gives one transfer by its id, with its payment steps, the rule that made it, and when it last changed.",
  input: Schema.Struct({ transfer_id: Schema.String }),
  handle: ({ transfer_id }) =>
    Effect.gen(function* () {
      return ToolViews.transferDetail(yield* (yield* Activity.Activity).getTransferDetail(transfer_id))
    }),
})

const getActivitySummary = define({
  name: "get_activity_summary",
  description: "Gives this month's number of transfers and rule executions, and incoming money.",
  input: Schema.Struct({}),
  handle: () =>
    Effect.gen(function* () {
      const summary = yield* (yield* Activity.Activity).getActivitySummary()
      return {
        transfer_count: summary.transferCount,
        rule_executions: summary.ruleExecutions,
        total_incoming_cents: summary.totalIncomingCents,
        total_incoming: formatCents(summary.totalIncomingCents),
      }
    }),
})

/** Tools that read the activity. */
export const activityTools = [getRecentActivity, getTransferStatus, getActivitySummary] as const
