/**
 * Paging by time. Page numbers repeat entries when a list grows and lose them when it shrinks, so each page asks for what
 * is not newer than the last entry of the page before, and drops what was read already.
 *
 * One second is added to that time: the service keeps microseconds and may write less, and an exact time could skip
 * entries of the same moment.
 */

/** Position in a list that is newest first. */
export interface TimeCursor {
  /** The newest moment that is read, in milliseconds since 1970; none for the start of the list. */
  readonly to: number | undefined
  /** Page number under that moment: more than 1 only if a whole page lies within one second. */
  readonly page: number
  /** Ids of the entries that were read and can come again. */
  readonly read: ReadonlyArray<string>
}

/** Entry of the list, as far as paging looks at it. */
export interface TimedEntry {
  readonly id: string
  readonly createdAt: Date
}

/** Start of the list. */
export const START: TimeCursor = { to: undefined, page: 1, read: [] }

const SLACK = 1_000

/** Gives the entries of a page that were not read before, and the position after it. */
export const advance = <Entry extends TimedEntry>(
  cursor: TimeCursor,
  page: ReadonlyArray<Entry>,
): { readonly fresh: ReadonlyArray<Entry>; readonly next: TimeCursor } => {
  const read = new Set(cursor.read)
  const fresh = page.filter(({ id }) => !read.has(id))
  const last = page.at(-1)
  if (last === undefined) return { fresh, next: { ...cursor, page: cursor.page + 1 } }
  const to = last.createdAt.getTime() + SLACK
  const all = [...cursor.read, ...fresh.map(({ id }) => id)]
  if (cursor.to !== undefined && to >= cursor.to) {
    return { fresh, next: { to: cursor.to, page: cursor.page + 1, read: all } }
  }
  // Entries of earlier pages are not newer than that only if this page did not get past the second they are from.
  const wasWithin = cursor.to !== undefined && cursor.to - to < 2 * SLACK
  const again = page.filter(({ createdAt }) => createdAt.getTime() <= to).map(({ id }) => id)
  return { fresh, next: { to, page: 1, read: wasWithin ? all : again } }
}

/** Writes a position as an opaque text that any process can read. */
export const writeCursor = ({ to, page, read }: TimeCursor): string =>
  btoa(JSON.stringify([to ?? null, page, read]))

const isText = (value: unknown): value is string => typeof value === "string"

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(atob(text))
  } catch {
    return undefined
  }
}

/** Reads a position; `undefined` for a text that is none. */
export const readCursor = (text: string): TimeCursor | undefined => {
  if (text === "") return START
  const value = parsed(text)
  if (!Array.isArray(value) || value.length !== 3) return undefined
  const [to, page, read]: ReadonlyArray<unknown> = value
  const isMoment = to === null || (typeof to === "number" && Math.abs(to) <= 8.64e15)
  if (!isMoment || typeof page !== "number" || !Number.isInteger(page) || page < 1) return undefined
  return Array.isArray(read) && read.every(isText) ? { to: to ?? undefined, page, read } : undefined
}
