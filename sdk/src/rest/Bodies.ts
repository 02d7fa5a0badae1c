/** The bodies of the contract, and the models that they become. */

import {
  array,
  type Decoder,
  type Field,
  flag,
  integer,
  literal,
  Misfit,
  nullable,
  number,
  object,
  optional,
  text,
  time,
} from "../internal/Decode.js"
import type { PaymentStep, Transfer, TransferEndpoint } from "../model/Transfer.js"
import type * as Models from "./Models.js"

const maybeText = nullable(text)
const maybeCents = nullable(integer)
const maybeTime = nullable(time)

export const health: Decoder<Models.RestHealth> = object((field) => ({
  status: field("status", literal("ok")),
}))

export const readiness: Decoder<Models.RestReadiness> = object((field) => ({
  status: field("status", literal("ready")),
  unresolved: field(
    "unresolved",
    array(
      object((of) => ({
        requestId: of("request_id", text),
        status: of("status", text),
        amountCents: of("amount_cents", integer),
      })),
    ),
  ),
}))

const podOf = (field: Field): Models.RestPod => ({
  kind: "POD",
  id: field("id", text),
  organizationId: field("organization_id", text),
  name: field("name", text),
  balanceCents: field("balance_cents", maybeCents),
})

export const pod: Decoder<Models.RestPod> = object(podOf)

export const pods: Decoder<ReadonlyArray<Models.RestPod>> = array(pod)

export const totalBalance: Decoder<Models.RestTotalBalance> = object((field) => ({
  totalCents: field("total_balance_cents", integer),
  podCount: field("pod_count", integer),
}))

const accountsPod: Decoder<Models.RestAccountsPod> = object((field) => ({
  kind: "POD",
  id: field("id", text),
  name: field("name", text),
  balanceCents: field("balance_cents", maybeCents),
  type: field("type", maybeText),
}))

const port: Decoder<Models.RestPort> = object((field) => ({
  kind: "PORT",
  id: field("id", text),
  name: field("name", text),
  balanceCents: field("balance_cents", maybeCents),
}))

const externalAccount: Decoder<Models.RestExternalAccount> = object((field) => ({
  kind: "ACCOUNT",
  id: field("id", text),
  name: field("name", text),
  balanceCents: field("balance_cents", maybeCents),
  type: field("type", maybeText),
  providerType: field("provider_type", maybeText),
  institutionName: field("institution", maybeText),
}))

export const accounts: Decoder<Models.RestAccounts> = object((field) => ({
  pods: field("pods", array(accountsPod)),
  ports: field("ports", array(port)),
  accounts: field("accounts", array(externalAccount)),
}))

export const activitySummary = object((field) => ({
  transferCount: field("transfer_count", integer),
  ruleExecutions: field("rule_executions", integer),
  totalIncomingCents: field("total_incoming_cents", integer),
}))

const endpoint: Decoder<TransferEndpoint> = object((field) => ({
  type: field("type", text),
  id: field("id", maybeText),
  name: field("name", maybeText),
  icon: field("icon", maybeText),
}))

const transferOf = (field: Field): Transfer => ({
  id: field("id", text),
  type: field("type", maybeText),
  status: field("status", maybeText),
  errorReason: field("error_reason", maybeText),
  description: field("description", maybeText),
  direction: field("direction", maybeText),
  activityType: field("activity_type", maybeText),
  createdAt: field("created_at", maybeTime),
  updatedAt: field("updated_at", maybeTime),
  amountCents: field("amount_cents", integer),
  source: field("source", nullable(endpoint)),
  destination: field("destination", nullable(endpoint)),
})

const transfer: Decoder<Transfer> = object(transferOf)

export const activityPage = object((field) => ({
  transfers: field("transfers", array(transfer)),
  ...field(
    "page_info",
    object((of) => ({ endCursor: of("end_cursor", text), hasNextPage: of("has_next_page", flag) })),
  ),
}))

const stepOf = (field: Field): PaymentStep => ({
  status: field("status", maybeText),
  createdAt: field("created_at", maybeTime),
  completedAt: field("completed_at", maybeTime),
  expectedCompletion: field("expected_completion", maybeText),
})

const step = nullable(object(stepOf))

