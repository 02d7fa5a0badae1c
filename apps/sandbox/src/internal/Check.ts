import { isRecord } from "./Json.js"

/** Says what a value should have been; `undefined` where it is that. */
export type Check = (value: unknown) => string | undefined

/** Asks for a whole number between two others, both included. */
export const isWhole =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `a whole number from ${least} to ${most}`
/** Asks for a text that is not empty. */
export const isText: Check = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a text that is not empty"
/** Asks for true or false. */
export const isFlag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false")
/** Asks for true. */
export const isTrue: Check = (value) => (value === true ? undefined : "true")
/** Asks for one of some words. */
export const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `one of ${words.map((word) => `"${word}"`).join(", ")}`
/** Asks for what one of several checks asks for. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value) => {
    const wants = checks.map((check) => check(value))
    return wants.includes(undefined) ? undefined : wants.join(", or ")
  }
/** Asks for a list that is not empty, each of which passes a check. */
export const isListOf =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value) || value.length === 0) return "a list that is not empty"
    const wants = value.map(check).find((want) => want !== undefined)
    return wants && `a list of which each is ${wants}`
  }
/** Asks for an object with any keys, each value of which passes a check. */
export const isMapOf =
  (check: Check): Check =>
  (value) => {
    if (!isRecord(value)) return "an object"
    const wants = Object.values(value)
      .map(check)
      .find((want) => want !== undefined)
    return wants && `an object in which each value is ${wants}`
  }
/** Asks for an object with known keys, some of them required. */
export const shape =
  (checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value) => {
    if (!isRecord(value)) return "an object"
    const missing = required.find((key) => !(key in value))
    if (missing) return `an object with "${missing}"`
    return problemIn(value, checks)
  }

/** Finds the first key that is unknown or holds the wrong thing. */
export const problemIn = (
  value: Record<string, unknown>,
  checks: Readonly<Record<string, Check>>,
): string | undefined => {
  for (const [key, part] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check === undefined) return `without "${key}": known keys are ${Object.keys(checks).join(", ")}`
    const wants = part === undefined ? undefined : check(part)
    if (wants !== undefined) return `with "${key}" as ${wants}`
  }
  return undefined
}
