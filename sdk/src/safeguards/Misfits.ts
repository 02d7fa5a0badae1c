/** Why an intent does not fit, in the words of the errors. */
import { DailyLimitError, IdempotencyKeyError, TransferHeldError } from "../Errors.js"
import type { Misfit } from "./Attempt.js"

/** How long who was held back had better wait, in milliseconds. */
export const HELD_FOR = 60_000

/** Makes the error of an intent that does not fit. */
export const toError = (
  misfit: Misfit,
  amountCents: number,
  limitCents: number,
  requestId: string,
): DailyLimitError | TransferHeldError | IdempotencyKeyError => {
  if (misfit._tag === "KeyTaken") return new IdempotencyKeyError(misfit.by)
  if (misfit._tag !== "DailyLimit") return new TransferHeldError(misfit.by, HELD_FOR, { requestId })
  const { remainingCents } = misfit
  return new DailyLimitError({ amountCents, limitCents, remainingCents }, { requestId })
}
