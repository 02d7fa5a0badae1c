/** Adds up a month by pod; what both monthly reports print. */
import { formatCents, type Transfer } from "tsequence"

/** The money that came into a pod and went out of it in a month, in cents. */
export interface PodMonth {
  inCents: number
  outCents: number
}

/** The first and last day of a month, such as `2026-01`; by default of this month. */
export const daysOf = (month = new Date().toISOString().slice(0, 7)) => {
  const [year = 0, number = 0] = month.split("-").map(Number)
  const lastDay = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return { dateStart: `${month}-01`, dateEnd: `${month}-${lastDay}` }
}

const monthOf = (months: Map<string, PodMonth>, pod: string): PodMonth => {
  const month = months.get(pod) ?? { inCents: 0, outCents: 0 }
  months.set(pod, month)
  return month
}

/** Counts one transfer, unless it failed. */
export const addTransfer = (months: Map<string, PodMonth>, transfer: Transfer): Map<string, PodMonth> => {
  const { source, destination, amountCents, status } = transfer
  if (status === "FAILED" || status === "CANCELLED") return months
  if (source?.type === "POD") monthOf(months, source.name ?? "?").outCents += amountCents
  if (destination?.type === "POD") monthOf(months, destination.name ?? "?").inCents += amountCents
  return months
}

/** Writes one line per pod, sorted by name. */
export const writeReport = (months: ReadonlyMap<string, PodMonth>): ReadonlyArray<string> =>
  [...months]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([pod, { inCents, outCents }]) => `${pod}: ${formatCents(inCents)} in, ${formatCents(outCents)} out`)
