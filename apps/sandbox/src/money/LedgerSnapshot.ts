import type { PaymentKind, Status } from "../data/Model.js"
import type { World } from "../data/World.js"
import type { Ledger } from "./Ledger.js"
import type { Payments } from "./Payments.js"

/** A payment that `createPayment` booked. */
export interface LedgerPayment {
  /** Id of its transfer. */
  readonly id: string
  readonly source: { readonly id: string; readonly type: PaymentKind }
  readonly destination: { readonly id: string; readonly type: PaymentKind }
  readonly amountCents: number
  /** The time at which it was booked: ISO 8601, by the sandbox's clock. */
  readonly at: string
  /** `x-request-id` of the request; `null` without one. */
  readonly requestId: string | null
  /** `idempotency-key` of a request to the Platform API; `null` without one. */
  readonly idempotencyKey: string | null
  readonly description: string | null
  readonly instant: boolean
  readonly kycId: string
  readonly organizationId: string
  readonly status: Status
  readonly errorReason: string | null
}

/** A movement in the ledger; several belong to a transfer that passes through transit. */
export interface LedgerEntry {
  readonly at: string
  readonly from: string
  readonly to: string
  readonly amountCents: number
  readonly transferId: string | null
}

/** The whole truth about the money in a sandbox at one moment. A copy: changing it changes nothing. */
export interface LedgerSnapshot {
  /** The sandbox's time, ISO 8601. */
  readonly now: string
  /** Every booked payment, in the order of booking. Refused ones are not in it. */
  readonly payments: readonly LedgerPayment[]
  /**
   * Cents by id of pod, port, account and outsider, `in-transit` for money under way, and `opening` for where
   * opening balances came from. All together are 0.
   */
  readonly balances: Readonly<Record<string, number>>
  /** The same, when the sandbox was ready. */
  readonly openingBalances: Readonly<Record<string, number>>
  /** Every movement since: opening balances plus these are the balances. */
  readonly entries: readonly LedgerEntry[]
  readonly counts: {
    readonly payments: number
    readonly transfers: number
    readonly organizations: number
    readonly pods: number
    readonly ports: number
    readonly accounts: number
  }
  /** Every organization, with those of other users that must never be seen. */
  readonly organizations: ReadonlyArray<{
    readonly id: string
    readonly kycId: string
    readonly isReadable: boolean
    readonly pods: readonly string[]
    readonly ports: readonly string[]
    readonly accounts: readonly string[]
  }>
}

/** The ledger when the sandbox was ready. */
export interface Opening {
  readonly balances: Readonly<Record<string, number>>
  /** The number of lines of the journal before that. */
  readonly lines: number
}

const iso = (at: number): string => new Date(at).toISOString()
const ids = (list: ReadonlyArray<{ readonly id: string }>): readonly string[] => list.map(({ id }) => id)

/** Writes down the truth. */
export const takeSnapshot = (
  {
    world,
    ledger,
    payments,
  }: { readonly world: World; readonly ledger: Ledger; readonly payments: Payments },
  opening: Opening,
  ownerId: string,
  now: number,
): LedgerSnapshot => {
  const count = (key: "pods" | "ports" | "accounts"): number =>
    world.organizations.reduce((sum, organization) => sum + organization[key].length, 0)
  return {
    now: iso(now),
    payments: payments.booked.map(({ transfer, source, destination, ...order }) => ({
      ...order,
      id: transfer.id,
      source: { ...source },
      destination: { ...destination },
      at: iso(transfer.createdAt),
      organizationId: transfer.organizationId,
      status: transfer.status,
      errorReason: transfer.errorReason,
    })),
    balances: ledger.balances(),
    openingBalances: { ...opening.balances },
    entries: ledger.journal.slice(opening.lines).map((posting) => ({ ...posting, at: iso(posting.at) })),
    counts: {
      payments: payments.booked.length,
      transfers: world.transferCount,
      organizations: world.organizations.length,
      pods: count("pods"),
      ports: count("ports"),
      accounts: count("accounts"),
    },
    organizations: world.organizations.map((organization) => ({
      id: organization.id,
      kycId: organization.kyc.id,
      isReadable: organization.ownerId === ownerId,
      pods: ids(organization.pods),
      ports: ids(organization.ports),
      accounts: ids(organization.accounts),
    })),
  }
}
