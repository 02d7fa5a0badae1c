/** The pieces that several operations select, as the service sends them, and the models they become. */

import type {
  AccountSummaryFragment,
  CardEntryFragment,
  CardFragment,
  EndpointFragment,
  LiabilityFragment,
  LimitsFragment,
  PaymentFragment,
  PodSummaryFragment,
  PortSummaryFragment,
  TransferSummaryFragment,
} from "../generated/operations.js"
import { boolean, type Decoded, integer, nullish, number, string, struct } from "../internal/Decode.js"
import type { ExternalAccount, Port } from "../model/Account.js"
import type { CardTransaction, DebitCard } from "../model/DebitCard.js"
import type { Liability, LiabilityError, Pod, UnknownLiability } from "../model/Pod.js"
import type { PaymentStep, Transfer, TransferEndpoint, TransferEndpointType } from "../model/Transfer.js"
import { Instant, listOf, Money, type Reads } from "./Decode.js"

const Text = nullish(string)
const Flag = nullish(boolean)
const Amount = nullish(Money)

export const WirePod = struct({
  id: string,
  name: string,
  icon: Text,
  type: Text,
  description: Text,
  goalAmountInCents: nullish(integer),
  metadata: nullish(struct({ balance: Amount })),
}) satisfies Reads<PodSummaryFragment>

export const toPod = (wire: Decoded<typeof WirePod>, organizationId: string): Pod => ({
  kind: "POD",
  id: wire.id,
  organizationId,
  name: wire.name,
  balanceCents: wire.metadata?.balance ?? null,
  type: wire.type,
  icon: wire.icon,
  description: wire.description,
  goalCents: wire.goalAmountInCents,
})

export const WirePort = struct({
  id: string,
  name: string,
  icon: Text,
  description: Text,
  metadata: nullish(struct({ balance: Amount })),
}) satisfies Reads<PortSummaryFragment>

export const toPort = (wire: Decoded<typeof WirePort>, organizationId: string): Port => ({
  kind: "PORT",
  id: wire.id,
  organizationId,
  name: wire.name,
  balanceCents: wire.metadata?.balance ?? null,
  icon: wire.icon,
  description: wire.description,
})

const WireInstitution = struct({ id: string, name: Text, logo: Text })

export const WireAccount = struct({
  id: string,
  name: string,
  type: Text,
  providerType: Text,
  icon: Text,
  description: Text,
  institutionName: Text,
  capabilities: listOf(string),
  canBeSourceOfTransfer: Flag,
  pendingDisconnectCode: Text,
  isPendingKyc: Flag,
  metadata: nullish(struct({ __typename: Text, balance: Amount, institution: nullish(WireInstitution) })),
}) satisfies Reads<AccountSummaryFragment>

export const toExternalAccount = (
  wire: Decoded<typeof WireAccount>,
  organizationId: string,
): ExternalAccount => ({
  kind: "ACCOUNT",
  id: wire.id,
  organizationId,
  name: wire.name,
  balanceCents: wire.metadata?.balance ?? null,
  type: wire.type,
  providerType: wire.providerType,
  icon: wire.icon,
  description: wire.description,
  institutionName: wire.institutionName ?? wire.metadata?.institution?.name ?? null,
  institution: wire.metadata?.institution ?? null,
  metadataType: wire.metadata?.__typename ?? null,
  capabilities: wire.capabilities,
  canBeSource: wire.canBeSourceOfTransfer,
  pendingDisconnectCode: wire.pendingDisconnectCode,
  isPendingKyc: wire.isPendingKyc,
})

export const WireLiability = struct({
  __typename: string,
  id: Text,
  name: Text,
  mask: Text,
  subtype: Text,
  institution: nullish(WireInstitution),
  balance: Amount,
  balanceLastUpdated: nullish(Instant),
  lastStatementBalance: Amount,
  nextPaymentMinimumAmount: Amount,
  nextPaymentDueDate: Text,
  interestRatePercentage: nullish(number),
  errorCode: Text,
  displayMessage: Text,
}) satisfies Reads<LiabilityFragment>

export const toLiability = (
  wire: Decoded<typeof WireLiability>,
): Liability | LiabilityError | UnknownLiability => {
  if (wire.__typename === "ErrorMetadata") {
    return { type: "ERROR", errorCode: wire.errorCode, displayMessage: wire.displayMessage }
  }
  if (wire.__typename !== "LiabilityMetadata" || wire.id === null) {
    return { type: "UNKNOWN", typename: wire.__typename }
  }
  return {
    type: "LIABILITY",
    id: wire.id,
    name: wire.name,
    mask: wire.mask,
    subtype: wire.subtype,
    institution: wire.institution,
    balanceCents: wire.balance,
    balanceLastUpdated: wire.balanceLastUpdated,
    lastStatementBalanceCents: wire.lastStatementBalance,
    nextPaymentMinimumCents: wire.nextPaymentMinimumAmount,
    nextPaymentDueDate: wire.nextPaymentDueDate,
    interestRatePercentage: wire.interestRatePercentage,
  }
}

