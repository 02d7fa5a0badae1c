/**
 * Looks in the activity for a payment that was sent and answered in a way that proves nothing: only a complete read
 * without it lets it be sent again.
 */
import * as Effect from "effect/Effect"
import * as Monotonic from "../internal/Monotonic.js"
import type { TransferOnWire } from "../webapp/Wire.js"
import type * as Activity from "./Activity.js"
import { readSince } from "./ActivityReading.js"
import type * as Organizations from "./Organizations.js"
import {
  candidatesOf,
  type Departure,
  duplicateKeyOf,
  isEarly,
  isOurs,
  toActivityEntry,
  WINDOW,
} from "./TransferMatching.js"

/** The payment that is looked for. */
export interface SearchTarget {
  readonly kycId: string
  readonly source: { readonly id: string; readonly type: string }
  readonly destination: { readonly id: string; readonly type: string }
  readonly amountCents: number
}

/** Time of the payment's first send, by three clocks. */
export interface FirstSend {
  /** The service's time by the answer to it; `undefined` if the answer does not tell. */
  readonly answered: number | undefined
  /** Milliseconds of the monotonic clock. */
  readonly monotonic: number
  /** This machine's time, in milliseconds since 1970. */
  readonly wall: number
}

/** Other transfers that may have made an entry that looks like the payment. */
export interface Rivals {
  /** Tells if an entry is known to be another transfer's. */
  readonly isClaimed: (transferId: string) => boolean
  /** True if there are identical transfers whose entries are not known. */
  readonly exist: boolean
}

/** Result of a complete read. */
export type SearchResult =
  | { readonly _tag: "Found"; readonly wire: TransferOnWire }
  | { readonly _tag: "Nothing" }
  /** An entry may be it or not. */
  | { readonly _tag: "Doubtful" }

/** Milliseconds that this machine's clock may be off, if the service does not tell the time. */
const LIKELY_CLOCK_ERROR = 120_000

/**
 * Bounds the moment of the first send. The response's time alone is not trusted: a forged response may forge it.
 *
 * @param read - the same moment by the time of the read that looks for it
 */
export const departureOf = ({ answered, wall }: FirstSend, read: number | undefined): Departure => {
  if (read === undefined) {
    const earliest = Math.min(answered ?? Number.POSITIVE_INFINITY, wall - LIKELY_CLOCK_ERROR)
    return { earliest, latest: Number.POSITIVE_INFINITY }
  }
  return { earliest: Math.min(answered ?? read, read), latest: Math.max(answered ?? read, read) }
}

/** Tells what a complete read says of a payment. */
export const judge = (
  read: ReadonlyArray<TransferOnWire>,
  sought: SearchTarget,
  departure: Departure,
  { isClaimed, exist }: Rivals,
): SearchResult => {
  const seen = read.map((wire) => ({ ...toActivityEntry(wire), wire }))
  const candidates = candidatesOf(seen, duplicateKeyOf(sought), isClaimed)
  const ours = candidates.filter((one) => isOurs(departure, one))
  const [only] = ours
  if (only !== undefined) {
    return ours.length === 1 && !exist ? { _tag: "Found", wire: only.wire } : { _tag: "Doubtful" }
  }
  return candidates.some((one) => isEarly(departure, one)) ? { _tag: "Doubtful" } : { _tag: "Nothing" }
}

/**
 * Makes a function that looks for a payment in all organizations that it may be in.
 *
 * @category constructors
 */
export const make = (activity: Activity.Service, organizations: Organizations.Service) => {
  const organizationIds = (sought: SearchTarget, timeout: number) =>
    Effect.map(organizations.all({ timeout }), (all) => {
      const isOwner = ({ kycIds, pods, ports, accounts }: Organizations.Organization) =>
        kycIds.includes(sought.kycId) &&
        [...pods, ...ports, ...accounts].some(({ id }) => id === sought.source.id)
      const owner = all.find(isOwner)
      return (owner === undefined ? all : [owner]).map(({ organizationId }) => organizationId)
    })

  /** Looks once. Fails if the read is not complete. */
  return <E>(sought: SearchTarget, first: FirstSend, rivals: Effect.Effect<Rivals, E>, timeout: number) =>
    Effect.gen(function* () {
      let departure = departureOf(first, undefined)
      let isTold = false
      const onPage = (date: number | undefined) =>
        Effect.map(Monotonic.now, (now) => {
          if (!isTold) {
            isTold = date !== undefined
            departure = departureOf(first, date === undefined ? undefined : date - (now - first.monotonic))
          }
          return departure.earliest - WINDOW
        })
      const ids = yield* organizationIds(sought, timeout)
      const read = yield* Effect.forEach(ids, (id) => readSince(activity, id, onPage, timeout))
      return judge(read.flat(), sought, departure, yield* rivals)
    })
}
