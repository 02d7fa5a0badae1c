/** New activity, found by looking again and again. */
import * as Effect from "effect/Effect"
import type { Keys } from "../config/OptionKeys.js"
import type { NotFoundError } from "../Errors.js"
import type { Transfer } from "../model/Transfer.js"
import type { RequestError } from "../transport/GraphQL.js"
import * as Activity from "./Activity.js"
import * as CallKeys from "./CallKeys.js"

/** Options of watching for new activity. */
export interface WatchOptions extends Activity.ActivityWalkOptions {
  /** Milliseconds between two looks. @default 60000 */
  readonly interval?: number | undefined
}

const WATCH: Keys<WatchOptions> = { ...Activity.WALK, interval: true }

/** Milliseconds between two looks of a watch, unless told otherwise. */
export const DEFAULT_INTERVAL = 60_000

/** Ids of transfers that a watch has seen; `undefined` before its first look. */
export type SeenTransfers = Set<string> | undefined

// Far more than a look needs to find where the one before began.
const MOST_REMEMBERED = 5_000

const remember = (seen: Set<string>, transfers: ReadonlyArray<Transfer>): Set<string> => {
  for (const { id } of transfers) seen.add(id)
  for (const id of seen) {
    if (seen.size <= MOST_REMEMBERED) break
    seen.delete(id)
  }
  return seen
}

/**
 * Looks once.
 *
 * @returns what is new since the look before, oldest first, and what the next look must be given. The first
 *   look finds nothing new: it learns what there is.
 */
export const poll = (
  seen: SeenTransfers,
  options: WatchOptions = {},
): Effect.Effect<
  readonly [ReadonlyArray<Transfer>, SeenTransfers],
  RequestError | NotFoundError,
  Activity.Activity
> =>
  Effect.gen(function* () {
    yield* CallKeys.check(options, WATCH)
    const { interval: _, ...walkOptions } = options
    const found: Array<Transfer> = []
    let cursor: Activity.ActivityCursor | undefined = Activity.firstPage()
    while (cursor !== undefined) {
      const [page, next]: readonly [ReadonlyArray<Transfer>, Activity.ActivityCursor | undefined] =
        yield* Activity.nextPage(cursor, walkOptions)
      found.push(...page)
      cursor = seen === undefined || page.some(({ id }) => seen.has(id)) ? undefined : next
    }
    const fresh = seen === undefined ? [] : found.filter(({ id }) => !seen.has(id)).reverse()
    return [fresh, remember(seen ?? new Set(), found.toReversed())] as const
  })
