/**
 * The rules of idempotency keys: which transfers are the same, and how long a key stays taken. They are the one rule for
 * all that ask, since two that differ are a payment made twice. A key is taken by the service's time, since the clock of
 * this machine may be set at any moment.
 */
import type { PaymentAccountType } from "../model/Payment.js"
import { sha256 } from "./AuditEntry.js"
import { isUnresolved, type TransferRecord } from "./TransferRecord.js"

/**
 * The values by which two transfers under one idempotency key are the same.
 *
 * @category models
 */
export interface KeyedTransfer {
  readonly source: { readonly id: string; readonly type: PaymentAccountType }
  readonly destination: { readonly id: string; readonly type: PaymentAccountType }
  readonly amountCents: number
  readonly description: string
  readonly instant: boolean
  /** The KYC id that the caller named; `undefined` if the default of the client or server holds. */
  readonly kycId: string | undefined
}

/**
 * Writes a transfer in one order of its values, so that equal transfers are equal texts. The REST server and the SDK
 * both pass it as `idempotency.body`, so that one key on one folder means one payment, whichever of them is asked.
 *
 * @category idempotency
 */
export const canonicalTransfer = ({
  source,
  destination,
  amountCents,
  description,
  instant,
  kycId,
}: KeyedTransfer): string =>
  // The audit log keeps a hash of this text: another order would make every key of today a key of another transfer.
  JSON.stringify([
    source.id,
    source.type,
    destination.id,
    destination.type,
    amountCents,
    description,
    instant,
    kycId ?? null,
  ])

/**
 * Tells whether a transfer is the one that holds an idempotency key already.
 *
 * @param holder - what the audit log knows of the transfer that holds the key
 * @param body - the text of the transfer that comes now, from {@link canonicalTransfer}
 * @category idempotency
 */
export const isSameTransfer = ({ intent }: TransferRecord, body: string): boolean =>
  intent.idempotency?.body === sha256(body)

/** Milliseconds of the service's time for which the key of a settled request stays taken. */
const KEY_LIFE = 86_400_000

/**
 * Tells whether the key of a transfer may be used for another one: nothing was sent under it, or its outcome is a day
 * old.
 *
 * @param serviceTime - the service's time now, in milliseconds since 1970; without it, a key that was used is taken
 */
export const isKeyFree = (record: TransferRecord, serviceTime: number | undefined): boolean => {
  if (record.status === "unfit" || record.status === "not_sent") return true
  if (record.status === "open" || isUnresolved(record)) return false
  const { settledServiceTime } = record
  return (
    serviceTime !== undefined &&
    settledServiceTime !== undefined &&
    serviceTime - settledServiceTime >= KEY_LIFE
  )
}

/** Tells whether a key can be free at all by now, as far as a clock of this machine can tell. */
export const mayBeFree = ({ settledAt }: TransferRecord, wall: number): boolean =>
  settledAt === undefined || Math.abs(wall - settledAt) >= KEY_LIFE
