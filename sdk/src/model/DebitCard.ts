/** Debit cards that spend from a pod. */

/** A movement of money on a card. */
export interface CardTransaction {
  readonly id: string
  readonly amountCents: number | null
  readonly direction: string | null
  readonly summary: string | null
  readonly createdAt: Date | null
}

/** A debit card that spends from a pod. */
export interface DebitCard {
  readonly id: string
  readonly last4Digits: string | null
  readonly expirationDate: string | null
  readonly holderName: string | null
  readonly holderType: string | null
  readonly status: string | null
  readonly type: string | null
  readonly pinSet: boolean | null
  readonly amountSpentCents: number | null
  readonly cashbackCents: number | null
  readonly cashbackPercentage: number | null
  readonly transactions: ReadonlyArray<CardTransaction>
  /** Payments that are reserved and not booked yet. */
  readonly authorizations: ReadonlyArray<CardTransaction>
}
