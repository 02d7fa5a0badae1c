/**
 * Books payments. A payment changes the books as follows:
 *
 * - between pods and ports: the balances move at once; the transfer's status follows.
 * - to or from an outside account: the money leaves its source at once, is in transit, and arrives when the
 *   transfer is COMPLETE. From one outside account to another it passes through Sequence: pull, then push.
 * - one that is going to fail: the money leaves its source at once and comes back when the transfer is FAILED.
 *
 * A transfer is PENDING for half of the settling time and PROCESSING for the other half. Instant ones settle in
 * a tenth of the time. Money is never created: see `Ledger`.
 */
import type { AccountRecord, Holder, PaymentKind, TransferRecord } from "../data/Model.js"
import type { World } from "../data/World.js"
import { Heap } from "../internal/Heap.js"
import { IN_TRANSIT, type Ledger, MOST_CENTS } from "./Ledger.js"

/** A payment as a request asks for it. */
export interface PaymentOrder {
  readonly kycId: string
  readonly source: { readonly id: string; readonly type: PaymentKind }
  readonly destination: { readonly id: string; readonly type: PaymentKind }
  readonly amountCents: number
  readonly instant: boolean
  readonly description: string | null
  /** The `x-request-id` of the request that asked. */
  readonly requestId: string | null
  /** The `idempotency-key` of the request that asked, which only the Platform API has. */
  readonly idempotencyKey: string | null
  /** Makes the transfer fail when it would have settled, for this reason. */
  readonly failure: string | null
}

/** A payment that was booked. */
export interface BookedPayment extends Omit<PaymentOrder, "failure"> {
  readonly transfer: TransferRecord
}

/** The reason why an order is refused, for programs. */
type RefusalReason =
  | "BAD_ORDER"
  | "SOURCE_NOT_FOUND"
  | "DESTINATION_NOT_FOUND"
  | "ACCOUNT_REFUSES"
  | "INSUFFICIENT_FUNDS"

/** An order that is refused, with the reason in words for people too. */
interface RefusedOrder {
  readonly ok: false
  readonly reason: RefusalReason
  readonly message: string
}

/** The result of an order: booked, or refused. */
export type PaymentAnswer = { readonly ok: true; readonly transfer: TransferRecord } | RefusedOrder

/** The result of the checks before an order is booked: the accounts at its ends, or a refusal. */
export type CheckedOrder =
  | { readonly ok: true; readonly source: Holder; readonly destination: Holder }
  | RefusedOrder

interface Due {
  readonly transfer: TransferRecord
  readonly status: "PROCESSING" | "COMPLETE" | "FAILED"
  readonly failure: string | null
}

/** A description that begins so makes its transfer fail; what follows a colon is the reason. */
const FAILURE_MARK = /^sandbox:fail(?::\s*(.+))?$/i

/** Books payments and settles them as time goes by. */
export class Payments {
  readonly booked: BookedPayment[] = []
  readonly #world: World
  readonly #ledger: Ledger
  readonly #settleAfter: number
  readonly #due = new Heap<Due>()
  /** The account of the books that holds the money of each transfer that has not settled. */
  readonly #moneyAt = new Map<TransferRecord, string>()
  /** Cents on their way to an account that they have not reached. */
  readonly #expected = new Map<string, number>()

  constructor(world: World, ledger: Ledger, settleAfter: number) {
    this.#world = world
    this.#ledger = ledger
    this.#settleAfter = settleAfter
  }

