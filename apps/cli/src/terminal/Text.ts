/** The formats of values in a terminal. */
import { formatCents } from "tsequence"

// Names and notes come from outside: what moves a terminal's cursor must not get there, nor what turns text around.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A text of somebody else's, safe to show on one line. */
export const plain = (text: string | null | undefined): string =>
  (text ?? "").replace(UNPRINTABLE, "\u{FFFD}")

/** A text of several lines, each safe to show. */
export const lines = (text: string): string => text.split("\n").map(plain).join("\n")

/** An amount, or that it is not known. */
export const money = (cents: number | null | undefined): string =>
  cents === null || cents === undefined ? "unknown" : formatCents(cents)

// New York is the zone of everything that the service shows, and of the day that limits count by.
const timeZone = "America/New_York"

const TIME = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" })

const ZONE = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "short" })

/** The title of a column of {@link timeInColumn}. */
export const TIME_TITLE = "WHEN (NEW YORK)"

/** A time below a title that names its zone. */
export const timeInColumn = (date: Date | null): string => (date === null ? "" : TIME.format(date))

/** A time that names its zone, such as `2026-01-31 09:30 EST`. */
export const time = (date: Date | null): string =>
  date === null
    ? ""
    : `${TIME.format(date)} ${ZONE.formatToParts(date).find(({ type }) => type === "timeZoneName")?.value ?? ""}`

/** A calendar day that limits count by. */
export const limitDay = (day: string): string => `${day} (New York)`

/** An end of a transfer by its name, else by what it is. */
export const end = (
  endpoint: { readonly name: string | null; readonly id: string | null; readonly type: string | null } | null,
): string => (endpoint === null ? "" : plain(endpoint.name ?? endpoint.id ?? endpoint.type))

/** A document for programs. */
export const json = (value: unknown): string => JSON.stringify(value, undefined, 2)

// A spreadsheet takes text that begins like this for a formula.
const FORMULA = /^\s*[=+\-@|\uFF0B\uFF0D\uFF1D\uFF20\t\r]/u

const cell = (value: string): string => {
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A row of comma-separated values; numbers stay numbers, and no text is taken for a formula. */
export const csv = (values: ReadonlyArray<string | number | null>): string =>
  values.map((value) => (typeof value === "string" ? cell(value) : (value ?? ""))).join(",")

/** Tells if a text is a calendar day, such as `2026-01-31`. */
export const isDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
