/** Instants as the Platform API writes them. The service keeps microseconds, and may write less than it compares. */

import type { TimestampPrecision } from "./PlatformOptions.js"

/** Moment at which something happened. */
export interface Moment {
  readonly createdAt: number
  /** Order of arrival, which stands in for the microseconds. */
  readonly sequence: number
}

/** Gives a moment in microseconds since 1970. */
export const microsecondsOf = ({ createdAt, sequence }: Moment): number =>
  createdAt * 1000 + (sequence % 1000)

/** Writes an instant that is known in microseconds. */
export const writeMicroseconds = (micros: number, precision: TimestampPrecision): string => {
  const iso = new Date(Math.floor(micros / 1000)).toISOString()
  if (precision === "milliseconds") return iso
  if (precision === "seconds") return `${iso.slice(0, 19)}Z`
  return `${iso.slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`
}

/** Writes an instant that is known in milliseconds. */
export const writeInstant = (milliseconds: number, precision: TimestampPrecision): string =>
  writeMicroseconds(milliseconds * 1000, precision)
