/** A route: where it is, and what it does. */
import type { Effect } from "effect"
import type { Answer, Failure } from "./Answer.js"
import type { Incoming } from "./Inputs.js"

/** A route and what it does. */
export interface Route<R> {
  readonly method: string
  /** Such as `/api/pods/:pod_name/balance`. */
  readonly path: string
  /** True if the route needs no key. */
  readonly isOpen: boolean
  readonly run: (incoming: Incoming) => Effect.Effect<Answer, Failure, R>
}
