/** The roots of queries and mutations, users and organizations. */
import type { OrganizationRecord, PaymentKind, UserRecord } from "../data/Model.js"
import { startOfEasternMonth } from "../internal/EasternTime.js"
import { MOST_CENTS } from "../money/Ledger.js"
import type { OperationContext, PageArguments, Store } from "./Context.js"
import { accountView, offerView, podView, portView } from "./HolderViews.js"
import { connectionViews, ghostView, mapView, ruleView } from "./RuleViews.js"
import { transferView } from "./TransferViews.js"
import { instantView, moneyView, serviceError, type View } from "./Values.js"

interface ById {
  readonly id: string
}

interface PaymentFields {
  readonly amount: number
  readonly source: { readonly id: string; readonly type: PaymentKind }
  readonly destination: { readonly id: string; readonly type: PaymentKind }
  readonly isInstantTransfer?: boolean | null
  readonly achDescription?: string | null
}

const DAY = 86_400_000

/** Makes what the executor starts from. Wrong ids, and what belongs to somebody else, are equally not there. */
export const makeRoot = (store: Store): View => ({
  me: (_: unknown, { user }: OperationContext) => userView(store, user),
  organization: ({ id }: ById, { user }: OperationContext) => {
    const organization = store.world.organizationsOf(user).find((own) => own.id === id)
    return organization ? organizationView(store, organization) : null
  },
  activitySummary: (_: unknown, { user }: OperationContext) => summaryView(store, user),
  forKYC: ({ id }: ById, context: OperationContext) => {
    const isOwn = store.world.organizationsOf(context.user).some((organization) => organization.kyc.id === id)
    if (!isOwn) throw serviceError("KYC application not found", "NOT_FOUND")
    return {
      createPayment: ({ fields }: { fields: PaymentFields }) => createPayment(store, context, id, fields),
    }
  },
})

const userView = (store: Store, user: UserRecord): View => ({
  id: user.id,
  memberships: () =>
    store.world.organizationsOf(user).map((organization) => ({
      id: organization.membershipId,
      organization: () => organizationView(store, organization),
    })),
  settings: { id: `settings-${user.id}`, showSinceYouveBeenGone: true },
  offer: ({ location }: { location: string }) => offerView(store, location, { userId: user.id }),
})

const organizationView = (store: Store, organization: OrganizationRecord): View => {
  const activity = store.world.activityOf(organization.id)
  const { kyc, pods, ports, accounts, rules, ghosts } = organization
  return {
    id: organization.id,
    firstTransferDate: () => {
      const first = activity.all[0]
      return first ? instantView(first.createdAt) : null
    },
    kycs: [{ id: kyc.id, name: kyc.name, kycType: kyc.type }],
    plan: { id: "plan-plus", name: "Plus", transactionsPerMonth: 250, transferExtraCharge: moneyView(15) },
    subscriptionPayment: () => subscriptionView(store, organization),
    pods: () => pods.map((pod) => podView(store, pod)),
    ports: () => ports.map((port) => portView(store, port)),
    accounts: () => accounts.map((account) => accountView(store, account)),
    pod: ({ id }: ById) => {
      const pod = store.world.pod(organization.id, id)
      return pod ? podView(store, pod) : null
    },
    transferReferences: (page: PageArguments) => store.pageOf(store, organization.id, page),
    transferReference: ({ id }: ById) => {
      const transfer = store.world.transfer(id)
      return transfer?.organizationId === organization.id ? transferView(store, transfer) : null
    },
    numberOfTransfers: ({ filter }: PageArguments) => ({ count: activity.count(filter ?? {}) }),
    rules: () => rules.map((rule) => ruleView(store, rule)),
    ruleConnections: () => connectionViews(rules),
    ghostNodes: () => ghosts.map((ghost) => ghostView(store, ghost)),
    mapState: () => mapView(organization),
  }
}

const subscriptionView = (store: Store, organization: OrganizationRecord): View => ({
  id: `subscription-${organization.id}`,
  status: "ACTIVE",
  plan: "PLUS",
  name: "Plus, monthly",
  interval: "MONTH",
  price: moneyView(1_999),
  nextPaymentDate: instantView(store.clock.now() + 9 * DAY),
  discountCoupon: null,
  cancelAt: null,
  cashbackPercentage: 1,
  capabilities: [
    { name: "RULES", upgradeRequired: false },
    { name: "OMNI_CARD", upgradeRequired: true },
  ],
})

const summaryView = (store: Store, user: UserRecord): View => {
  const since = startOfEasternMonth(store.clock.now())
  let transfers = 0
  let rules = 0
  let incoming = 0
  for (const organization of store.world.organizationsOf(user)) {
    for (const transfer of store.world.activityOf(organization.id).since(since)) {
      transfers += 1
      if (transfer.activityType === "RULE") rules += 1
      const counts = transfer.direction === "INCOMING" && transfer.status === "COMPLETE"
      if (counts) incoming += transfer.amountCents
    }
  }
  return {
    id: `summary-${user.id}`,
    transferReferencesCount: transfers,
    ruleExecutionsCount: rules,
    totalIncomingFundsInCents: moneyView(Math.min(incoming, MOST_CENTS)),
  }
}

const createPayment = (
  store: Store,
  context: OperationContext,
  kycId: string,
  fields: PaymentFields,
): View => {
  const { refuse, failLater, okLost } = context.faults
  if (refuse !== null) return { ok: null, error: { message: refuse } }
  const answer = store.payments.create(
    {
      kycId,
      source: { ...fields.source },
      destination: { ...fields.destination },
      amountCents: fields.amount,
      instant: fields.isInstantTransfer ?? false,
      description: fields.achDescription ?? null,
      requestId: context.requestId,
      idempotencyKey: null,
      failure: failLater,
    },
    store.clock.now(),
  )
  if (!answer.ok) return { ok: null, error: { message: answer.message } }
  const { organizationId } = answer.transfer
  return { ok: { organization: () => organizationAfter(store, organizationId, okLost) }, error: null }
}

/** Gets the organization after a booking. The booking stays if this fails, as in a service that breaks halfway. */
const organizationAfter = (store: Store, organizationId: string, isLost: boolean): View => {
  const organization = store.world.organization(organizationId)
  if (isLost || organization === undefined)
    throw serviceError("Internal server error", "INTERNAL_SERVER_ERROR")
  return organizationView(store, organization)
}
