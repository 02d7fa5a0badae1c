/** The activity as streams. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { NotFoundError } from "../Errors.js"
import type { Transfer } from "../model/Transfer.js"
import type { RequestError } from "../transport/GraphQL.js"
import * as Activity from "./Activity.js"
import * as Watch from "./Watch.js"

/**
 * Streams the activity, newest first, page by page as far as it is consumed. Fails if there is a next page but the
 * service gives no new cursor for it.
 *
 * @category combinators
 */
export const activity = (
  options?: Activity.ActivityWalkOptions,
): Stream.Stream<Transfer, RequestError | NotFoundError, Activity.Activity> =>
  Stream.suspend(() =>
    Stream.paginateChunkEffect(Activity.firstPage(), (cursor) =>
      Effect.map(
        Activity.nextPage(cursor, options),
        ([transfers, next]) => [Chunk.fromIterable(transfers), Option.fromNullable(next)] as const,
      ),
    ),
  )

/**
 * Streams what is new in the activity from now on, oldest first, by looking every so often.
 *
 * @category combinators
 */
export const watch = (
  options: Watch.WatchOptions = {},
): Stream.Stream<Transfer, RequestError | NotFoundError, Activity.Activity> => {
  const { interval: every = Watch.DEFAULT_INTERVAL } = options
  const first: Watch.SeenTransfers = undefined
  return Stream.paginateChunkEffect<
    Watch.SeenTransfers,
    Transfer,
    RequestError | NotFoundError,
    Activity.Activity
  >(first, (seen) =>
    Watch.poll(seen, options).pipe(
      Effect.delay(seen === undefined ? 0 : every),
      Effect.map(([transfers, next]) => [Chunk.fromIterable(transfers), Option.some(next)] as const),
    ),
  )
}
