/** The keys that the options of single calls may have. */
import type * as Effect from "effect/Effect"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import type { ConfigError } from "../Errors.js"
import type { ActivityFilter } from "../model/Transfer.js"
import type { CallOptions } from "../transport/GraphQL.js"

interface OrganizationOptions extends CallOptions {
  readonly organizationId?: string | undefined
}

/** The keys of the options that every call has. */
export const CALL: Keys<CallOptions> = { timeout: true }

/** The keys of the options of a call that concerns one organization. */
export const ORGANIZATION: Keys<OrganizationOptions> = { ...CALL, organizationId: true }

/** The keys of the options of a call that reads the activity. */
export const FILTER: Keys<ActivityFilter & CallOptions> = {
  ...ORGANIZATION,
  statuses: true,
  directions: true,
  activityTypes: true,
  dateStart: true,
  dateEnd: true,
  hideInternal: true,
  name: true,
}

/** Fails if the options of a call have a key that the call does not read. */
export const check = <T extends object>(
  options: T | undefined,
  keys: Keys<T>,
): Effect.Effect<void, ConfigError> => refuseUnknownKeys("options of the call", options, keys)
