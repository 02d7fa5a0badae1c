/** Pods, ports and outside accounts, and what hangs on a pod: cards, debts, offers. */
import type { AccountRecord, CardEntry, CardRecord, Holder, PodRecord, PortRecord } from "../data/Model.js"
import type { PageArguments, Store } from "./Context.js"
import { instantView, moneyView, type View } from "./Values.js"

const DAY = 86_400_000

const balanceOf = ({ ledger }: Store, holder: Holder): View | null =>
  holder.hidden === "balance" ? null : moneyView(ledger.balance(holder.id))

const common = (holder: Holder): View => ({
  id: holder.id,
  name: holder.name,
  icon: holder.icon,
  description: holder.description,
  beneficiaryName: holder.beneficiaryName,
  bankAccountNumber: holder.bankAccountNumber,
  routingNumber: holder.routingNumber,
  createdAt: () => instantView(holder.createdAt),
})

const DAILY_LIMIT_CENTS = 2_500_000
const MONTHLY_LIMIT_CENTS = 10_000_000

const limits = (): View => ({
  dailyCreditLimit: moneyView(DAILY_LIMIT_CENTS),
  remainingDailyCreditLimit: moneyView(DAILY_LIMIT_CENTS),
  remainingMonthlyCreditLimit: moneyView(MONTHLY_LIMIT_CENTS),
})

/** Shows a promotion; ids hang on the place, so that it is the same one at every look. */
export const offerView = (
  store: Store,
  location: string,
  about: { userId: string; podId?: string; accountId?: string | null },
): View => ({
  id: `offer-${location.toLowerCase()}-${about.podId ?? about.userId}`,
  type: "DEBIT_CARD",
  name: "A card for this pod",
  userId: about.userId,
  status: "AVAILABLE",
  linkedPodId: about.podId ?? null,
  linkedAccountId: about.accountId ?? null,
  linkedTransferReferenceId: null,
  data: { headline: "Spend straight from this pod", dismissible: true },
  location,
  createdAt: () => instantView(store.clock.now() - 30 * DAY),
  updatedAt: () => instantView(store.clock.now() - 2 * DAY),
})

/** Shows a pod. */
export const podView = (store: Store, pod: PodRecord): View => {
  const ownerId = () => store.world.organization(pod.organizationId)?.ownerId ?? ""
  const offer = (location: string) =>
    offerView(store, location, { userId: ownerId(), podId: pod.id, accountId: pod.linkedAccountId })
  const cards = () => pod.cards.map((card) => cardView(store, pod, card))
  const card = (type: CardRecord["type"]) => () => cards().find((view) => view.type === type) ?? null
  return {
    __typename: "Pod",
    ...common(pod),
    externalAccountId: `ext-${pod.id}`,
    type: pod.type,
    metadata: () =>
      pod.hidden === "metadata" ? null : { id: `meta-${pod.id}`, balance: balanceOf(store, pod) },
    limits,
    goalAmountInCents: pod.goalCents,
    showSequenceBalance: true,
    showManualLiabilityNotification: false,
    showManualLiabilityFundsArrivedNotification: false,
    linkedAccountId: pod.linkedAccountId,
    linkedAccount: () => linkedAccountView(store, pod),
    liabilityMetadata: () => liabilityView(store, pod),
    offer: ({ location }: { location: string }) => offer(location),
    debitCardOffer: () => (pod.cards.length === 0 ? offer("POD_DRAWER") : null),
    debitCards: cards,
    virtualDebitCard: card("VIRTUAL"),
    physicalDebitCard: card("PHYSICAL"),
    transferReferences: (page: PageArguments) => store.pageOf(store, pod.id, page),
  }
}

/** Shows a port. */
export const portView = (store: Store, port: PortRecord): View => ({
  __typename: "Port",
  ...common(port),
  externalAccountId: `ext-${port.id}`,
  metadata: () =>
    port.hidden === "metadata" ? null : { id: `meta-${port.id}`, balance: balanceOf(store, port) },
  limits,
})

