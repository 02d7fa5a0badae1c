/** Which transfers of this process, or of none that lives, are looked for in the activity, and when. */
import * as Effect from "effect/Effect"
import * as Monotonic from "../internal/Monotonic.js"
import { type Attempt, needsLook } from "./Attempt.js"
import { addDays, dayOf } from "./Days.js"
import { Owners } from "./Owners.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { ServiceTime } from "./ServiceTime.js"
import { Settings } from "./Settings.js"

/** How far the search for one transfer is. */
export interface Search {
  /** When it began, on the monotonic clock. */
  readonly begun: number
  /** How many looks there were. */
  looks: number
  /** When the first complete read without it was, on the monotonic clock. */
  firstRead: number | undefined
}

/** A transfer that is looked for. */
export interface Wanted {
  readonly attempt: Attempt
  readonly search: Search
}

/** Whether there is any sense in looking still: what was ruled out is watched until the end of the next day. */
const isWatched = ({ status, intent }: Attempt, today: string) =>
  status === "unknown" || today <= addDays(intent.day, 1)

/** Makes the searches of this process. */
export const make = Effect.gen(function* () {
  const storage = yield* SafeguardStorage
  const owners = yield* Owners
  const serviceTime = yield* ServiceTime
  const settings = yield* Settings
  const searches = new Map<string, Search>()
  const { looks: schedule } = settings
  const every = schedule.at(-1) ?? settings.notFoundAfter

  const dueAt = ({ begun, looks }: Search): number =>
    begun + (schedule[looks] ?? every * (looks - schedule.length + 2))

  /** Whether it is ours to look for: what another living process looks after is left alone. */
  const isForUs = (attempt: Attempt) =>
    owners.isOwn(attempt.owner)
      ? Effect.succeed(true)
      : Effect.map(owners.livenessOf(attempt.owner), ([liveness]) => liveness === "dead")

  const searchFor = (attempt: Attempt, now: number): Search => {
    const { requestId } = attempt.intent
    const known = searches.get(requestId)
    if (known !== undefined) return known
    const made: Search = { begun: now, looks: 0, firstRead: undefined }
    searches.set(requestId, made)
    return made
  }

  /** Gives everything that is looked for now. */
  const wanted = Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const today = dayOf(yield* serviceTime.guess, settings.timeZone)
    const ours = yield* Effect.filter(
      ledger.unsettled().filter((one) => needsLook(one) && isWatched(one, today)),
      isForUs,
    )
    const now = yield* Monotonic.now
    const ids = new Set(ours.map(({ intent }) => intent.requestId))
    for (const id of searches.keys()) if (!ids.has(id)) searches.delete(id)
    return ours.map((attempt): Wanted => ({ attempt, search: searchFor(attempt, now) }))
  })

  /** Tells when the next look of all is due, on the monotonic clock; `Infinity`: never. */
  const nextDue = () => Math.min(...[...searches.values()].map(dueAt))

  return { wanted, dueAt, nextDue }
})
