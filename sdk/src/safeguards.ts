/**
 * Limits, an audit trail and transfers that survive anything: for programs that move real people's money.
 *
 * @module tsequence/safeguards
 */
export * as AuditLog from "./safeguards/AuditLog.js"
export * as DailyLimits from "./safeguards/DailyLimits.js"
export * as FileStorage from "./safeguards/FileStorage.js"
export * as GuardedTransfers from "./safeguards/GuardedTransfers.js"
export * as Reconciliation from "./safeguards/Reconciliation.js"
export * as SafeguardStorage from "./safeguards/SafeguardStorage.js"
export * as Safeguards from "./safeguards/Safeguards.js"
export * as StagedTransfers from "./safeguards/StagedTransfers.js"
export * as Unresolved from "./safeguards/Unresolved.js"
