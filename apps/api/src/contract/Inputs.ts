/** Schemas of the inputs of requests, and the messages for invalid ones. A message never repeats the value. */
import { Schema } from "effect"

const isCalendarDay = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** No C0 and C1 controls. The contract gives patterns to other languages, so each is written in what all have in common. */
const PLAIN = new RegExp(`^[^${"\\x00-\\x1f\\x7f-\\x9f"}]*$`)

const Id = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(128), Schema.pattern(PLAIN))
const Day = Schema.String.pipe(Schema.pattern(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/), Schema.filter(isCalendarDay))
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Words in a comma-separated list. Which there are is known to the service alone. */
const Words = Schema.String.pipe(Schema.pattern(/^[A-Z_]+(,[A-Z_]+)*$/))

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
/** The query of `/api/accounts`. */
export const AccountsQuery = Schema.Struct({ org_id: optional(Id) })

/** The query of `/api/activity`. */
export const ActivityQuery = Schema.Struct({
  first: optional(
    Schema.String.pipe(
      Schema.pattern(/^[0-9]{1,3}$/),
      Schema.filter((text) => Number(text) >= 1 && Number(text) <= 100),
    ),
  ),
  after: optional(Schema.String.pipe(Schema.maxLength(1_000))),
  org_id: optional(Id),
  statuses: optional(Words),
  directions: optional(Words),
  activity_types: optional(Words),
  date_start: optional(Day),
  date_end: optional(Day),
  hide_internal: optional(
    Schema.String.pipe(Schema.pattern(/^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[01])$/)),
  ),
  name: optional(Schema.String.pipe(Schema.maxLength(200))),
})

/** An empty text counts as not given. */
const NotGiven = Schema.transform(Schema.Literal(""), Schema.Null, {
  decode: () => null,
  encode: () => "" as const,
})

const EndType = Schema.Literal("POD", "PORT", "ACCOUNT")

/** The body that moves money. */
export const TransferBody = Schema.Struct({
  source_id: Id,
  destination_id: Id,
  // What is too much for one transfer is said by the limit, in the contract's words.
  amount_cents: Schema.Number.pipe(
    Schema.filter(Number.isInteger, { jsonSchema: { type: "integer" } }),
    Schema.greaterThanOrEqualTo(1),
  ),
  source_type: Schema.optionalWith(EndType, { exact: true, default: () => "POD" as const }),
  destination_type: Schema.optionalWith(EndType, { exact: true, default: () => "POD" as const }),
  description: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(200), Schema.pattern(PLAIN)), {
    exact: true,
    default: () => "",
  }),
  instant: Schema.optionalWith(Schema.Boolean, { exact: true, default: () => false }),
  kyc_id: Schema.optionalWith(Schema.NullOr(Schema.Union(Id, NotGiven)), {
    exact: true,
    default: () => null,
  }),
}).annotations({ identifier: "NewTransfer" })

/** The key that makes a retry safe. */
export const TransferHeaders = Schema.Struct({
  "idempotency-key": optional(Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))),
})

const ID_HINT = "Input should be an id of 1 to 128 characters"
const END_HINT = "Input should be POD, PORT or ACCOUNT"
const DAY_HINT = "Input should be a day such as 2026-01-31"
const WORDS_HINT = "Input should be words of capitals and underscores, separated by commas"

/** A message for each input that says what it should be. */
export const HINTS: Readonly<Record<string, string>> = {
  pod_id: ID_HINT,
  org_id: ID_HINT,
  transfer_id: ID_HINT,
  source_id: ID_HINT,
  destination_id: ID_HINT,
  kyc_id: `${ID_HINT}, or null`,
  first: "Input should be a whole number from 1 to 100",
  after: "Input should be the end_cursor of the page before",
  statuses: WORDS_HINT,
  directions: WORDS_HINT,
  activity_types: WORDS_HINT,
  date_start: DAY_HINT,
  date_end: DAY_HINT,
  hide_internal: "Input should be true or false",
  name: "Input should be a text of at most 200 characters",
  amount_cents: "Input should be a whole number of cents, and at least 1",
  source_type: END_HINT,
  destination_type: END_HINT,
  description: "Input should be a text of at most 200 characters without control characters",
  instant: "Input should be true or false",
  "idempotency-key": "Input should be a text of 1 to 255 characters",
}
