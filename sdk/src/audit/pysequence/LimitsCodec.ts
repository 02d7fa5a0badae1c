/**
 * `.daily_limits.json`, in PySequence's format. For us it is a view of the audit log, written for people and for
 * PySequence; what PySequence wrote into it counts.
 */

import { isAmount } from "../AuditEntry.js"
import { addDays, dayOf, isDay, parseTimestamp, toTimestamp } from "../Days.js"
import { GLOBAL_KEY, type TransferLedgerView } from "../TransferLedger.js"
import { countsTowardLimit, type TransferRecord } from "../TransferRecord.js"

/** A transfer in the file, with the keys of the file. */
type LimitEntry = Readonly<Record<string, unknown>> & { readonly amount_cents: number }

/** The file: day → key → transfers. */
export type Limits = Readonly<Record<string, Readonly<Record<string, ReadonlyArray<LimitEntry>>>>>

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isEntry = (value: unknown): value is LimitEntry =>
  isRecord(value) &&
  isAmount(value.amount_cents) &&
  (value.timestamp === undefined || parseTimestamp(value.timestamp) !== undefined)

const entriesOf = (value: unknown): ReadonlyArray<LimitEntry> | undefined =>
  Array.isArray(value) && value.every(isEntry) ? value : undefined

const keysOf = (value: unknown): Record<string, ReadonlyArray<LimitEntry>> | undefined => {
  // An older format has one list for everybody.
  if (Array.isArray(value)) {
    const entries = entriesOf(value)
    return entries === undefined ? undefined : { [GLOBAL_KEY]: entries }
  }
  if (!isRecord(value)) return undefined
  const keys: Record<string, ReadonlyArray<LimitEntry>> = {}
  for (const [key, list] of Object.entries(value)) {
    const entries = entriesOf(list)
    if (entries === undefined) return undefined
    keys[key] = entries
  }
  return keys
}

/** Reads the file; `undefined` if anything about it is not as it must be. */
export const parse = (text: string): Limits | undefined => {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(content)) return undefined
  const days: Record<string, Readonly<Record<string, ReadonlyArray<LimitEntry>>>> = {}
  for (const [day, value] of Object.entries(content)) {
    const keys = keysOf(value)
    if (!isDay(day) || keys === undefined) return undefined
    days[day] = keys
  }
  return days
}

const requestOf = (entry: LimitEntry): string | undefined =>
  typeof entry.request_id === "string" ? entry.request_id : undefined

/** Tells if an entry is about a transfer that the audit log knows with the same amount or more. */
const isKnown = (entry: LimitEntry, ledger: TransferLedgerView): boolean => {
  const requestId = requestOf(entry)
  if (requestId === undefined || !ledger.hasSeen(requestId)) return false
  const record = ledger.record(requestId)
  return record === undefined || record.intent.transfer.amountCents >= entry.amount_cents
}

/** Tells if a transfer counts for a day: the day that it is listed under, and the day of its time. */
const isOn = (entry: LimitEntry, listedUnder: string, day: string, timeZone: string): boolean => {
  if (listedUnder === day) return true
  const at = parseTimestamp(entry.timestamp)
  return at !== undefined && dayOf(at, timeZone) === day
}

/**
 * Adds up what PySequence spent of a day, in cents. PySequence notes each transfer in
 * audit log and file, so of what it wrote the larger sum counts; a transfer of ours that the audit log has lost counts
 * as well.
 */
export const externalCents = (
  limits: Limits,
  ledger: TransferLedgerView,
  limitKey: string,
  day: string,
  timeZone: string,
): number => {
  let foreign = 0
  let lost = 0
  for (const [listedUnder, keys] of Object.entries(limits)) {
    for (const entry of keys[limitKey] ?? []) {
      if (!isOn(entry, listedUnder, day, timeZone)) continue
      if (requestOf(entry) === undefined) foreign += entry.amount_cents
      else if (!isKnown(entry, ledger)) lost += entry.amount_cents
    }
  }
  return Math.min(Number.MAX_SAFE_INTEGER, lost + Math.max(foreign, ledger.externalCents(limitKey, day)))
}

