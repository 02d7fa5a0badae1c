/**
 * A small client of the project's own REST server: balances, activity and transfers over HTTP, for programs that
 * must not have the account's password. It brings neither Effect nor GraphQL along. Its errors are the SDK's.
 *
 * @module tsequence/rest
 */
export * from "./Errors.js"
export { formatCents } from "./model/Cents.js"
export type { Open } from "./model/Common.js"
export type { PaymentAccountType } from "./model/Payment.js"
export type {
  ActivityFilter,
  ActivityPage,
  ActivitySummary,
  ActivityType,
  PaymentStep,
  Transfer,
  TransferDirection,
  TransferEndpoint,
  TransferEndpointType,
  TransferRule,
  TransferStatus,
} from "./model/Transfer.js"
export type * from "./rest/RestModels.js"
export type {
  RestActivityOptions,
  RestActivityWalkOptions,
  RestCallOptions,
  RestOrganizationOptions,
  RestRetryOptions,
  RestTransferEnd,
  RestTransferOptions,
  RestTransferRequest,
  SequenceRestOptions,
} from "./rest/RestOptions.js"
export { SequenceRest } from "./rest/SequenceRest.js"
