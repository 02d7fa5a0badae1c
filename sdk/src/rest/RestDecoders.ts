/** The bodies of the contract, and the models that they become. */

import {
  array,
  boolean,
  DecodeError,
  type Decoder,
  type Field,
  integer,
  literal,
  nullable,
  number,
  object,
  optional,
  string,
  time,
} from "../internal/Decode.js"
import type { PaymentStep, Transfer, TransferEndpoint } from "../model/Transfer.js"
import type * as RestModels from "./RestModels.js"

const maybeText = nullable(string)
const maybeCents = nullable(integer)
const maybeTime = nullable(time)

export const health: Decoder<RestModels.RestHealth> = object((field) => ({
  status: field("status", literal("ok")),
}))

export const readiness: Decoder<RestModels.RestReadiness> = object((field) => ({
  status: field("status", literal("ready")),
  unresolved: field(
    "unresolved",
    array(
      object((of) => ({
        requestId: of("request_id", string),
        status: of("status", string),
        amountCents: of("amount_cents", integer),
      })),
    ),
  ),
}))

const podOf = (field: Field): RestModels.RestPod => ({
  kind: "POD",
  id: field("id", string),
  organizationId: field("organization_id", string),
  name: field("name", string),
  balanceCents: field("balance_cents", maybeCents),
})

export const pod: Decoder<RestModels.RestPod> = object(podOf)

export const pods: Decoder<ReadonlyArray<RestModels.RestPod>> = array(pod)

export const totalBalance: Decoder<RestModels.RestTotalBalance> = object((field) => ({
  totalCents: field("total_balance_cents", integer),
  podCount: field("pod_count", integer),
}))

const accountsPod: Decoder<RestModels.RestAccountsPod> = object((field) => ({
  kind: "POD",
  id: field("id", string),
  name: field("name", string),
  balanceCents: field("balance_cents", maybeCents),
  type: field("type", maybeText),
}))

const port: Decoder<RestModels.RestPort> = object((field) => ({
  kind: "PORT",
  id: field("id", string),
  name: field("name", string),
  balanceCents: field("balance_cents", maybeCents),
}))

const externalAccount: Decoder<RestModels.RestExternalAccount> = object((field) => ({
  kind: "ACCOUNT",
  id: field("id", string),
  name: field("name", string),
  balanceCents: field("balance_cents", maybeCents),
  type: field("type", maybeText),
  providerType: field("provider_type", maybeText),
  institutionName: field("institution", maybeText),
}))

export const accounts: Decoder<RestModels.RestAccounts> = object((field) => ({
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
  type: field("type", string),
  id: field("id", maybeText),
  name: field("name", maybeText),
  icon: field("icon", maybeText),
}))

const transferOf = (field: Field): Transfer => ({
  id: field("id", string),
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
    object((of) => ({ endCursor: of("end_cursor", string), hasNextPage: of("has_next_page", boolean) })),
  ),
}))

const stepOf = (field: Field): PaymentStep => ({
  status: field("status", maybeText),
  createdAt: field("created_at", maybeTime),
  completedAt: field("completed_at", maybeTime),
  expectedCompletion: field("expected_completion", maybeText),
})

const step = nullable(object(stepOf))

const details: Decoder<RestModels.RestTransferDetails> = object((field) => {
  switch (field("type", string)) {
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

export const transferDetail: Decoder<RestModels.RestTransferDetail> = object((field) => ({
  ...transferOf(field),
  details: field("details", nullable(details)),
  rule: field("rule", optional(nullable(rule))),
}))

const liability: Decoder<NonNullable<RestModels.RestPodDetail["liability"]>> = object((field) => {
  switch (field("type", string)) {
    case "LIABILITY":
      return {
        type: "LIABILITY",
        id: field("id", string),
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

const linkedAccount = object((field) => ({ id: field("id", string), name: field("name", maybeText) }))

const lastFour = (digits: string | null): string | null =>
  digits === null ? null : digits.length > 4 ? `•••• ${digits.slice(-4)}` : "••••"

/** Masks account numbers in print. The model's own function is in a module with schemas, which would import Effect. */
const masked = (detail: RestModels.RestPodDetail): RestModels.RestPodDetail =>
  Object.defineProperty(detail, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => ({
      ...detail,
      bankAccountNumber: lastFour(detail.bankAccountNumber),
      routingNumber: lastFour(detail.routingNumber),
    }),
    enumerable: false,
  })

export const podDetail: Decoder<RestModels.RestPodDetail> = object((field) =>
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

/** Decodes the body of a receipt; the other fields come from headers. */
export const receipt: Decoder<Omit<RestModels.RestTransferReceipt, "idempotencyKey" | "replayed">> = object(
  (field) => ({
    id: field("id", maybeText),
    status: field("status", maybeText),
    amountCents: field("amount_cents", integer),
    source: field("source", endpoint),
    destination: field("destination", endpoint),
    createdAt: field("created_at", maybeTime),
    requestId: field("request_id", string),
    organization: field(
      "organization",
      nullable(object((of) => ({ id: of("id", string), pods: of("pods", pods) }))),
    ),
  }),
)

const misfits = array(
  object((field) => ({
    loc: field(
      "loc",
      array((value) => {
        if (typeof value !== "string" && typeof value !== "number") throw new DecodeError("a name")
        return String(value)
      }),
    ),
    msg: field("msg", string),
  })),
)

const problemsOf: Decoder<ReadonlyArray<string>> = (value) =>
  misfits(value).map(({ loc, msg }) => `${loc.slice(1).join(".") || loc.join(".")}: ${msg}`)

/** Every error's `detail`: a text, or a sentence for every input that does not fit. */
export const detail: Decoder<string | ReadonlyArray<string>> = object((field) =>
  field("detail", (value) => (typeof value === "string" ? value : problemsOf(value))),
)