/** Every key and day that an entry counts for. */
export const daysOf = (
  limits: Limits,
  timeZone: string,
): ReadonlyArray<{ readonly limitKey: string; readonly day: string }> => {
  const found = new Map<string, { readonly limitKey: string; readonly day: string }>()
  for (const [listedUnder, keys] of Object.entries(limits)) {
    for (const [limitKey, entries] of Object.entries(keys)) {
      for (const { timestamp } of entries) {
        const at = parseTimestamp(timestamp)
        for (const day of at === undefined ? [listedUnder] : [listedUnder, dayOf(at, timeZone)]) {
          found.set(`${day} ${limitKey}`, { limitKey, day })
        }
      }
    }
  }
  return [...found.values()]
}

/** Adds transfers of ours that are missing. */
export const merge = (limits: Limits, more: Limits): Limits => {
  const merged: Record<string, Record<string, ReadonlyArray<LimitEntry>>> = {}
  for (const [day, keys] of Object.entries(limits)) merged[day] = { ...keys }
  for (const [day, keys] of Object.entries(more)) {
    const before = merged[day] ?? {}
    merged[day] = before
    for (const [key, entries] of Object.entries(keys)) {
      const known = new Set((before[key] ?? []).map(requestOf))
      before[key] = [...(before[key] ?? []), ...entries.filter((entry) => !known.has(requestOf(entry)))]
    }
  }
  return merged
}

/** Adds the transfers that count by an audit log that has lost lines since, to those that were remembered before. */
export const remember = (remembered: Limits, lost: TransferLedgerView): Limits =>
  merge(remembered, view({}, lost, lost.latestDay ?? ""))

/** Leaves out the transfers that the audit log knows: what it says of them is what counts. */
export const externalEntries = (limits: Limits, ledger: TransferLedgerView): Limits =>
  Object.fromEntries(
    Object.entries(limits).map(([day, keys]) => [
      day,
      Object.fromEntries(
        Object.entries(keys).map(([key, entries]) => [
          key,
          entries.filter((entry) => !isKnown(entry, ledger)),
        ]),
      ),
    ]),
  )

const toEntry = ({ intent, status, transferId }: TransferRecord): LimitEntry => ({
  transfer_id: transferId ?? "unknown",
  amount_cents: intent.transfer.amountCents,
  timestamp: toTimestamp(intent.at),
  request_id: intent.requestId,
  status,
})

/**
 * Gives the day before which nothing counts any more. It follows the days of the audit log, which go by the service's time;
 * before the first of them, nothing is too old.
 */
export const oldestKept = (latestDay: string | undefined): string =>
  latestDay === undefined ? "" : addDays(latestDay, -2)

/**
 * Makes the view: PySequence's transfers as they are in the file, and ours as the audit log knows them. Days
 * older than two are left out, except for transfers that are not resolved.
 */
export const view = (limits: Limits, ledger: TransferLedgerView, today: string): Limits => {
  const days: Record<string, Record<string, Array<LimitEntry>>> = {}
  // A day that was opened too early is set back later: what is listed under today is kept for it.
  const oldest = oldestKept(
    ledger.latestDay !== undefined && today < ledger.latestDay ? today : ledger.latestDay,
  )
  const put = (day: string, key: string, entry: LimitEntry) => {
    days[day] ??= {}
    days[day][key] ??= []
    days[day][key].push(entry)
  }
  for (const [day, keys] of Object.entries(externalEntries(limits, ledger))) {
    if (day < oldest) continue
    for (const [key, entries] of Object.entries(keys)) {
      for (const entry of entries) put(day, key, entry)
    }
  }
  for (const record of ledger.records()) {
    const { day, limitKey } = record.intent
    const isKept = day >= oldest || (record.status !== "accepted" && record.status !== "not_found")
    if (countsTowardLimit(record) && isKept) put(day, limitKey, toEntry(record))
  }
  return days
}

/** Writes the file's text. */
export const encode = (limits: Limits): string => `${JSON.stringify(limits)}\n`
