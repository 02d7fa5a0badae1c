/** Complete reads of the activity, for finding the outcome of a transfer. */
import * as Effect from "effect/Effect"
import { Activity } from "../api/Activity.js"
import { readSince } from "../api/ActivityReading.js"
import { type ActivityEntry, toActivityEntry } from "../api/TransferMatching.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import type { TransferRecord } from "../audit/TransferRecord.js"
import { sentFrom, WINDOW } from "./matchTransfer.js"

/** The entries of one organization's activity since some moment. */
export interface ActivitySnapshot {
  readonly entries: ReadonlyArray<ActivityEntry>
  /** The service's time at the end of the read, in milliseconds since 1970. */
  readonly serviceTime: number
}

/** Snapshots by the id of their organization. */
export type ActivitySnapshots = ReadonlyMap<string, ActivitySnapshot>

/** Tells how far back each organization's activity must be read to find these transfers, in the service's time. */
const readsFor = (records: ReadonlyArray<TransferRecord>): ReadonlyMap<string, number> => {
  const since = new Map<string, number>()
  for (const record of records) {
    for (const id of record.intent.organizationIds) {
      since.set(id, Math.min(since.get(id) ?? Number.POSITIVE_INFINITY, sentFrom(record) - WINDOW))
    }
  }
  return since
}

/** Makes the function that reads the activity that transfers may be in, once per organization. Failed reads are left out. */
export const makeForTransfers = Effect.gen(function* () {
  const activity = yield* Activity
  const serviceTime = yield* ServiceTime
  const { timeout } = yield* SafeguardSettings

  const readOne = (organizationId: string, since: number) =>
    Effect.gen(function* () {
      const onPage = (date: number | undefined) => Effect.as(serviceTime.note(date), since)
      const transfers = yield* readSince(activity, organizationId, onPage, timeout)
      return {
        entries: transfers.map(toActivityEntry),
        serviceTime: yield* serviceTime.guess,
      } satisfies ActivitySnapshot
    }).pipe(
      Effect.tapError((error) =>
        Effect.logWarning(`The activity could not be read to find a transfer: ${error.message}`),
      ),
      Effect.option,
    )

  return (records: ReadonlyArray<TransferRecord>): Effect.Effect<ActivitySnapshots> =>
    Effect.gen(function* () {
      const snapshots = new Map<string, ActivitySnapshot>()
      for (const [id, since] of readsFor(records)) {
        const snapshot = yield* readOne(id, since)
        if (snapshot._tag === "Some") snapshots.set(id, snapshot.value)
      }
      return snapshots
    })
})
