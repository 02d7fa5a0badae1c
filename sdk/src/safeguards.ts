/**
 * Limits, an audit trail and guarded transfers that survive anything, for programs that move real people's money.
 * Services and layers over those of `tsequence/effect`; the Promise API has them behind its option `safeguards`.
 *
 * @module tsequence/safeguards
 */

// TypeScript cannot name what stands in a namespace when it writes declarations of layers that use it:
// the tags stand here as types too.

export type { Attempt, Misfit, Status, Verdict } from "./safeguards/Attempt.js"
export type { AuditLog as AuditLogTag } from "./safeguards/AuditLog.js"
export * as AuditLog from "./safeguards/AuditLog.js"
export type { Problem, ProblemKind } from "./safeguards/Chain.js"
export type { DailyLimits as DailyLimitsTag } from "./safeguards/DailyLimits.js"
export * as DailyLimits from "./safeguards/DailyLimits.js"
export type { Actor, Draft, Entry, EventType, Idempotency, Intent } from "./safeguards/Entry.js"
export * as FileStorage from "./safeguards/FileStorage.js"
export type { AppendFile, FileStatus, FileSystem } from "./safeguards/FileSystem.js"
export type { GuardedTransfers as GuardedTransfersTag } from "./safeguards/GuardedTransfers.js"
export * as GuardedTransfers from "./safeguards/GuardedTransfers.js"
export { canonicalTransfer, isSameTransfer, type KeyedTransfer } from "./safeguards/Keys.js"
export type { LedgerView, Sums } from "./safeguards/Ledger.js"
export type { Owners as OwnersTag } from "./safeguards/Owners.js"
export type { Reconciliation as ReconciliationTag } from "./safeguards/Reconciliation.js"
export * as Reconciliation from "./safeguards/Reconciliation.js"
export type { Recorder as RecorderTag } from "./safeguards/Recorder.js"
export type { SafeguardStorage as SafeguardStorageTag } from "./safeguards/SafeguardStorage.js"
export * as SafeguardStorage from "./safeguards/SafeguardStorage.js"
export * as Safeguards from "./safeguards/Safeguards.js"
export type { ServiceTime as ServiceTimeTag } from "./safeguards/ServiceTime.js"
export type { Options as SafeguardOptions, Settings as SettingsTag } from "./safeguards/Settings.js"
export type { StagedTransfers as StagedTransfersTag } from "./safeguards/StagedTransfers.js"
export * as StagedTransfers from "./safeguards/StagedTransfers.js"
export type { Unresolved as UnresolvedTag } from "./safeguards/Unresolved.js"
export * as Unresolved from "./safeguards/Unresolved.js"
