/** The transfers that this process looks for in the activity, and when it does. */
import * as Effect from "effect/Effect"
import { AuditStorage } from "../audit/AuditStorage.js"
import { addDays, dayOf } from "../audit/Days.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { needsReconciliation, type TransferRecord } from "../audit/TransferRecord.js"
import * as Monotonic from "../internal/Monotonic.js"
import { ProcessRegistry } from "./ProcessRegistry.js"

/** Progress of the search for one transfer. Times are milliseconds on the monotonic clock. */
export interface SearchProgress {
  readonly startedAt: number
  /** Number of looks so far. */
  attempts: number
  /** Time of the first complete read without the transfer. */
  firstReadAt: number | undefined
}

/** A transfer that is looked for. */
export interface PendingSearch {
  readonly record: TransferRecord
  readonly progress: SearchProgress
}

/** Tells if a transfer is still looked for: one that was ruled out is watched until the end of the next day. */
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

  const dueAt = ({ startedAt, attempts }: SearchProgress): number =>
    startedAt + (schedule[attempts] ?? every * (attempts - schedule.length + 2))

  /** Tells if this process must look for a transfer: those of other living processes are left to them. */
  const isForUs = (record: TransferRecord) =>
    processes.isOwn(record.owner)
      ? Effect.succeed(true)
      : Effect.map(processes.healthOf(record.owner), ([health]) => health === "dead")

  const progressOf = (record: TransferRecord, now: number): SearchProgress => {
    const { requestId } = record.intent
    const known = searches.get(requestId)
    if (known !== undefined) return known
    const made: SearchProgress = { startedAt: now, attempts: 0, firstReadAt: undefined }
    searches.set(requestId, made)
    return made
  }

  /** Gives all transfers that this process looks for now. */
  const pending = Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const today = dayOf(yield* serviceTime.guess, settings.timeZone)
    const ours = yield* Effect.filter(
      ledger.unresolved().filter((one) => needsReconciliation(one) && isWatched(one, today)),
      isForUs,
    )
    const now = yield* Monotonic.now
    const ids = new Set(ours.map(({ intent }) => intent.requestId))
    for (const id of searches.keys()) if (!ids.has(id)) searches.delete(id)
    return ours.map((record): PendingSearch => ({ record, progress: progressOf(record, now) }))
  })

  /** Tells when the next look is due, on the monotonic clock; `Infinity` if none is. */
  const nextDue = () => Math.min(...[...searches.values()].map(dueAt))

  return { pending, dueAt, nextDue }
})
