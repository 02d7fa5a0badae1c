import type { TransferRecord } from "../data/Model.js"
import { endOfEasternDay, startOfEasternDay } from "../internal/EasternTime.js"

/** A filter of the activity; every given field must match. */
export interface ActivityFilter {
  /** Calendar dates of the US East Coast, both included. */
  readonly createdAt?: { readonly start?: string | null; readonly end?: string | null } | null
  readonly statuses?: readonly string[] | null
  readonly directions?: readonly string[] | null
  readonly activityTypes?: readonly string[] | null
  readonly hideInternalTransfers?: boolean | null
  /** Part of the name of either end, in any case. */
  readonly name?: string | null
}

/** A page of activity, newest first. */
export interface ActivityPage {
  readonly transfers: readonly TransferRecord[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

type Place = Pick<TransferRecord, "createdAt" | "sequence">

/** Writes the place of a transfer as a cursor; it stays good while newer transfers arrive. */
export const cursorOf = (place: Place): string =>
  Buffer.from(`${place.createdAt}:${place.sequence}`).toString("base64url")

/** Reads a cursor; `undefined` where it is none of ours. */
export const readCursor = (cursor: string): Place | undefined => {
  const match = /^(-?\d{1,16}):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("utf8"))
  return match ? { createdAt: Number(match[1]), sequence: Number(match[2]) } : undefined
}

const isBefore = (one: Place, other: Place): boolean =>
  one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.sequence < other.sequence)

/** Transfers in the order of their creation; pages are cut from it without walking the rest. */
export class ActivityIndex {
  readonly #transfers: TransferRecord[] = []

  /** The number of transfers. */
  get size(): number {
    return this.#transfers.length
  }

  /** Every transfer, oldest first. */
  get all(): readonly TransferRecord[] {
    return this.#transfers
  }

  /** Adds a transfer where its creation time puts it: nearly always at the end. */
  add(transfer: TransferRecord): void {
    this.#transfers.splice(this.#countBefore(transfer), 0, transfer)
  }

  /** Cuts the page of up to `first` transfers that are older than `after`. */
  page(filter: ActivityFilter, first: number, after: Place | undefined): ActivityPage {
    const keep = matcher(filter)
    const begin = after === undefined ? this.size : this.#countBefore(after)
    const transfers: TransferRecord[] = []
    let hasNextPage = false
    for (const transfer of this.#newestFirst(begin, filter)) {
      if (!keep(transfer)) continue
      hasNextPage = transfers.length === first
      if (hasNextPage) break
      transfers.push(transfer)
    }
    return { transfers, hasNextPage, hasPreviousPage: this.#anyFrom(begin, keep) }
  }

  /** Counts the transfers that a filter lets through. */
  count(filter: ActivityFilter): number {
    const keep = matcher(filter)
    let count = 0
    for (const transfer of this.#newestFirst(this.size, filter)) if (keep(transfer)) count += 1
    return count
  }

  /** Walks the transfers created at `instant` or later, newest first. */
  *since(instant: number): Generator<TransferRecord> {
    yield* this.#newestFirst(this.size, {}, instant)
  }

  *#newestFirst(end: number, filter: ActivityFilter, oldest = earliest(filter)): Generator<TransferRecord> {
    for (let position = end - 1; position >= 0; position -= 1) {
      const transfer = this.#transfers[position]
      if (transfer === undefined || transfer.createdAt < oldest) return
      yield transfer
    }
  }

  #anyFrom(begin: number, keep: (transfer: TransferRecord) => boolean): boolean {
    for (let position = this.size - 1; position >= begin; position -= 1) {
      const transfer = this.#transfers[position]
      if (transfer !== undefined && keep(transfer)) return true
    }
    return false
  }

  #countBefore(place: Place): number {
    const newest = this.#transfers[this.size - 1]
    if (newest === undefined || isBefore(newest, place)) return this.size
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >> 1
      const transfer = this.#transfers[middle]
      if (transfer !== undefined && isBefore(transfer, place)) low = middle + 1
      else high = middle
    }
    return low
  }
}

const earliest = (filter: ActivityFilter): number =>
  filter.createdAt?.start ? startOfEasternDay(filter.createdAt.start) : Number.NEGATIVE_INFINITY

const oneOf = (values: readonly string[] | null | undefined): ((value: string) => boolean) => {
  if (!values || values.length === 0) return () => true
  const wanted = new Set(values)
  return (value) => wanted.has(value)
}

const matcher = (filter: ActivityFilter): ((transfer: TransferRecord) => boolean) => {
  const from = earliest(filter)
  const until = filter.createdAt?.end ? endOfEasternDay(filter.createdAt.end) : Number.POSITIVE_INFINITY
  const status = oneOf(filter.statuses)
  const direction = oneOf(filter.directions)
  const activityType = oneOf(filter.activityTypes)
  const name = filter.name?.toLowerCase() ?? ""
  return (transfer) =>
    transfer.createdAt >= from &&
    transfer.createdAt < until &&
    status(transfer.status) &&
    direction(transfer.direction) &&
    activityType(transfer.activityType) &&
    !(filter.hideInternalTransfers === true && transfer.direction === "INTERNAL") &&
    (name === "" ||
      transfer.source.name.toLowerCase().includes(name) ||
      transfer.destination.name.toLowerCase().includes(name))
}
