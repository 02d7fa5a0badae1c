/** The SDK's models as the language model sees them: money in cents and as text, times in Eastern Time. */
import { formatCents, type Model } from "tsequence/effect"

const eastern = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  dateStyle: "medium",
  timeStyle: "short",
})

const time = (value: Date | null): string | null =>
  value === null ? null : `${eastern.format(value).replace(/\s/gu, " ")} ET`

const text = (cents: number | null): string | null => (cents === null ? null : formatCents(cents))

/** The end of a number that is nobody's business in a chat. */
const lastFour = (digits: string | null): string | null =>
  digits === null ? null : digits.length > 4 ? `•••• ${digits.slice(-4)}` : "••••"

/** Anything with a balance. */
export const holder = ({ id, name, balanceCents }: Pick<Model.Pod, "id" | "name" | "balanceCents">) => ({
  id,
  name,
  balance_cents: balanceCents,
  balance: text(balanceCents),
})

/** Formats a transfer. */
export const transfer = (model: Model.Transfer) => ({
  id: model.id,
  status: model.status,
  error_reason: model.errorReason,
  created_at: time(model.createdAt),
  updated_at: time(model.updatedAt),
  amount_cents: model.amountCents,
  amount: formatCents(model.amountCents),
  source: model.source?.name ?? null,
  destination: model.destination?.name ?? null,
  direction: model.direction,
  activity_type: model.activityType,
  description: model.description,
})

const step = (model: Model.PaymentStep | null) =>
  model && {
    status: model.status,
    created_at: time(model.createdAt),
    completed_at: time(model.completedAt),
    expected_completion: model.expectedCompletion,
  }

const steps = (details: Model.TransferDetails | null) => {
  switch (details?.type) {
    case "simple":
      return { payment: step(details.payment) }
    case "compound":
      return { pull: step(details.pull), push: step(details.push), reversal: step(details.reversal) }
    default:
      return null
  }
}

/** Formats a transfer with its payment steps. */
export const transferDetail = (model: Model.TransferDetail) => ({
  ...transfer(model),
  rule: model.rule && { trigger_type: model.rule.triggerType, trigger_cron: model.rule.triggerCron },
  payment_steps: steps(model.details),
})

/** Formats the details of a pod that may appear in a chat. */
export const podDetail = (model: Model.PodDetail) => ({
  ...holder(model),
  goal_amount_cents: model.goalCents,
  goal_amount: text(model.goalCents),
  beneficiary_name: model.beneficiaryName,
  bank_account_number: lastFour(model.bankAccountNumber),
  routing_number: lastFour(model.routingNumber),
  recent_transfers: model.recentTransfers.map(transfer),
})

/** Formats the pods, ports, and accounts of the organization. */
export const accounts = (model: Model.Accounts) => ({
  pods: model.pods.map(holder),
  ports: model.ports.map(holder),
  accounts: model.accounts.map((one) => ({
    ...holder(one),
    type: one.type,
    provider: one.providerType,
    institution: one.institutionName,
  })),
})