const details: Decoder<Models.RestTransferDetails> = object((field) => {
  switch (field("type", text)) {
    case "simple":
      return { type: "simple", ...stepOf(field) }
    case "compound":
      return {
        type: "compound",
        pull: field("pull", step),
        push: field("push", step),
        reversal: field("reversal", step),
      }
    default:
      return { type: "unknown" }
  }
})

const rule = object((field) => ({
  triggerType: field("trigger_type", maybeText),
  triggerCron: field("trigger_cron", maybeText),
}))

export const transferDetail: Decoder<Models.RestTransferDetail> = object((field) => ({
  ...transferOf(field),
  details: field("details", nullable(details)),
  rule: field("rule", optional(nullable(rule))),
}))

const liability: Decoder<NonNullable<Models.RestPodDetail["liability"]>> = object((field) => {
  switch (field("type", text)) {
    case "LIABILITY":
      return {
        type: "LIABILITY",
        id: field("id", text),
        name: field("name", maybeText),
        mask: field("mask", maybeText),
        subtype: field("subtype", maybeText),
        institutionName: field("institution", maybeText),
        balanceCents: field("balance_cents", maybeCents),
        balanceLastUpdated: field("balance_last_updated", maybeTime),
        lastStatementBalanceCents: field("last_statement_balance_cents", maybeCents),
        nextPaymentMinimumCents: field("next_payment_minimum_cents", maybeCents),
        nextPaymentDueDate: field("next_payment_due_date", maybeText),
        interestRatePercentage: field("interest_rate_percentage", nullable(number)),
      }
    case "ERROR":
      return {
        type: "ERROR",
        errorCode: field("error_code", maybeText),
        displayMessage: field("display_message", maybeText),
      }
    default:
      return { type: "UNKNOWN" }
  }
})

const linkedAccount = object((field) => ({ id: field("id", text), name: field("name", maybeText) }))

const lastFour = (digits: string | null): string | null =>
  digits === null ? null : digits.length > 4 ? `•••• ${digits.slice(-4)}` : "••••"

/** The model's own function for this stands beside schemas, which would bring Effect along. */
const masked = (detail: Models.RestPodDetail): Models.RestPodDetail =>
  Object.defineProperty(detail, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => ({
      ...detail,
      bankAccountNumber: lastFour(detail.bankAccountNumber),
      routingNumber: lastFour(detail.routingNumber),
    }),
    enumerable: false,
  })

export const podDetail: Decoder<Models.RestPodDetail> = object((field) =>
  masked({
    ...podOf(field),
    icon: field("icon", maybeText),
    beneficiaryName: field("beneficiary_name", maybeText),
    bankAccountNumber: field("bank_account_number", maybeText),
    routingNumber: field("routing_number", maybeText),
    goalCents: field("goal_amount_cents", maybeCents),
    linkedAccount: field("linked_account", nullable(linkedAccount)),
    liability: field("liability", nullable(liability)),
    recentTransfers: field("recent_transfers", array(transfer)),
  }),
)

/** What the body of a receipt holds; the rest stands in headers. */
export const receipt: Decoder<Omit<Models.RestTransferReceipt, "idempotencyKey" | "replayed">> = object(
  (field) => ({
    id: field("id", maybeText),
    status: field("status", maybeText),
    amountCents: field("amount_cents", integer),
    source: field("source", endpoint),
    destination: field("destination", endpoint),
    createdAt: field("created_at", maybeTime),
    requestId: field("request_id", text),
    organization: field(
      "organization",
      nullable(object((of) => ({ id: of("id", text), pods: of("pods", pods) }))),
    ),
  }),
)

const misfits = array(
  object((field) => ({
    loc: field(
      "loc",
      array((value) => {
        if (typeof value !== "string" && typeof value !== "number") throw new Misfit("a name")
        return String(value)
      }),
    ),
    msg: field("msg", text),
  })),
)

const problemsOf: Decoder<ReadonlyArray<string>> = (value) =>
  misfits(value).map(({ loc, msg }) => `${loc.slice(1).join(".") || loc.join(".")}: ${msg}`)

/** Every error's `detail`: a text, or a sentence for every input that does not fit. */
export const detail: Decoder<string | ReadonlyArray<string>> = object((field) =>
  field("detail", (value) => (typeof value === "string" ? value : problemsOf(value))),
)