const METADATA: Record<AccountRecord["providerType"], string> = {
  PLAID: "PlaidMetadata",
  METHOD: "MethodMetadata",
  MANUAL: "ManualAccountMetadata",
}

const capabilities = (account: AccountRecord): readonly string[] => [
  ...(account.refusesAsSource === null ? ["SEND"] : []),
  ...(account.refusesAsDestination === null ? ["RECEIVE"] : []),
]

/** Shows an outside account. */
export const accountView = (store: Store, account: AccountRecord): View => ({
  __typename: "Account",
  ...common(account),
  type: account.type,
  providerType: account.providerType,
  institutionName: account.institution?.name ?? null,
  capabilities: () => capabilities(account),
  canBeSourceOfTransfer: account.refusesAsSource === null,
  pendingDisconnectCode: account.pendingDisconnectCode,
  liabilityLinkedWithPlaid: account.providerType === "METHOD",
  isPendingKyc: false,
  metadata: () =>
    account.hidden === "metadata"
      ? null
      : {
          __typename: METADATA[account.providerType],
          id: `meta-${account.id}`,
          balance: balanceOf(store, account),
          institution: institutionView(account),
        },
})

const institutionView = ({ institution }: AccountRecord): View | null =>
  institution && { id: institution.id, name: institution.name, logo: `/logos/${institution.id}.svg` }

const accountById = ({ world }: Store, pod: PodRecord, id: string): AccountRecord | undefined => {
  const holder = world.holder(pod.organizationId, { id, type: "ACCOUNT" })
  return holder?.kind === "ACCOUNT" ? holder : undefined
}

const linkedAccountView = (store: Store, pod: PodRecord): View | null => {
  const account = pod.linkedAccountId === null ? undefined : accountById(store, pod, pod.linkedAccountId)
  if (account === undefined) return null
  return { id: account.id, name: account.name, pendingDisconnectCode: account.pendingDisconnectCode }
}

const liabilityView = (store: Store, pod: PodRecord): View | null => {
  const { liability } = pod
  if (liability === null) return null
  if (liability.kind === "error") {
    return { __typename: "ErrorMetadata", errorCode: liability.code, displayMessage: liability.message }
  }
  const account = accountById(store, pod, liability.accountId)
  const now = store.clock.now()
  return {
    __typename: "LiabilityMetadata",
    id: liability.id,
    name: account?.name ?? null,
    mask: liability.mask,
    subtype: liability.subtype,
    institution: account ? institutionView(account) : null,
    balance: account ? balanceOf(store, account) : null,
    balanceLastUpdated: instantView(now - DAY / 4),
    lastStatementBalance: moneyView(liability.statementCents),
    nextPaymentMinimumAmount: moneyView(liability.minimumCents),
    nextPaymentDueDate: instantView(now + 12 * DAY).slice(0, 10),
    interestRatePercentage: liability.interestPercent,
  }
}

const cardEntryView = (entry: CardEntry): View => ({
  id: entry.id,
  amount: moneyView(entry.cents),
  direction: entry.direction,
  summary: entry.summary,
  createdAt: instantView(entry.createdAt),
})

const cardView = (store: Store, pod: PodRecord, card: CardRecord): View => {
  const spent = card.transactions.reduce(
    (sum, { cents, direction }) => (direction === "DEBIT" ? sum + cents : sum),
    0,
  )
  return {
    id: card.id,
    last4Digits: card.last4,
    expirationDate: card.expires,
    holderName: card.holder,
    holderType: "INDIVIDUAL",
    status: card.status,
    type: card.type,
    pinSet: card.type === "PHYSICAL",
    amountSpent: moneyView(spent),
    cashback: moneyView(Math.floor(spent / 100)),
    cashbackPercentage: 1,
    pod: () => podView(store, pod),
    transactions: () => card.transactions.map(cardEntryView),
    authorizations: () => card.authorizations.map(cardEntryView),
  }
}

/** Shows a pod, port or account as what it is. */
export const holderView = (store: Store, holder: Holder): View => {
  if (holder.kind === "POD") return podView(store, holder)
  return holder.kind === "PORT" ? portView(store, holder) : accountView(store, holder)
}
