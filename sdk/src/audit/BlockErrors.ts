/** Errors of an intent that does not fit. */
import { DailyLimitError, IdempotencyKeyError, TransferHeldError } from "../Errors.js"
import type { BlockReason } from "./TransferRecord.js"

/** Milliseconds after which a caller should ask again about a held transfer. */
export const HELD_FOR = 60_000

/** Makes the error of an intent that does not fit. */
export const toError = (
  reason: BlockReason,
  amountCents: number,
  limitCents: number,
  requestId?: string,
): DailyLimitError | TransferHeldError | IdempotencyKeyError => {
  if (reason._tag === "KeyTaken") return new IdempotencyKeyError(reason.by)
  if (reason._tag !== "DailyLimit") return new TransferHeldError(reason.by, HELD_FOR, { requestId })
  const { remainingCents } = reason
  return new DailyLimitError({ amountCents, limitCents, remainingCents }, { requestId })
}
