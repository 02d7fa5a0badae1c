/** Why an intent does not fit, in the words of the errors. */
import { DailyLimitError, IdempotencyKeyError, TransferHeldError } from "../Errors.js"
import type { BlockReason } from "./TransferRecord.js"

/** How long who was held back had better wait, in milliseconds. */
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
