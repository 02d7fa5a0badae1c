/**
 * An unofficial SDK for GetSequence: read balances, follow the activity, move money.
 *
 * @module tsequence
 */
export type { ExecutableDocument } from "./api/Execute.js"
export type { Actor, AuditEntry, Idempotency, Intent } from "./audit/AuditEntry.js"
export type { AuditFilter } from "./audit/AuditLog.js"
export type { AuditVerification } from "./audit/AuditStorage.js"
export type { AuditProblem, AuditProblemKind } from "./audit/HashChain.js"
export type { Admission, BlockReason, TransferRecord, TransferRecordStatus } from "./audit/TransferRecord.js"
export type { AuthOptions, ClientOptions } from "./client/Options.js"
export type {
  ActivityOptions,
  ActivityWalkOptions,
  CallOptions,
  OrganizationOptions,
  TransferOptions,
  WatchOptions,
} from "./config/CallOptions.js"
export * from "./Errors.js"
export type { SequenceLogger } from "./internal/Logging.js"
export type * from "./model/Account.js"
export type { Open } from "./model/Common.js"
export type * from "./model/DebitCard.js"
export type * from "./model/Institution.js"
export { formatCents, MAX_AMOUNT_CENTS } from "./model/Money.js"
export type * from "./model/Payment.js"
export type * from "./model/Pod.js"
export type * from "./model/Rule.js"
export type * from "./model/Transfer.js"
export { parseDollars } from "./promise/parseDollars.js"
export type { SafeguardsClient, SequenceSafeguardOptions } from "./promise/SafeguardsClient.js"
export { Sequence } from "./promise/Sequence.js"
export type { SequenceClient } from "./promise/SequenceClient.js"
export type {
  SequenceCredentials,
  SequenceOptions,
  SequenceTokenStore,
  StoredTokens,
} from "./promise/SequenceOptions.js"
export type { DailyLimit } from "./safeguards/DailyLimits.js"
export type {
  PreviewEnd,
  TransferBlocker,
  TransferPreview,
} from "./safeguards/TransferPreviews.js"
export type { Decision } from "./safeguards/Unresolved.js"
export type { RetryOptions } from "./transport/GraphQL.js"
export type { RateLimitOptions } from "./transport/RequestQueue.js"
