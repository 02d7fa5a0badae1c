/** Reads the parameters of a query. Each function throws a {@link Refusal} for a value that makes no sense. */
import { Refusal } from "./Refusal.js"

/** The page that a list is asked for. */
export interface PageQuery {
  readonly page: number
  readonly pageSize: number
}

const invalid = (name: string, wants: string): Refusal =>
  new Refusal("INVALID_PARAMETERS", `${name} must be ${wants}`)

const wholeOf = (query: URLSearchParams, name: string, fallback: number, most: number): number => {
  const text = query.get(name)
  if (text === null) return fallback
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > most) throw invalid(name, `a whole number from 1 to ${most}`)
  return value
}

/** Reads `page` and `pageSize`. */
export const pageOf = (query: URLSearchParams): PageQuery => ({
  page: wholeOf(query, "page", 1, 1_000_000),
  pageSize: wholeOf(query, "pageSize", 10, 100),
})

/** Reads one of some words; at most one value is allowed. */
export const wordOf = <Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined => {
  const values = query.getAll(name)
  if (values.length === 0) return undefined
  const found = words.find((word) => word === values[0])
  if (values.length > 1 || found === undefined) throw invalid(name, `one of ${words.join(", ")}`)
  return found
}

/** Reads a text. */
export const textOf = (query: URLSearchParams, name: string): string | undefined => {
  const values = query.getAll(name)
  if (values.length > 1 || values[0] === "") throw invalid(name, "one text")
  return values[0]
}

/** An instant in microseconds since 1970. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.(\d{1,6}))?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads an instant, in microseconds since 1970. */
export const instantOf = (query: URLSearchParams, name: string): number | undefined => {
  const text = textOf(query, name)
  if (text === undefined) return undefined
  const match = INSTANT.exec(text)
  const seconds = Math.floor(Date.parse(text.replace(/\.\d+/, "")) / 1000)
  if (match === null || Number.isNaN(seconds)) throw invalid(name, "an ISO 8601 instant")
  return seconds * 1_000_000 + Number((match[1] ?? "").padEnd(6, "0"))
}

/** Refuses parameters that the operation does not have. */
export const checkNames = (query: URLSearchParams, names: readonly string[]): void => {
  for (const name of query.keys()) {
    if (!names.includes(name)) throw new Refusal("INVALID_PARAMETERS", `unknown parameter ${name}`)
  }
}
