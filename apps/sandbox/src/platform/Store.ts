import type { TransferRecord } from "../data/Model.js"
import type { World } from "../data/World.js"
import type { Clock } from "../internal/Clock.js"
import type { Ledger } from "../money/Ledger.js"
import type { Payments } from "../money/Payments.js"
import type { CallLog } from "./CallLog.js"
import type { Idempotency } from "./Idempotency.js"
import type { PlatformIds } from "./PlatformIds.js"
import type { PlatformSettings } from "./PlatformOptions.js"

/** State that the operations of the Platform API read and change: the world that the GraphQL API shows as well. */
export interface PlatformStore {
  readonly world: World
  readonly ledger: Ledger
  readonly payments: Payments
  readonly clock: Clock
  readonly settings: PlatformSettings
  readonly ids: PlatformIds
  readonly idempotency: Idempotency
  readonly calls: CallLog
  /** Simulated transfers by id: they are in no ledger and no activity. */
  readonly simulations: Map<string, TransferRecord>
  /** Ids of the transfers that were made here, which cannot be read by themselves for a moment. */
  readonly fresh: Set<string>
}
