/**
 * Matching of transfers with entries of the activity. Identical transfers can be taken for one another, so they are
 * matched together: at most as many entries as transfers is clear; with more entries, a person decides.
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

/** The result of looking for a transfer in a read of the activity. */
export type MatchResult =
  | { readonly _tag: "Found"; readonly entry: ActivityEntry }
  /** More entries than transfers. */
  | { readonly _tag: "Ambiguous"; readonly ids: ReadonlyArray<string> }
  /** No entry since it was sent, but one shortly before, which may or may not be it. */
  | { readonly _tag: "Early"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "Nothing" }
  /** An identical transfer is open, and may have made the entry. */
  | { readonly _tag: "Wait" }

/** Gives the earliest time that a transfer can have been sent, in the service's time. */
export const sentFrom = ({ sentAt, intent }: TransferRecord): number => sentAt ?? intent.serviceTime

/** Gives the latest time that a transfer can have been sent, in the service's time. */
export const sentUntil = ({ sentAt, intent }: TransferRecord): number =>
  sentAt ?? intent.serviceTime + Math.max(0, intent.sendBefore - intent.at)

const PRIORITY: Readonly<Partial<Record<TransferRecord["status"], number>>> = {
  accepted: 0,
  unknown: 1,
  not_found: 2,
}

const byPriority = (a: TransferRecord, b: TransferRecord) =>
  (PRIORITY[a.status] ?? 3) - (PRIORITY[b.status] ?? 3)

/** Gives the time that a transfer of the audit log was sent. */
const departureOf = (record: TransferRecord): Departure => ({
  earliest: sentFrom(record),
  latest: sentFrom(record),
})

const idsOf = (entries: ReadonlyArray<ActivityEntry>) => entries.map(({ id }) => id)

/** Transfers further apart than this are not taken for one another, in milliseconds. */
const NEAR = 2 * 86_400_000

const isNear = (a: TransferRecord, b: TransferRecord) => Math.abs(sentFrom(a) - sentFrom(b)) < NEAR

/** Gives each entry to the first transfer that it can be. */
const assign = (
  waiting: ReadonlyArray<TransferRecord>,
  ours: ReadonlyArray<ActivityEntry>,
): ReadonlyMap<string, ActivityEntry> => {
  const assigned = new Map<string, ActivityEntry>()
  for (const entry of ours) {
    const record = waiting.find(
      (one) => !assigned.has(one.intent.requestId) && isOurs(departureOf(one), entry),
    )
    if (record !== undefined) assigned.set(record.intent.requestId, entry)
  }
  return assigned
}

/**
 * Looks for a transfer in a complete read of the activity.
 *
 * @param entries - every entry of the read, of the organizations that the transfer may be in
 */
export const matchTransfer = (
  record: TransferRecord,
  ledger: TransferLedgerView,
  entries: ReadonlyArray<ActivityEntry>,
): MatchResult => {
  const { requestId } = record.intent
  const identity = duplicateKeyOf(record.intent.transfer)
  const twins = ledger.findIdentical(identity)
  const candidates = candidatesOf(entries, identity, (id) => ledger.isClaimed(id, requestId))
  const waiting = twins.filter((one) => needsReconciliation(one) && isNear(one, record)).sort(byPriority)
  const ours = candidates.filter((one) => waiting.some((twin) => isOurs(departureOf(twin), one)))
  const early = candidates.filter((one) => isEarly(departureOf(record), one))
  if (ours.length > 0 && twins.some(({ status }) => status === "open")) return { _tag: "Wait" }
  if (ours.length > waiting.length) return { _tag: "Ambiguous", ids: idsOf(ours) }
  const own = assign(waiting, ours).get(requestId)
  if (own !== undefined) return { _tag: "Found", entry: own }
  return early.length > 0 ? { _tag: "Early", ids: idsOf(early) } : { _tag: "Nothing" }
}
