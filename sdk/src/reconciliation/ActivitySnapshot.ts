/** Complete reads of the activity, for telling what became of a transfer. */
import * as Effect from "effect/Effect"
import { Activity } from "../api/Activity.js"
import { readSince } from "../api/ActivityReading.js"
import { type ActivityEntry, toActivityEntry } from "../api/TransferMatching.js"
import { ServiceTime } from "../audit/ServiceTime.js"

/** The entries of the activity since some moment. */
export interface ActivitySnapshot {
  readonly seen: ReadonlyArray<ActivityEntry>
  /** The service's time at the end of it. */
  readonly serviceTime: number
}

/** Makes a function that reads everything since some moment of the service's time, newest first, of one organization. */
export const make = Effect.gen(function* () {
  const activity = yield* Activity
  const serviceTime = yield* ServiceTime
  return (organizationId: string, since: number, timeout: number) =>
    Effect.gen(function* () {
      const onPage = (date: number | undefined) => Effect.as(serviceTime.note(date), since)
      const read = yield* readSince(activity, organizationId, onPage, timeout)
      return {
        seen: read.map(toActivityEntry),
        serviceTime: yield* serviceTime.guess,
      } satisfies ActivitySnapshot
    })
})
