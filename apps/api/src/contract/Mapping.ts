/** Turns models of the SDK into the bodies of the contract. */
import { formatCents, type Model } from "tsequence/effect"
import type * as Bodies from "./Bodies.js"

const text = (cents: number | null): string | null => (cents === null ? null : formatCents(cents))

const easternZone = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  timeZoneName: "longOffset",
})

/** Writes a time as US Eastern with its offset; milliseconds only if they are not zero. */
const easternTime = (time: Date): string => {
  // Formatting every part of the time takes more than twice as long. Eastern time is always behind UTC.
  const [, offset = ""] = easternZone.format(time).split("GMT-")
  const [hours = 0, minutes = 0, seconds = 0] = offset.split(":").map(Number)
  const local = new Date(time.getTime() - ((hours * 60 + minutes) * 60 + seconds) * 1_000).toISOString()
  return `${local.slice(0, -1).replace(".000", "")}-${offset}`
}

const time = (value: Date | null): string | null => (value === null ? null : easternTime(value))

type Holder = Pick<Model.Pod, "id" | "name" | "organizationId" | "balanceCents">

/** A pod in a list, and what ports and accounts have in common with it. */
export const pod = ({ id, name, organizationId, balanceCents }: Holder): typeof Bodies.Pod.Type => ({
  id,
  name,
  organization_id: organizationId,
  balance_cents: balanceCents,
  balance: text(balanceCents),
})

/** All pods together. */
export const totalBalance = (model: Model.TotalBalance): typeof Bodies.TotalBalance.Type => ({
  total_balance_cents: model.totalCents,
  total_balance: formatCents(model.totalCents),
  pod_count: model.podCount,
})

/** All pods, ports, and accounts of an organization. */
export const accounts = (model: Model.Accounts): typeof Bodies.Accounts.Type => ({
  pods: model.pods.map((one) => ({ ...pod(one), type: one.type })),
  ports: model.ports.map(pod),
  accounts: model.accounts.map((one) => ({
    ...pod(one),
    type: one.type,
    provider_type: one.providerType,
    institution: one.institutionName,
  })),
})

/** This month. */
export const summary = (model: Model.ActivitySummary): typeof Bodies.Summary.Type => ({
  transfer_count: model.transferCount,
  rule_executions: model.ruleExecutions,
  total_incoming_cents: model.totalIncomingCents,
  total_incoming: formatCents(model.totalIncomingCents),
})

/** The source or destination of a transfer. */
const endpoint = ({ id, type, name, icon }: Model.TransferEndpoint): typeof Bodies.Endpoint.Type => ({
  id,
  type,
  name,
  icon,
})

/** A transfer in a list. */
const transfer = (model: Model.Transfer): typeof Bodies.Transfer.Type => ({
  id: model.id,
  type: model.type,
  status: model.status,
  error_reason: model.errorReason,
  created_at: time(model.createdAt),
  updated_at: time(model.updatedAt),
  amount_cents: model.amountCents,
  amount: formatCents(model.amountCents),
  source: model.source && endpoint(model.source),
  destination: model.destination && endpoint(model.destination),
  direction: model.direction,
  activity_type: model.activityType,
  description: model.description,
})

/** A page of the activity. */
export const activityPage = (model: Model.ActivityPage): typeof Bodies.ActivityPage.Type => ({
  transfers: model.transfers.map(transfer),
  page_info: { end_cursor: model.endCursor, has_next_page: model.hasNextPage },
})

const stepOf = (step: Model.PaymentStep) => ({
  status: step.status,
  created_at: time(step.createdAt),
  completed_at: time(step.completedAt),
  expected_completion: step.expectedCompletion,
})

const step = (model: Model.PaymentStep | null): typeof Bodies.Step.Type => model && stepOf(model)

const NOTHING: Model.PaymentStep = {
  status: null,
  createdAt: null,
  completedAt: null,
  expectedCompletion: null,
}

const details = (model: Model.TransferDetails): typeof Bodies.Details.Type => {
  switch (model.type) {
    case "simple":
      return { type: "simple", ...stepOf(model.payment ?? NOTHING) }
    case "compound":
      return {
        type: "compound",
        pull: step(model.pull),
        push: step(model.push),
        reversal: step(model.reversal),
      }
    default:
      return { type: "unknown" }
  }
}

/** A transfer with its payments and its rule. */
export const transferDetail = (model: Model.TransferDetail): typeof Bodies.TransferDetail.Type => ({
  ...transfer(model),
  details: model.details && details(model.details),
  ...(model.rule && {
    rule: { trigger_type: model.rule.triggerType, trigger_cron: model.rule.triggerCron },
  }),
})

const liability = (model: NonNullable<Model.PodDetail["liability"]>): typeof Bodies.Liability.Type => {
  switch (model.type) {
    case "LIABILITY":
      return {
        type: "LIABILITY",
        id: model.id,
        name: model.name,
        mask: model.mask,
        subtype: model.subtype,
        institution: model.institution?.name ?? null,
        balance_cents: model.balanceCents,
        balance: text(model.balanceCents),
        balance_last_updated: time(model.balanceLastUpdated),
        last_statement_balance_cents: model.lastStatementBalanceCents,
        next_payment_minimum_cents: model.nextPaymentMinimumCents,
        next_payment_due_date: model.nextPaymentDueDate,
        interest_rate_percentage: model.interestRatePercentage,
      }
    case "ERROR":
      return { type: "ERROR", error_code: model.errorCode, display_message: model.displayMessage }
    default:
      return { type: "UNKNOWN" }
  }
}

/** The details of a pod. */
export const podDetail = (model: Model.PodDetail): typeof Bodies.PodDetail.Type => ({
  ...pod(model),
  icon: model.icon,
  beneficiary_name: model.beneficiaryName,
  bank_account_number: model.bankAccountNumber,
  routing_number: model.routingNumber,
  goal_amount_cents: model.goalCents,
  linked_account: model.linkedAccount && { id: model.linkedAccount.id, name: model.linkedAccount.name },
  liability: model.liability && liability(model.liability),
  recent_transfers: model.recentTransfers.map(transfer),
})

/** A transfer that was accepted. */
export const receipt = (
  model: Omit<Model.TransferReceipt, "upstreamRequestId"> & { readonly requestId: string },
): typeof Bodies.Receipt.Type => ({
  id: model.id,
  status: model.status,
  amount_cents: model.amountCents,
  amount: formatCents(model.amountCents),
  source: endpoint(model.source),
  destination: endpoint(model.destination),
  created_at: time(model.createdAt),
  request_id: model.requestId,
  organization: model.organization && {
    id: model.organization.id,
    pods: model.organization.pods.map(pod),
  },
})
