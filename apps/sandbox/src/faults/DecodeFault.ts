/** Tells whether a value is a fault, and what is wrong with it where it is not. */
import {
  type Check,
  either,
  isFlag,
  isListOf,
  isMapOf,
  isOneOf,
  isText,
  isTrue,
  isWhole,
  problemIn,
  shape,
} from "../internal/Check.js"
import { isJson, isRecord } from "../internal/Json.js"
import { PLATFORM_CODES } from "../platform/Refusal.js"
import { ANSWERS, type FaultSpec, MODIFIERS } from "./FaultSpec.js"

const isJsonValue: Check = (value) => (isJson(value) ? undefined : "a JSON value")
const isPath = isListOf(either(isText, isWhole(0, 1_000_000)))
const isPatch: Check = (value) => {
  const wants = shape({ path: isPath, value: isJsonValue, remove: isTrue }, ["path"])(value)
  if (wants !== undefined || !isRecord(value)) return wants
  return "value" in value === "remove" in value ? `an object with either "value" or "remove"` : undefined
}
const isStatus = isWhole(200, 599)

const CHECKS: Readonly<Record<keyof FaultSpec, Check>> = {
  target: isOneOf("graphql", "platform", "token", "login", "app"),
  operation: either(isText, isListOf(isText)),
  path: (value) =>
    typeof value === "string" && value.startsWith("/") ? undefined : `a path that begins with "/"`,
  method: isText,
  after: isWhole(0, 1_000_000_000),
  times: either(isWhole(1, 1_000_000_000), isOneOf("always")),
  delay: isWhole(0, 86_400_000),
  patch: either(isPatch, isListOf(isPatch)),
  drip: shape({ bytes: isWhole(1, 1_048_576), every: isWhole(1, 60_000) }, ["bytes", "every"]),
  date: shape({ offsetSeconds: isWhole(-1_000_000_000, 1_000_000_000), duplicate: isFlag, omit: isFlag }),
  expireTokens: isTrue,
  failLater: isText,
  refuse: isText,
  okLost: isTrue,
  pageError: shape({ code: isText, field: isText }, ["code"]),
  status: isStatus,
  body: isJsonValue,
  contentType: isText,
  headers: isMapOf(isText),
  retryAfter: isWhole(0, 1_000_000_000),
  retryAfterAs: isOneOf("seconds", "date"),
  edge: shape({ status: isStatus, challenge: isFlag }),
  code: isOneOf(...PLATFORM_CODES),
  graphqlErrors: isListOf(shape({ message: isText, code: isText, path: isPath }, ["message"])),
  data: isOneOf("absent", "null", "keep"),
  errorStatus: isStatus,
  unauthenticated: isTrue,
  hang: isTrue,
  cut: isOneOf("before", "after", "body"),
  reset: isFlag,
  empty: isTrue,
  huge: isWhole(1, 1_024),
  invalidJson: isTrue,
  redirect: isText,
  redirectStatus: isWhole(300, 399),
  invalidGrant: isTrue,
  act: isFlag,
}

/** Keys that mean something only beside another one. */
const BELONGS_TO: Partial<Record<keyof FaultSpec, keyof FaultSpec>> = {
  body: "status",
  contentType: "status",
  headers: "status",
  retryAfter: "status",
  retryAfterAs: "retryAfter",
  data: "graphqlErrors",
  errorStatus: "graphqlErrors",
  reset: "cut",
  redirectStatus: "redirect",
}

/** Says what is wrong with a would-be fault, in a sentence; `undefined` where nothing is. */
const findProblem = (value: unknown): string | undefined => {
  if (!isRecord(value)) return "a fault is an object"
  const problem = problemIn(value, CHECKS)
  if (problem !== undefined) return `a fault is an object ${problem}`
  const answers = ANSWERS.filter((key) => value[key] !== undefined)
  if (answers.length > 1)
    return `a fault has one answer, not ${answers.join(" and ")}: give a list of faults instead`
  if (answers.length === 0 && !MODIFIERS.some((key) => value[key] !== undefined)) {
    return `a fault says what goes wrong: one of ${[...ANSWERS, ...MODIFIERS].join(", ")}`
  }
  const stray = Object.entries(BELONGS_TO).find(
    ([key, owner]) => value[key] !== undefined && value[owner] === undefined,
  )
  if (stray !== undefined) return `"${stray[0]}" goes with "${stray[1]}"`
  return value.act === true && value.cut === "before"
    ? `"act" and a cut before the request acts exclude each other`
    : undefined
}

const isFault = (value: unknown): value is FaultSpec => findProblem(value) === undefined

/** Reads one fault or a list of them; a text is the reason why it cannot be read. */
export const decodeFaults = (value: unknown): readonly FaultSpec[] | string => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) return "a list of faults is not empty"
  if (list.every(isFault)) return list
  return list.map(findProblem).find((problem) => problem !== undefined) ?? "these are no faults"
}
