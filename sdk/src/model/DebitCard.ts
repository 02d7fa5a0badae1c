/** Debit cards that spend from a pod. */
import * as Schema from "effect/Schema"
import { Cents } from "./Common.js"

/** One movement on a card. */
export interface CardTransaction {
  readonly id: string
  readonly amountCents: number | null
  readonly direction: string | null
  readonly summary: string | null
  readonly createdAt: Date | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const CardTransaction = Schema.Struct({
  id: Schema.String,
  amountCents: Schema.NullOr(Cents),
  direction: Schema.NullOr(Schema.String),
  summary: Schema.NullOr(Schema.String),
  createdAt: Schema.NullOr(Schema.Date),
})

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

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const DebitCard = Schema.Struct({
  id: Schema.String,
  last4Digits: Schema.NullOr(Schema.String),
  expirationDate: Schema.NullOr(Schema.String),
  holderName: Schema.NullOr(Schema.String),
  holderType: Schema.NullOr(Schema.String),
  status: Schema.NullOr(Schema.String),
  type: Schema.NullOr(Schema.String),
  pinSet: Schema.NullOr(Schema.Boolean),
  amountSpentCents: Schema.NullOr(Cents),
  cashbackCents: Schema.NullOr(Cents),
  cashbackPercentage: Schema.NullOr(Schema.Number),
  transactions: Schema.Array(CardTransaction),
  authorizations: Schema.Array(CardTransaction),
})
