/** Back-off: the wait before a failed request is sent again. */

/** Limits of the back-off. */
export interface BackoffOptions {
  /** Most retries of a failed request. 0: one request on the wire. @default 2 */
  readonly times?: number | undefined
  /** The longest first wait, in milliseconds; the limit doubles with each retry. @default 500 */
  readonly baseDelay?: number | undefined
  /** The longest wait, in milliseconds. @default 10000 */
  readonly maxDelay?: number | undefined
}

/** Limits of the back-off with their defaults. */
export interface Backoff {
  readonly times: number
  readonly baseDelay: number
  readonly maxDelay: number
}

/** Fills in the defaults. */
export const resolveBackoff = ({
  times = 2,
  baseDelay = 500,
  maxDelay = 10_000,
}: BackoffOptions = {}): Backoff => ({ times, baseDelay, maxDelay })

/**
 * Computes the milliseconds to wait before a retry. The limit doubles with each retry, and the wait is a random part of
 * it, so that many clients do not come back at the same moment.
 *
 * @param retries - the number of retries before this one
 * @param random - a random number from 0 to 1
 */
export const backoffDelay = ({ baseDelay, maxDelay }: Backoff, retries: number, random: number): number =>
  random * Math.min(maxDelay, baseDelay * 2 ** retries)
