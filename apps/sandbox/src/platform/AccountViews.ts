/** Accounts as the Platform API shows them: pods, income sources, and external accounts under one roof. */
import type { AccountRecord, Holder, Liability, OrganizationRecord, PodRecord } from "../data/Model.js"
import { shaped } from "./Shape.js"
import type { PlatformStore } from "./Store.js"
import { writeInstant } from "./Timestamps.js"

type View = Readonly<Record<string, unknown>>
type KnownLiability = Extract<Liability, { kind: "known" }>

const DAY = 86_400_000

/** The words of the API for the kinds of account. */
export const TYPES = { POD: "POD", PORT: "INCOME_SOURCE", ACCOUNT: "EXTERNAL_ACCOUNT" } as const

const EXTERNAL_TYPES: Readonly<Record<string, string>> = {
  CHECKING: "DEPOSITORY",
  SAVINGS: "DEPOSITORY",
  CREDIT_CARD: "LIABILITY",
  LOAN: "LIABILITY",
  ASSET: "INVESTMENT",
}

const externalType = (holder: Holder): string | null =>
  holder.kind === "ACCOUNT" ? (EXTERNAL_TYPES[holder.type] ?? "DEPOSITORY") : null

/** Lists everything in an organization that has a balance. */
export const holdersOf = ({ pods, ports, accounts }: OrganizationRecord): readonly Holder[] => [
  ...pods,
  ...ports,
  ...accounts,
]

const linkedAccountOf = ({ world }: PlatformStore, pod: PodRecord): AccountRecord | undefined => {
  const linked = pod.linkedAccountId === null ? undefined : world.end(pod.linkedAccountId)
  return linked?.kind === "ACCOUNT" ? linked : undefined
}

/** Finds the debt behind an account: the pod that pays it holds what the lender says. */
const liabilityOf = (store: PlatformStore, account: AccountRecord): Liability | undefined => {
  const pods = store.world.organization(account.organizationId)?.pods ?? []
  return pods.find((pod) => pod.linkedAccountId === account.id)?.liability ?? undefined
}

const statementView = (store: PlatformStore, known: KnownLiability | undefined): View => {
  const now = store.clock.now()
  return {
    lastStatementBalanceInCents: known?.statementCents ?? null,
    lastStatementDate: known === undefined ? null : new Date(now - 10 * DAY).toISOString().slice(0, 10),
    nextPaymentMinimumInCents: known?.minimumCents ?? null,
    nextPaymentDueDate: known === undefined ? null : new Date(now + 12 * DAY).toISOString().slice(0, 10),
    interestRatePercentage: known?.interestPercent ?? null,
    originalLoanAmountInCents: null,
  }
}

const balanceView = (store: PlatformStore, holder: Holder): View | null => {
  if (holder.hidden === "metadata") return null
  const liability = holder.kind === "ACCOUNT" ? liabilityOf(store, holder) : undefined
  const isDebt = externalType(holder) === "LIABILITY"
  const cents = store.ledger.balance(holder.id)
  const known = holder.hidden === "nothing"
  return {
    balanceInCents: known ? (isDebt ? 0 - cents : cents) : null,
    availableBalanceInCents: known && !isDebt ? cents : null,
    ...statementView(store, liability?.kind === "known" ? liability : undefined),
    balanceLastUpdatedAt: writeInstant(store.clock.now() - DAY / 4, store.settings.timestamps),
    error: liability?.kind === "error" ? liability.code : null,
  }
}

const linkedView = (store: PlatformStore, pod: PodRecord, withBalance: boolean): View | null => {
  const account = linkedAccountOf(store, pod)
  if (account === undefined) return null
  return {
    id: store.ids.show(account.id),
    name: account.name,
    type: TYPES.ACCOUNT,
    externalAccountType: externalType(account),
    institutionName: account.institution?.name ?? null,
    ...(withBalance ? { balance: balanceView(store, account) } : {}),
  }
}

const summaryFields = (store: PlatformStore, holder: Holder, withBalance: boolean): View => ({
  id: store.ids.show(holder.id),
  name: holder.name,
  type: TYPES[holder.kind],
  description: holder.description,
  externalAccountType: externalType(holder),
  beneficiaryName: holder.beneficiaryName,
  institutionName: holder.kind === "ACCOUNT" ? (holder.institution?.name ?? null) : null,
  canBeSource: holder.kind !== "ACCOUNT" || holder.refusesAsSource === null,
  canBeDestination: holder.kind !== "ACCOUNT" || holder.refusesAsDestination === null,
  linkedAccount: holder.kind === "POD" ? linkedView(store, holder, withBalance) : null,
  createdAt: writeInstant(holder.createdAt, store.settings.timestamps),
  updatedAt: writeInstant(holder.createdAt, store.settings.timestamps),
  deletedAt: null,
})

/** Shows an account in a list, where no balance ever is. */
export const accountSummaryView = (store: PlatformStore, holder: Holder): View =>
  shaped(store.settings, summaryFields(store, holder, false), ["description"])

/** Shows an account with its balance and numbers. */
export const accountView = (store: PlatformStore, holder: Holder): View =>
  shaped(
    store.settings,
    {
      ...summaryFields(store, holder, true),
      routingNumber: holder.routingNumber,
      bankAccountNumber: holder.bankAccountNumber,
      savingsTargetInCents: holder.kind === "POD" ? holder.goalCents : null,
      balance: balanceView(store, holder),
    },
    ["description"],
  )
