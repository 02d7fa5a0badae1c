/**
 * Which entry of the activity is which transfer. Identical transfers can be taken for one another, so they are
 * matched together: as many entries as there are transfers without one is clear, more is for a person.
 */
import {
  type ActivityEntry,
  candidatesOf,
  type Departure,
  duplicateKeyOf,
  isEarly,
  isOurs,
} from "../api/TransferMatching.js"
import type { TransferLedgerView } from "../audit/TransferLedger.js"
import { needsReconciliation, type TransferRecord } from "../audit/TransferRecord.js"

export { type ActivityEntry, WINDOW } from "../api/TransferMatching.js"

/** What a read of the activity says about a transfer. */
export type MatchResult =
  | { readonly _tag: "Found"; readonly seen: ActivityEntry }
  /** More entries than transfers. */
  | { readonly _tag: "Ambiguous"; readonly ids: ReadonlyArray<string> }
  /** Nothing since it was sent, but something shortly before, which may or may not be it. */
  | { readonly _tag: "Early"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "Nothing" }
  /** An identical one is under way, and may be what was seen. */
  | { readonly _tag: "Wait" }

/** When a transfer left, or was about to, in the service's time. */
export const sentFrom = ({ sentAt, intent }: TransferRecord): number => sentAt ?? intent.serviceTime

/** The latest that a transfer can have left, in the service's time. */
export const sentUntil = ({ sentAt, intent }: TransferRecord): number =>
  sentAt ?? intent.serviceTime + Math.max(0, intent.sendBefore - intent.at)

const PRIORITY: Readonly<Partial<Record<TransferRecord["status"], number>>> = {
  accepted: 0,
  unknown: 1,
  not_found: 2,
}

const byPriority = (a: TransferRecord, b: TransferRecord) =>
  (PRIORITY[a.status] ?? 3) - (PRIORITY[b.status] ?? 3)

/** A transfer of the trail leaves when its line says. */
const departureOf = (record: TransferRecord): Departure => ({
  earliest: sentFrom(record),
  latest: sentFrom(record),
})

const idsOf = (seen: ReadonlyArray<ActivityEntry>) => seen.map(({ id }) => id)

/** Transfers further apart than this are not taken for one another, in milliseconds. */
const NEAR = 2 * 86_400_000

const isNear = (a: TransferRecord, b: TransferRecord) => Math.abs(sentFrom(a) - sentFrom(b)) < NEAR

/** Each entry goes to the first transfer that it can be. */
const assign = (
  waiting: ReadonlyArray<TransferRecord>,
  ours: ReadonlyArray<ActivityEntry>,
): ReadonlyMap<string, ActivityEntry> => {
  const assigned = new Map<string, ActivityEntry>()
  for (const seen of ours) {
    const taker = waiting.find((one) => !assigned.has(one.intent.requestId) && isOurs(departureOf(one), seen))
    if (taker !== undefined) assigned.set(taker.intent.requestId, seen)
  }
  return assigned
}

/**
 * Tells what a complete read of the activity says about a transfer.
 *
 * @param seen - every entry of the read, of the organizations that the transfer may be in
 */
export const matchTransfer = (
  record: TransferRecord,
  ledger: TransferLedgerView,
  seen: ReadonlyArray<ActivityEntry>,
): MatchResult => {
  const { requestId } = record.intent
  const identity = duplicateKeyOf(record.intent.transfer)
  const twins = ledger.findIdentical(identity)
  const candidates = candidatesOf(seen, identity, (id) => ledger.isClaimed(id, requestId))
  const waiting = twins.filter((one) => needsReconciliation(one) && isNear(one, record)).sort(byPriority)
  const ours = candidates.filter((one) => waiting.some((twin) => isOurs(departureOf(twin), one)))
  const early = candidates.filter((one) => isEarly(departureOf(record), one))
  if (ours.length > 0 && twins.some(({ status }) => status === "open")) return { _tag: "Wait" }
  if (ours.length > waiting.length) return { _tag: "Ambiguous", ids: idsOf(ours) }
  const own = assign(waiting, ours).get(requestId)
  if (own !== undefined) return { _tag: "Found", seen: own }
  return early.length > 0 ? { _tag: "Early", ids: idsOf(early) } : { _tag: "Nothing" }
}
