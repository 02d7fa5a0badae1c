import type { Plan } from "../faults/Faults.js"
import type { HttpRequest } from "../http/Messages.js"
import type { KeyRecord } from "./ApiKeys.js"

/** A request of a known key for a known operation. */
export interface PlatformCall {
  readonly request: HttpRequest
  readonly key: KeyRecord
  /** The ids in the path, in order. */
  readonly ids: readonly string[]
  readonly plan: Plan
  readonly now: number
}
