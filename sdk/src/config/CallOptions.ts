/** The options of single calls of the Promise API, and the keys that each may have. */

import type { ActivityFilter } from "../model/Transfer.js"
import type { Keys } from "./OptionKeys.js"

/** Options of a single call. */
export interface CallOptions {
  /** Ends the call with an `AbortError`. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the call may take, all waits included. Default: the client's. */
  readonly timeout?: number | undefined
}

/** Options of a call that concerns one organization. */
export interface OrganizationOptions extends CallOptions {
  /** Default: the client's organization. */
  readonly organizationId?: string | undefined
}

/** Options of a page of the activity. */
export interface ActivityOptions extends ActivityFilter, CallOptions {
  /** Number of transfers, from 1 to 100. @default 10 */
  readonly first?: number | undefined
  /** The `endCursor` of the page before; empty for the first. @default "" */
  readonly after?: string | undefined
}

/** Options of a walk through the whole activity. */
export interface ActivityWalkOptions extends ActivityFilter, CallOptions {
  /** Number of transfers to read at once, from 1 to 100. @default 50 */
  readonly pageSize?: number | undefined
}

/** Options of watching for new activity. */
export interface WatchOptions extends ActivityWalkOptions {
  /** Milliseconds between two looks. @default 60000 */
  readonly interval?: number | undefined
}

/** Options of a transfer. */
export interface TransferOptions extends CallOptions {
  /**
   * Names the intention, such as `rent-2026-01`: 1 to 255 visible ASCII characters. Needs the option `safeguards`.
   * The first call under a key moves the money. For 24 hours after its outcome, the same transfer under the same key
   * ends as the first did, over restarts and for all processes on one folder; another transfer is an
   * `IdempotencyKeyError`.
   * Default: none, each call is a transfer of its own.
   */
  readonly idempotencyKey?: string | undefined
}

/** The keys of {@link CallOptions}. */
export const CALL: Keys<CallOptions> = { signal: true, timeout: true }

/** The keys of {@link OrganizationOptions}. */
export const ORGANIZATION: Keys<OrganizationOptions> = { ...CALL, organizationId: true }

const FILTER: Keys<ActivityFilter> = {
  organizationId: true,
  statuses: true,
  directions: true,
  activityTypes: true,
  dateStart: true,
  dateEnd: true,
  hideInternal: true,
  name: true,
}

/** The keys of {@link ActivityOptions}. */
export const ACTIVITY: Keys<ActivityOptions> = { ...CALL, ...FILTER, first: true, after: true }

/** The keys of {@link ActivityWalkOptions}. */
export const WALK: Keys<ActivityWalkOptions> = { ...CALL, ...FILTER, pageSize: true }

/** The keys of {@link WatchOptions}. */
export const WATCH: Keys<WatchOptions> = { ...WALK, interval: true }

/** The keys of {@link TransferOptions}. */
export const TRANSFER: Keys<TransferOptions> = { ...CALL, idempotencyKey: true }
