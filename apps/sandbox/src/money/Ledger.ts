/**
 * Double-entry books in whole cents. Money only ever moves from one account of the books to another, so all
 * balances together are 0 at any time. Accounts of the books are: pods, ports and outside accounts by their id,
 * merchants and others by theirs, what is under way (`in-transit`), and where opening balances came from
 * (`opening`).
 */

/** The most that a GraphQL `Int` can hold, and so the most that a balance may be. */
export const MOST_CENTS = 2_147_483_647

/** A line of the ledger. */
export interface Posting {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly amountCents: number
  /** The transfer it belongs to; `null` for opening balances and for balances set by a test. */
  readonly transferId: string | null
}

/** The ledger account of money that has left its source and has not arrived. */
export const IN_TRANSIT = "in-transit"

/** The ledger account that opening balances, and those set by tests, come from. */
const OPENING = "opening"

/** Keeps all balances and the journal that they follow from. */
export class Ledger {
  readonly #balances = new Map<string, number>()
  readonly #journal: Posting[] = []

  /** Every line, oldest first. */
  get journal(): readonly Posting[] {
    return this.#journal
  }

  /** Gives a balance in cents; 0 for an account that no money has touched. */
  balance(id: string): number {
    return this.#balances.get(id) ?? 0
  }

  /** Moves cents from one account of the books to another. */
  post(posting: Posting): void {
    const { from, to, amountCents } = posting
    if (!Number.isSafeInteger(amountCents) || amountCents <= 0)
      throw new RangeError("postings are whole cents above 0")
    if (from === to) throw new RangeError("postings have two ends")
    this.#balances.set(from, this.balance(from) - amountCents)
    this.#balances.set(to, this.balance(to) + amountCents)
    this.#journal.push(posting)
  }

  /** Brings a balance to `cents` out of nowhere, or rather out of `opening`. */
  set(id: string, cents: number, at: number): void {
    if (!Number.isSafeInteger(cents) || Math.abs(cents) > MOST_CENTS) {
      throw new RangeError(`a balance is whole cents, at most ${MOST_CENTS}`)
    }
    const change = cents - this.balance(id)
    if (change > 0) this.post({ at, from: OPENING, to: id, amountCents: change, transferId: null })
    if (change < 0) this.post({ at, from: id, to: OPENING, amountCents: -change, transferId: null })
    if (!this.#balances.has(id)) this.#balances.set(id, 0)
  }

  /** Copies all balances, by id. */
  balances(): Record<string, number> {
    return Object.fromEntries(this.#balances)
  }
}
