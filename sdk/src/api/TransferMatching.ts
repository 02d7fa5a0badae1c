/**
 * Tells which entry of the activity can be which transfer: same ends and amount, not made by a rule, not claimed by
 * another transfer, and from the moment on when the transfer left.
 */
import type { TransferOnWire } from "../webapp/Wire.js"
import { isMadeByRule, toTransfer } from "../webapp/Wire.js"

/** A transfer as the activity shows it. */
export interface ActivityEntry {
  readonly id: string
  /** As {@link duplicateKeyOf}. */
  readonly identity: string
  /** Milliseconds since 1970; `undefined` if the service does not say. */
  readonly createdAt: number | undefined
  readonly status: string | undefined
  readonly isMadeByRule: boolean
}

interface End {
  readonly type: string
  readonly id: string | null
}

interface Movement {
  readonly source: End | null
  readonly destination: End | null
  readonly amountCents: number
}

/** Names what makes two transfers identical: both ends and the amount. */
export const duplicateKeyOf = ({ source, destination, amountCents }: Movement): string =>
  JSON.stringify([
    source?.type ?? null,
    source?.id ?? null,
    destination?.type ?? null,
    destination?.id ?? null,
    amountCents,
  ])

/** Reduces an entry of the activity to what matching needs. */
export const toActivityEntry = (wire: TransferOnWire): ActivityEntry => {
  const transfer = toTransfer(wire)
  return {
    id: transfer.id,
    identity: duplicateKeyOf(transfer),
    createdAt: transfer.createdAt?.getTime(),
    status: transfer.status ?? undefined,
    isMadeByRule: isMadeByRule(wire),
  }
}

/** Entries may be stamped this much before the send and be ours, in milliseconds: the service shows whole seconds. */
export const TOLERANCE = 5_000

/** Milliseconds before the send within which an entry cannot be told from ours for certain. */
export const WINDOW = 120_000

/** The bounds of the moment when a transfer left, in the service's time, in milliseconds since 1970. */
export interface Departure {
  readonly earliest: number
  readonly latest: number
}

/** Tells if an entry is from when the transfer had left. */
export const isOurs = ({ latest }: Departure, { createdAt }: Pick<ActivityEntry, "createdAt">): boolean =>
  createdAt !== undefined && createdAt >= latest - TOLERANCE

/** Tells if an entry may be from before the transfer left, or from after. */
export const isEarly = (departure: Departure, seen: Pick<ActivityEntry, "createdAt">): boolean =>
  !isOurs(departure, seen) && (seen.createdAt === undefined || seen.createdAt >= departure.earliest - WINDOW)

/** Finds the entries that can be a transfer with this identity, oldest first. */
export const candidatesOf = <A extends ActivityEntry>(
  seen: ReadonlyArray<A>,
  identity: string,
  isClaimed: (id: string) => boolean,
): ReadonlyArray<A> =>
  seen
    .filter((one) => one.identity === identity && !one.isMadeByRule && !isClaimed(one.id))
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))
