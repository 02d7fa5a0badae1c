/**
 * How long an idempotency key stays taken. It is the one rule for all that ask: by the service's time, since the clock
 * of this machine may be set at any moment, and a key that is free too early is a payment made twice.
 */
import { type Attempt, isUnresolved } from "./Attempt.js"

/** How long the key of a settled request stays taken, in milliseconds of the service's time. */
const KEY_LIFE = 86_400_000

/**
 * Tells whether the key of a transfer may be used for another one: nothing was sent under it, or its outcome is a day
 * old.
 *
 * @param serviceTime - the service's time now, in milliseconds since 1970; without it, a key that was used is taken
 */
export const isKeyFree = (attempt: Attempt, serviceTime: number | undefined): boolean => {
  if (attempt.status === "unfit" || attempt.status === "not_sent") return true
  if (attempt.status === "open" || isUnresolved(attempt)) return false
  const { settledServiceTime } = attempt
  return (
    serviceTime !== undefined &&
    settledServiceTime !== undefined &&
    serviceTime - settledServiceTime >= KEY_LIFE
  )
}

/** Tells whether a key can be free at all by now, as far as a clock of this machine can tell. */
export const mayBeFree = ({ settledAt }: Attempt, wall: number): boolean =>
  settledAt === undefined || Math.abs(wall - settledAt) >= KEY_LIFE
