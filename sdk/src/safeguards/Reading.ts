/** Complete reads of the activity, for telling what became of a transfer. */
import * as Effect from "effect/Effect"
import { Activity } from "../client/Activity.js"
import { readSince } from "../client/ActivityReading.js"
import { type Seen, toSeen } from "../client/Matching.js"
import { ServiceTime } from "./ServiceTime.js"

/** The entries of the activity since some moment. */
export interface Reading {
  readonly seen: ReadonlyArray<Seen>
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
      return { seen: read.map(toSeen), serviceTime: yield* serviceTime.guess } satisfies Reading
    })
})
