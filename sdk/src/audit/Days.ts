/** Calendar days in a time zone, and timestamps as the data files hold them. */

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  })
  formats.set(timeZone, format)
  return format
}

/** Tells whether this runtime knows a time zone. */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    formatOf(timeZone)
    return true
  } catch {
    return false
  }
}

/**
 * Gives the calendar day of a moment, such as `2026-01-31`.
 *
 * @param moment - milliseconds since 1970
 */
export const dayOf = (moment: number, timeZone: string): string => {
  const parts = formatOf(timeZone).formatToParts(moment)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ""
  return `${part("year")}-${part("month")}-${part("day")}`
}

/** Tells whether a text is a calendar day. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))

/** Gives the day that is some days after (or, negative, before) another. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

/** Writes a moment as the data files hold it: UTC with an offset, which every Python can read. */
export const toTimestamp = (moment: number): string => new Date(moment).toISOString().replace("Z", "+00:00")

/** Reads a timestamp, UTC where it does not say; `undefined` for what is none. */
export const parseTimestamp = (value: unknown): number | undefined => {
  if (typeof value !== "string") return undefined
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(value)
  const moment = Date.parse(hasZone ? value : `${value}Z`)
  return Number.isNaN(moment) ? undefined : moment
}
