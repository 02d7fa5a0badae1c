import type { UserRecord } from "../data/Model.js"
import type { World } from "../data/World.js"
import type { Clock } from "../internal/Clock.js"
import type { ActivityFilter } from "../money/ActivityIndex.js"
import type { Ledger } from "../money/Ledger.js"
import type { Payments } from "../money/Payments.js"
import type { View } from "./Values.js"

/** The data that all views read. */
export interface Store {
  readonly world: World
  readonly ledger: Ledger
  readonly payments: Payments
  readonly clock: Clock
  /**
   * Cuts a page out of the activity of an organization or pod. It stands here because pods show transfers and
   * transfers show pods: the modules of the two would have to import each other.
   */
  readonly pageOf: (store: Store, ownerId: string, page: PageArguments) => View
}

/** The arguments of a page of activity. */
export interface PageArguments {
  readonly first?: number | null
  /** A cursor; empty, null or absent is the first page. */
  readonly after?: string | null
  readonly filter?: ActivityFilter | null
}

/** Faults that only a resolver can act out, because they need to know when the payment is booked. */
export interface PaymentFaults {
  /** Fails `createPayment.ok` after the payment was booked. */
  readonly okLost: boolean
  /** Lets the booked transfer fail when it would have settled, for this reason. */
  readonly failLater: string | null
  /** Refuses the payment in these words. */
  readonly refuse: string | null
}

/** The context of an operation. */
export interface OperationContext {
  readonly user: UserRecord
  readonly requestId: string | null
  readonly faults: PaymentFaults
}
