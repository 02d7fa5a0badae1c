/** Responses of the Platform API as the service sends them. Fields that came later are null if they are missing. */
import type { components } from "../generated/platform.js"
import {
  array,
  boolean,
  type Decoder,
  integer,
  nullish,
  number,
  object,
  string,
  struct,
} from "../internal/Decode.js"
import { Instant, type Reads } from "../webapp/Decode.js"

type Schemas = components["schemas"]

const Text = nullish(string)
const Flag = nullish(boolean)
const Cents = nullish(integer)

const WireBalance = struct({
  balanceInCents: Cents,
  lastStatementBalanceInCents: Cents,
  nextPaymentMinimumInCents: Cents,
  nextPaymentDueDate: Text,
  balanceLastUpdatedAt: nullish(Instant),
  error: Text,
  interestRatePercentage: nullish(number),
}) satisfies Reads<Schemas["Balance"]>

const WireLinkedAccount = struct({
  id: string,
  name: Text,
  externalAccountType: Text,
  balance: nullish(WireBalance),
}) satisfies Reads<Schemas["LinkedAccount"]>

/** Account in a list, without its balance. */
export const WireAccountSummary = struct({
  id: string,
  name: string,
  type: string,
  description: Text,
  externalAccountType: Text,
  beneficiaryName: Text,
  institutionName: Text,
  canBeSource: Flag,
  createdAt: nullish(Instant),
  deletedAt: nullish(Instant),
  linkedAccount: nullish(WireLinkedAccount),
}) satisfies Reads<Schemas["AccountSummary"]>

/** Account with its balance and numbers. */
export const WireAccount = struct({
  ...WireAccountSummary.fields,
  routingNumber: Text,
  bankAccountNumber: Text,
  savingsTargetInCents: Cents,
  balance: nullish(WireBalance),
}) satisfies Reads<Schemas["Account"]>

const WireEnd = struct({ id: Text, name: Text, type: string }) satisfies Reads<Schemas["TransferEnd"]>

/** Transfer. */
export const WireTransfer = struct({
  id: string,
  amountInCents: integer,
  direction: Text,
  origin: Text,
  source: nullish(WireEnd),
  destination: nullish(WireEnd),
  status: Text,
  executionMode: Text,
  ruleId: Text,
  errorCode: Text,
  createdAt: Instant,
  completedAt: nullish(Instant),
  description: Text,
}) satisfies Reads<Schemas["Transfer"]>

/** Rule in a list. */
export const WireRuleSummary = struct({ id: string, isSupported: Flag }) satisfies Reads<
  Schemas["RuleSummary"]
>

/** Execution in a list. */
export const WireExecution = struct({ id: string }) satisfies Reads<Schemas["ExecutionSummary"]>

const WirePagination = struct({ hasNextPage: Flag }) satisfies Reads<Schemas["Pagination"]>

/** Makes the decoder of a page of items. */
export const pageOf = <A, Input>(item: Decoder<A, Input>) =>
  object((field) => ({
    items: field("items", array(item)),
    hasNextPage: field("pagination", WirePagination).hasNextPage,
  }))
