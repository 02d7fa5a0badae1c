/** Which transfers of this process, or of none that lives, are looked for in the activity, and when. */
import * as Effect from "effect/Effect"
import { AuditStorage } from "../audit/AuditStorage.js"
import { addDays, dayOf } from "../audit/Days.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { needsReconciliation, type TransferRecord } from "../audit/TransferRecord.js"
import * as Monotonic from "../internal/Monotonic.js"
import { ProcessRegistry } from "./ProcessRegistry.js"

/** How far the search for one transfer is. */
export interface SearchProgress {
  /** When it began, on the monotonic clock. */
  readonly begun: number
  /** How many looks there were. */
  looks: number
  /** When the first complete read without it was, on the monotonic clock. */
  firstRead: number | undefined
}

/** A transfer that is looked for. */
export interface PendingSearch {
  readonly attempt: TransferRecord
  readonly search: SearchProgress
}

/** Whether there is any sense in looking still: what was ruled out is watched until the end of the next day. */
const isWatched = ({ status, intent }: TransferRecord, today: string) =>
  status === "unknown" || today <= addDays(intent.day, 1)

/** Makes the searches of this process. */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const serviceTime = yield* ServiceTime
  const settings = yield* SafeguardSettings
  const searches = new Map<string, SearchProgress>()
  const { reconcileSchedule: schedule } = settings
  const every = schedule.at(-1) ?? settings.notFoundAfter

  const dueAt = ({ begun: startedAt, looks }: SearchProgress): number =>
    startedAt + (schedule[looks] ?? every * (looks - schedule.length + 2))

  /** Whether it is ours to look for: what another living process looks after is left alone. */
  const isForUs = (record: TransferRecord) =>
    processes.isOwn(record.owner)
      ? Effect.succeed(true)
      : Effect.map(processes.healthOf(record.owner), ([liveness]) => liveness === "dead")

  const searchFor = (record: TransferRecord, now: number): SearchProgress => {
    const { requestId } = record.intent
    const known = searches.get(requestId)
    if (known !== undefined) return known
    const made: SearchProgress = { begun: now, looks: 0, firstRead: undefined }
    searches.set(requestId, made)
    return made
  }

  /** Gives everything that is looked for now. */
  const wanted = Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const today = dayOf(yield* serviceTime.guess, settings.timeZone)
    const ours = yield* Effect.filter(
      ledger.unresolved().filter((one) => needsReconciliation(one) && isWatched(one, today)),
      isForUs,
    )
    const now = yield* Monotonic.now
    const ids = new Set(ours.map(({ intent }) => intent.requestId))
    for (const id of searches.keys()) if (!ids.has(id)) searches.delete(id)
    return ours.map((record): PendingSearch => ({ attempt: record, search: searchFor(record, now) }))
  })

  /** Tells when the next look of all is due, on the monotonic clock; `Infinity`: never. */
  const nextDue = () => Math.min(...[...searches.values()].map(dueAt))

  return { wanted, dueAt, nextDue }
})
