/** Messages about a database that fails. They hold nothing of its address, which may hold a password. */
import { StorageError } from "../Errors.js"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Finds the code of PostgreSQL (five characters) or the network, at any depth. */
const codeOf = (error: unknown): string | undefined => {
  if (!isRecord(error)) return undefined
  return typeof error.code === "string" ? error.code : codeOf(error.cause)
}

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ""
  return `${error.message} ${messageOf(error.cause)}`
}

const SENTENCES: Readonly<Record<string, string>> = {
  "25006": "it is read-only at present",
  "42501": "its role lacks a right: tables are made by their owner, see docs/postgres.md",
  "53100": "its disk is full",
  "53300": "it takes no more connections",
  "55P03": "others held it for too long",
  "57014": "it took too long to answer",
  "28P01": "it refuses the user or the password",
  "28000": "it refuses the user",
  "3D000": "there is no such database",
  "40001": "others wrote at the same moment",
}

/** Classes of what a server says when it goes, comes, or is full. */
const AWAY = /^(57P|08)/

const isSlow = (error: unknown): boolean => /timeout|timed out/i.test(messageOf(error))

/** Tells if the server did not answer at all in time: the next to ask would only wait as long. */
export const isSilent = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === "ETIMEDOUT" || (code === undefined && isSlow(error))
}

/** Tells if the connections that are open are of no use any more. */
export const isBroken = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === undefined || AWAY.test(code) || !/^[0-9A-Z]{5}$/.test(code)
}

const reasonOf = (error: unknown): string => {
  const code = codeOf(error)
  if (code !== undefined) return `${SENTENCES[code] ?? "it is away or refuses"} (${code})`
  return isSlow(error) ? "it did not answer in time" : "the connection was lost"
}

/** Text in the place of a path. */
export const PLACE = "database"

/** Makes a `StorageError` out of what failed. */
export const storageError = (doing: "read" | "write", error: unknown): StorageError =>
  error instanceof StorageError
    ? error
    : new StorageError(`Could not ${doing} the database: ${reasonOf(error)}.`, { path: PLACE })
