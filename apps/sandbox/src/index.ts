/**
 * A stand-in for GetSequence: its GraphQL API over a ledger in memory, its login pages, and faults on demand, all
 * over real HTTP. Start one in a test with `startSandbox`, or from a shell with `npx tsequence-sandbox`.
 */
export type { IssuedTokens } from "./auth/Tokens.js"
export type { AddActivity, AddHolder, ChangeHolder, Edit, FailTransfer } from "./data/Edits.js"
export type {
  FaultAnswers,
  FaultModifiers,
  FaultSelector,
  FaultSpec,
  FaultTarget,
  FaultyError,
  Patch,
  PathStep,
} from "./faults/FaultSpec.js"
export type { LoggedRequest } from "./http/RequestLog.js"
export type { Json } from "./internal/Json.js"
export type { LedgerEntry, LedgerPayment, LedgerSnapshot } from "./money/LedgerSnapshot.js"
export type { LoginOptions, SandboxOptions } from "./Options.js"
export type {
  PlatformKey,
  PlatformKeyOptions,
  PlatformScope,
  PlatformTransferScope,
} from "./platform/ApiKeys.js"
export type {
  PlatformOptions,
  PlatformShape,
  RateModel,
  TimestampPrecision,
} from "./platform/PlatformOptions.js"
export type { Sandbox, SandboxPlatform, WaitingFault } from "./Sandbox.js"
export { startSandbox } from "./startSandbox.js"
