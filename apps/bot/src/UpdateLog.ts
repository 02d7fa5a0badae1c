/** The record of handled updates: none is handled twice, even after a restart. */
import { Clock, Effect } from "effect"
import type * as ChatFile from "./chat/ChatFile.js"

/** Telegram numbers updates anew after a week without any. */
const NUMBERS_LAST = 6 * 86_400_000

/** The newest update that was handled. */
export interface UpdateLog {
  /** The newest update that was handled, or `undefined` if none is known. */
  readonly newest: Effect.Effect<number | undefined>
  /** Notes an update before it is worked on; `false` where it was seen before. */
  readonly isNew: (updateId: number) => Effect.Effect<boolean>
}

/** Goes on from what an earlier run left. */
export const make = ({ read, change }: ChatFile.Service): UpdateLog => {
  const newest = Effect.map(Clock.currentTimeMillis, (now) => {
    const { update_id, at } = read()
    return at !== undefined && now - at < NUMBERS_LAST ? update_id : undefined
  })
  return {
    newest,
    isNew: (updateId) =>
      Effect.gen(function* () {
        const before = yield* newest
        if (before !== undefined && updateId <= before) return false
        const at = yield* Clock.currentTimeMillis
        yield* change((state) => ({ ...state, update_id: updateId, at }))
        return true
      }),
  }
}
