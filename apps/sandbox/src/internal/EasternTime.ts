/**
 * Calendar days of the US East Coast. Dates in filters and the "current month" are meant in that zone,
 * whatever zone the machine is in.
 */
const hourMinute = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  hour: "2-digit",
  hourCycle: "h23",
})
const calendarDay = new Intl.DateTimeFormat("en-CA", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
})

/** Tells whether a text is a date such as `2025-01-15` that the calendar has. */
export const isCalendarDate = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00.000Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text)
}

/** Gives the calendar date (`2025-01-15`) that it is in New York at an instant in milliseconds. */
const easternDate = (instant: number): string => calendarDay.format(instant)

/** Gives the instant, in milliseconds, at which a calendar date begins in New York. */
export const startOfEasternDay = (date: string): number => {
  // Midnight is 4:00 UTC in summer and 5:00 UTC in winter; clocks change at 2 a.m., so midnight is never doubtful.
  const summer = Date.parse(`${date}T04:00:00.000Z`)
  return Number(hourMinute.format(summer)) === 0 ? summer : summer + 3_600_000
}

/** Gives the instant at which the day after a calendar date begins in New York. */
export const endOfEasternDay = (date: string): number =>
  startOfEasternDay(new Date(Date.parse(`${date}T00:00:00.000Z`) + 86_400_000).toISOString().slice(0, 10))

/** Gives the instant at which the month of another instant began in New York. */
export const startOfEasternMonth = (instant: number): number =>
  startOfEasternDay(`${easternDate(instant).slice(0, 7)}-01`)