const WireCardTransaction = struct({
  id: string,
  amount: Amount,
  direction: Text,
  summary: Text,
  createdAt: nullish(Instant),
}) satisfies Reads<CardEntryFragment>

const toCardTransaction = (wire: Decoded<typeof WireCardTransaction>): CardTransaction => ({
  id: wire.id,
  amountCents: wire.amount,
  direction: wire.direction,
  summary: wire.summary,
  createdAt: wire.createdAt,
})

export const WireCard = struct({
  id: string,
  last4Digits: Text,
  expirationDate: Text,
  holderName: Text,
  holderType: Text,
  status: Text,
  type: Text,
  pinSet: Flag,
  amountSpent: Amount,
  cashback: Amount,
  cashbackPercentage: nullish(number),
  transactions: listOf(WireCardTransaction),
  authorizations: listOf(WireCardTransaction),
}) satisfies Reads<CardFragment>

export const toDebitCard = (wire: Decoded<typeof WireCard>): DebitCard => ({
  id: wire.id,
  last4Digits: wire.last4Digits,
  expirationDate: wire.expirationDate,
  holderName: wire.holderName,
  holderType: wire.holderType,
  status: wire.status,
  type: wire.type,
  pinSet: wire.pinSet,
  amountSpentCents: wire.amountSpent,
  cashbackCents: wire.cashback,
  cashbackPercentage: wire.cashbackPercentage,
  transactions: wire.transactions.map(toCardTransaction),
  authorizations: wire.authorizations.map(toCardTransaction),
})

const WireEndpoint = struct({
  __typename: string,
  id: Text,
  name: Text,
  icon: Text,
}) satisfies Reads<EndpointFragment>

const ENDPOINT_TYPES: Readonly<Record<string, TransferEndpointType>> = {
  Pod: "POD",
  Port: "PORT",
  Account: "ACCOUNT",
  Merchant: "MERCHANT",
  ExternalEntity: "EXTERNAL",
}

const toEndpoint = (wire: EndpointOnWire): TransferEndpoint => ({
  type: Object.hasOwn(ENDPOINT_TYPES, wire.__typename)
    ? (ENDPOINT_TYPES[wire.__typename] ?? wire.__typename)
    : wire.__typename,
  id: wire.id,
  name: wire.name,
  icon: wire.icon,
})

/** An end of a transfer, as the service sends it. */
export interface EndpointOnWire extends Decoded<typeof WireEndpoint> {}

export const WireTransfer = struct({
  id: string,
  type: Text,
  status: Text,
  errorReason: Text,
  description: Text,
  direction: Text,
  activityType: Text,
  createdAt: nullish(Instant),
  updatedAt: nullish(Instant),
  amount: Money,
  source: nullish(WireEndpoint),
  destination: nullish(WireEndpoint),
}) satisfies Reads<TransferSummaryFragment>

/** A transfer as lists show it: with the kind of rule that made it, if a rule did. */
export const WireActivityTransfer = struct({
  ...WireTransfer.fields,
  ruleDetails: nullish(struct({ triggerType: Text })),
})

/** A transfer as the service sends it, its amount in cents. */
export interface TransferOnWire extends Decoded<typeof WireActivityTransfer> {}

export const toTransfer = (wire: Decoded<typeof WireTransfer>): Transfer => ({
  id: wire.id,
  type: wire.type,
  status: wire.status,
  errorReason: wire.errorReason,
  description: wire.description,
  direction: wire.direction,
  activityType: wire.activityType,
  createdAt: wire.createdAt,
  updatedAt: wire.updatedAt,
  amountCents: wire.amount,
  source: wire.source === null ? null : toEndpoint(wire.source),
  destination: wire.destination === null ? null : toEndpoint(wire.destination),
})

/** Tells if a rule made a transfer, and not a person or a program. */
export const isMadeByRule = (wire: TransferOnWire): boolean =>
  wire.activityType === "RULE" || wire.ruleDetails !== null

export const WirePaymentStep = struct({
  status: Text,
  createdAt: nullish(Instant),
  completedAt: nullish(Instant),
  expectedCompletionDate: Text,
}) satisfies Reads<PaymentFragment>

export const toPaymentStep = (wire: Decoded<typeof WirePaymentStep> | null): PaymentStep | null =>
  wire === null
    ? null
    : {
        status: wire.status,
        createdAt: wire.createdAt,
        completedAt: wire.completedAt,
        expectedCompletion: wire.expectedCompletionDate,
      }

export const WireLinkedAccount = struct({
  id: string,
  name: Text,
  pendingDisconnectCode: Text,
})

export const WireLimits = struct({
  dailyCreditLimit: Amount,
  remainingDailyCreditLimit: Amount,
  remainingMonthlyCreditLimit: Amount,
}) satisfies Reads<LimitsFragment>