  /** Checks an order and books it, both at once: nothing else happens in between. */
  create(order: PaymentOrder, now: number): PaymentAnswer {
    this.settle(now)
    const ends = this.check(order)
    if (!ends.ok) return ends

    const failure = order.failure ?? failureIn(order.description)
    const settling = order.instant ? Math.ceil(this.#settleAfter / 10) : this.#settleAfter
    const transfer = this.#world.record({
      organizationId: ends.source.organizationId,
      source: ends.source,
      destination: ends.destination,
      amountCents: order.amountCents,
      activityType: "ONE_TIME_TRANSFER",
      description: order.description,
      instant: order.instant,
      createdAt: now,
      settlesAt: now + settling,
      status: "PENDING",
    })
    const { failure: _, ...wanted } = order
    this.booked.push({ ...wanted, transfer })
    this.start(transfer, failure)
    this.settle(now)
    return { ok: true, transfer }
  }

  /** Takes the money out of a transfer's source, and plans what comes after. */
  start(transfer: TransferRecord, failure: string | null): void {
    const { source, destination, amountCents, createdAt, settlesAt } = transfer
    const atOnce = transfer.direction === "INTERNAL" && failure === null
    const to = atOnce ? destination.id : IN_TRANSIT
    this.#ledger.post({ at: createdAt, from: source.id, to, amountCents, transferId: transfer.id })
    this.#moneyAt.set(transfer, to)
    if (!atOnce) this.#expect(destination.id, amountCents)
    this.#due.push(createdAt + Math.ceil((settlesAt - createdAt) / 2), {
      transfer,
      status: "PROCESSING",
      failure: null,
    })
    this.#due.push(settlesAt, { transfer, status: failure === null ? "COMPLETE" : "FAILED", failure })
  }

  /** Does everything that is due by now. */
  settle(now: number): void {
    for (let due = this.#due.popDue(now); due !== undefined; due = this.#due.popDue(now)) {
      const { transfer, status, failure } = due.value
      if (transfer.status !== "PENDING" && transfer.status !== "PROCESSING") continue
      if (status === "COMPLETE") this.#arrive(transfer, due.at)
      if (status === "FAILED") this.#giveBack(transfer, due.at)
      transfer.status = status
      transfer.updatedAt = due.at
      transfer.errorReason = failure
    }
  }

  /**
   * Fails a transfer that has not settled yet and returns the money. Says why not where that is impossible:
   * settled already, or moved at once to a pod that has spent it since.
   */
  fail(transfer: TransferRecord, reason: string, now: number): string | undefined {
    this.settle(now)
    if (transfer.status !== "PENDING" && transfer.status !== "PROCESSING")
      return `it is ${transfer.status} already`
    const holder = this.#moneyAt.get(transfer) ?? IN_TRANSIT
    if (holder !== IN_TRANSIT && this.#ledger.balance(holder) < transfer.amountCents) {
      return "its destination has spent the money since"
    }
    this.#giveBack(transfer, now)
    transfer.status = "FAILED"
    transfer.updatedAt = now
    transfer.errorReason = reason
    return undefined
  }

  #arrive(transfer: TransferRecord, at: number): void {
    this.#move(transfer, transfer.destination.id, at)
  }

  #giveBack(transfer: TransferRecord, at: number): void {
    this.#move(transfer, transfer.source.id, at)
  }

  /** Brings the money of a transfer to where it stays, unless it is there already. */
  #move(transfer: TransferRecord, to: string, at: number): void {
    const from = this.#moneyAt.get(transfer)
    this.#moneyAt.delete(transfer)
    if (from === undefined || from === to) return
    if (from === IN_TRANSIT) this.#expect(transfer.destination.id, -transfer.amountCents)
    this.#ledger.post({ at, from, to, amountCents: transfer.amountCents, transferId: transfer.id })
  }

  #expect(id: string, cents: number): void {
    const expected = (this.#expected.get(id) ?? 0) + cents
    if (expected === 0) this.#expected.delete(id)
    else this.#expected.set(id, expected)
  }

  /** Gives both ends of an order that can be booked, else the reason why it cannot. Books nothing. */
  check(order: Pick<PaymentOrder, "kycId" | "amountCents" | "source" | "destination">): CheckedOrder {
    const organization = this.#world.organizationOfKyc(order.kycId)
    if (organization === undefined) return refused("BAD_ORDER", "KYC application not found")
    if (!Number.isSafeInteger(order.amountCents) || order.amountCents <= 0)
      return refused("BAD_ORDER", "Amount must be greater than zero")

    const source = this.#world.holder(organization.id, order.source)
    if (source === undefined) return refused("SOURCE_NOT_FOUND", "Source account not found")
    const destination = this.#world.holder(organization.id, order.destination)
    if (destination === undefined) return refused("DESTINATION_NOT_FOUND", "Destination account not found")
    if (source.id === destination.id) return refused("BAD_ORDER", "Source and destination must be different")

    const refusal = asAccount(source)?.refusesAsSource ?? asAccount(destination)?.refusesAsDestination
    if (refusal) return refused("ACCOUNT_REFUSES", refusal)
    if (this.#ledger.balance(source.id) < order.amountCents)
      return refused("INSUFFICIENT_FUNDS", "Insufficient funds")
    const held = this.#ledger.balance(destination.id) + (this.#expected.get(destination.id) ?? 0)
    if (held + order.amountCents > MOST_CENTS) {
      return refused("BAD_ORDER", "Destination account cannot hold this amount")
    }
    return { ok: true, source, destination }
  }
}

const refused = (reason: RefusalReason, message: string): RefusedOrder => ({ ok: false, reason, message })

const asAccount = (holder: Holder): AccountRecord | undefined =>
  holder.kind === "ACCOUNT" ? holder : undefined

const failureIn = (description: string | null): string | null => {
  const match = FAILURE_MARK.exec(description ?? "")
  return match ? (match[1] ?? "Returned by the receiving bank") : null
}
