/** Models made of responses of the Platform API. */
import type { Decoded } from "../internal/Decode.js"
import type { ExternalAccount, Port } from "../model/Account.js"
import { maskAccountNumbers } from "../model/Common.js"
import type { Liability, Pod } from "../model/Pod.js"
import type { Transfer, TransferDetail, TransferEndpoint } from "../model/Transfer.js"
import type { WireAccount, WireAccountSummary, WireTransfer } from "./Wire.js"

type AccountWire = Decoded<typeof WireAccount>
type SummaryWire = Decoded<typeof WireAccountSummary>
type TransferWire = Decoded<typeof WireTransfer>

const wordIn = (words: Readonly<Record<string, string>>, word: string): string =>
  Object.hasOwn(words, word) ? (words[word] ?? word) : word

const KINDS = { POD: "POD", INCOME_SOURCE: "PORT", EXTERNAL_ACCOUNT: "ACCOUNT", EXTERNAL_ENTITY: "EXTERNAL" }
const DIRECTIONS = { MONEY_IN: "INCOMING", MONEY_OUT: "OUTGOING" }
const STATUSES = { ERROR: "FAILED", INCOMPLETE: "FAILED" }
const ACTIVITY_TYPES: Readonly<Record<string, string>> = {
  USER: "ONE_TIME_TRANSFER",
  USER_PULL: "ONE_TIME_TRANSFER",
  EXTERNAL_PULL: "PULLED_FROM_SEQUENCE",
}

const centsOf = (wire: AccountWire | null): number | null => {
  if (wire === null || wire.balance === null || wire.balance.error !== null) return null
  const cents = wire.balance.balanceInCents
  // A positive balance of a liability is a debt, and debts are negative in the model.
  return cents !== null && wire.externalAccountType === "LIABILITY" ? 0 - cents : cents
}

/** Makes a pod; its balance is null if the account itself could not be read. */
export const toPod = (summary: SummaryWire, wire: AccountWire | null, organizationId: string): Pod => ({
  kind: "POD",
  id: summary.id,
  organizationId,
  name: summary.name,
  balanceCents: centsOf(wire),
  type: null,
  icon: null,
  description: summary.description,
  goalCents: wire?.savingsTargetInCents ?? null,
})

/** Makes a port. */
export const toPort = (summary: SummaryWire, wire: AccountWire | null, organizationId: string): Port => ({
  kind: "PORT",
  id: summary.id,
  organizationId,
  name: summary.name,
  balanceCents: centsOf(wire),
  icon: null,
  description: summary.description,
})

/** Makes an external account. */
export const toExternalAccount = (
  summary: SummaryWire,
  wire: AccountWire | null,
  organizationId: string,
): ExternalAccount => ({
  kind: "ACCOUNT",
  id: summary.id,
  organizationId,
  name: summary.name,
  balanceCents: centsOf(wire),
  type: summary.externalAccountType,
  providerType: null,
  icon: null,
  description: summary.description,
  institutionName: summary.institutionName,
  institution: null,
  metadataType: null,
  capabilities: [],
  canBeSource: summary.canBeSource,
  pendingDisconnectCode: null,
  isPendingKyc: null,
})

const toLiability = ({ linkedAccount }: AccountWire): Liability | null => {
  if (linkedAccount?.externalAccountType !== "LIABILITY") return null
  const { id, name, balance } = linkedAccount
  const cents = balance?.balanceInCents ?? null
  return {
    type: "LIABILITY",
    id,
    name,
    mask: null,
    subtype: null,
    institution: null,
    balanceCents: cents === null || balance?.error != null ? null : 0 - cents,
    balanceLastUpdated: balance?.balanceLastUpdatedAt ?? null,
    lastStatementBalanceCents: balance?.lastStatementBalanceInCents ?? null,
    nextPaymentMinimumCents: balance?.nextPaymentMinimumInCents ?? null,
    nextPaymentDueDate: balance?.nextPaymentDueDate ?? null,
    interestRatePercentage: balance?.interestRatePercentage ?? null,
  }
}

/** Makes a pod with its details. Cards are not known here, which is not the same as none. */
export const toPodDetail = (
  wire: AccountWire,
  transfers: ReadonlyArray<TransferWire>,
  organizationId: string,
) =>
  maskAccountNumbers({
    ...toPod(wire, wire, organizationId),
    beneficiaryName: wire.beneficiaryName,
    bankAccountNumber: wire.bankAccountNumber,
    routingNumber: wire.routingNumber,
    createdAt: wire.createdAt,
    limits: null,
    linkedAccount:
      wire.linkedAccount === null
        ? null
        : { id: wire.linkedAccount.id, name: wire.linkedAccount.name, pendingDisconnectCode: null },
    liability: toLiability(wire),
    debitCards: null,
    recentTransfers: transfers.map(toTransfer),
  })

const toEndpoint = (end: TransferWire["source"]): TransferEndpoint | null => {
  if (end === null) return null
  const type = wordIn(KINDS, end.type)
  return { type, id: type === "EXTERNAL" ? null : end.id, name: end.name, icon: null }
}

/** Makes a transfer. */
export const toTransfer = (wire: TransferWire): Transfer => ({
  id: wire.id,
  type: null,
  status: wire.status === null ? null : wordIn(STATUSES, wire.status),
  errorReason: wire.errorCode,
  description: wire.description,
  direction: wire.direction === null ? null : wordIn(DIRECTIONS, wire.direction),
  activityType:
    wire.origin === null || wire.origin === "UNKNOWN" ? null : wordIn(ACTIVITY_TYPES, wire.origin),
  createdAt: wire.createdAt,
  updatedAt: null,
  amountCents: wire.amountInCents,
  source: toEndpoint(wire.source),
  destination: toEndpoint(wire.destination),
})

/** Makes a transfer with its details. */
export const toTransferDetail = (wire: TransferWire): TransferDetail => ({
  ...toTransfer(wire),
  details: {
    type: "simple",
    payment: {
      status: wire.status === null ? null : wordIn(STATUSES, wire.status),
      createdAt: wire.createdAt,
      completedAt: wire.completedAt,
      expectedCompletion: null,
    },
  },
  rule: wire.ruleId === null ? null : { triggerType: null, triggerCron: null },
})
