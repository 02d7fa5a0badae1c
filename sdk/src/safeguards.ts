/**
 * Limits, an audit log and guarded transfers that survive anything, for programs that move real people's money.
 * Services and layers over those of `tsequence/effect`; the Promise API has them behind its option `safeguards`.
 *
 * @module tsequence/safeguards
 */

// TypeScript cannot name what is in a namespace when it writes declarations of layers that use it:
// the tags stand here as types too.

export type {
  Actor,
  AuditEntry,
  AuditEntryDraft,
  EventType,
  Idempotency,
  Intent,
} from "./audit/AuditEntry.js"
export type { AuditLog as AuditLogTag } from "./audit/AuditLog.js"
export * as AuditLog from "./audit/AuditLog.js"
export type { AuditStorage as AuditStorageTag } from "./audit/AuditStorage.js"
export * as AuditStorage from "./audit/AuditStorage.js"
export type { AppendFile, FileStatus, FileSystem } from "./audit/FileSystem.js"
export * as FileAuditStorage from "./audit/file/FileAuditStorage.js"
export type { AuditProblem, AuditProblemKind } from "./audit/HashChain.js"
export { canonicalTransfer, isSameTransfer, type KeyedTransfer } from "./audit/IdempotencyKeys.js"
export type { Recorder as RecorderTag } from "./audit/Recorder.js"
export type { SafeguardOptions, SafeguardSettings as SafeguardSettingsTag } from "./audit/SafeguardOptions.js"
export type { ServiceTime as ServiceTimeTag } from "./audit/ServiceTime.js"
export type { CheckedIntent, DayTotals, TransferLedgerView } from "./audit/TransferLedger.js"
export type { Admission, BlockReason, TransferRecord, TransferRecordStatus } from "./audit/TransferRecord.js"
export type { ProcessRegistry as ProcessRegistryTag } from "./reconciliation/ProcessRegistry.js"
export type { Reconciler as ReconcilerTag } from "./reconciliation/Reconciler.js"
export * as Reconciler from "./reconciliation/Reconciler.js"
export type { DailyLimits as DailyLimitsTag } from "./safeguards/DailyLimits.js"
export * as DailyLimits from "./safeguards/DailyLimits.js"
export type { GuardedTransfers as GuardedTransfersTag } from "./safeguards/GuardedTransfers.js"
export * as GuardedTransfers from "./safeguards/GuardedTransfers.js"
export * as Safeguards from "./safeguards/Safeguards.js"
export type { StagedTransfers as StagedTransfersTag } from "./safeguards/StagedTransfers.js"
export * as StagedTransfers from "./safeguards/StagedTransfers.js"
export type { TransferPreviews as TransferPreviewsTag } from "./safeguards/TransferPreviews.js"
export * as TransferPreviews from "./safeguards/TransferPreviews.js"
export type { Unresolved as UnresolvedTag } from "./safeguards/Unresolved.js"
export * as Unresolved from "./safeguards/Unresolved.js"
