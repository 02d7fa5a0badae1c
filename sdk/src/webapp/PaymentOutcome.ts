/**
 * Meaning of the response to a payment for the money. A payment carries no idempotency key, so a payment counts as
 * rejected only if the service certainly did not act.
 */

import type { GraphQLErrorEntry } from "../Errors.js"
import { excerpt, redact } from "../http/Redact.js"
import { hasRepeatedKey } from "../http/RepeatedKeys.js"
import { array, string, struct } from "../internal/Decode.js"
import type { Pod } from "../model/Pod.js"
import type { GraphQLResponse } from "../transport/GraphQLHttp.js"
import { errorsOf, hasData, type TurnedAwayBy, turnedAwayBy, wordsOf } from "../transport/GraphQLResponse.js"
import { decodeOrNull } from "./Decode.js"
import { type TransferOnWire, toPod, WireActivityTransfer, WirePod } from "./Wire.js"

/** The outcome of a payment, as far as its answer tells. */
export type PaymentOutcome =
  /** The service booked it. What the answer should show beside that may be missing. */
  | {
      readonly _tag: "Accepted"
      readonly organization: { readonly id: string; readonly pods: ReadonlyArray<Pod> } | null
      /** The newest transfers after it, newest first. */
      readonly newest: ReadonlyArray<TransferOnWire>
    }
  /** The service refused it, for the reason given. No money moved. */
  | { readonly _tag: "Rejected"; readonly reason: string }
  /** The answer asks to come again, with another token or later. That proves nothing about this request. */
  | { readonly _tag: "TurnedAway"; readonly by: TurnedAwayBy; readonly why: string }
  /** It may have moved money or not. */
  | { readonly _tag: "Unknown"; readonly why: string }

/** The only statuses that mean a refusal by themselves. */
const REFUSALS = new Set([400, 403, 404, 405, 413, 414, 415, 422, 431, 451])

/** Codes of errors that come before an operation is carried out. */
const BEFORE_ACTING = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "BAD_REQUEST",
  "OPERATION_RESOLUTION_FAILURE",
  "FORBIDDEN",
])

/** Path of the payment's field in the `data` of a response. */
const FIELD = ["forKYC", "createPayment"]

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const at = (value: unknown, ...keys: ReadonlyArray<string>): unknown =>
  keys.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)

const WireOrganization = struct({ id: string, pods: array(WirePod) })

const WireNewest = struct({ edges: array(struct({ node: WireActivityTransfer })) })

const accepted = (ok: unknown): PaymentOutcome => {
  const organization = decodeOrNull(WireOrganization, at(ok, "organization"))
  const newest = decodeOrNull(WireNewest, at(ok, "organization", "transferReferences"))
  return {
    _tag: "Accepted",
    organization:
      organization === null
        ? null
        : { id: organization.id, pods: organization.pods.map((pod) => toPod(pod, organization.id)) },
    newest: newest?.edges.map(({ node }) => node) ?? [],
  }
}

const rejected = (reason: string): PaymentOutcome => ({ _tag: "Rejected", reason: redact(reason) })

/** Joins what happened and the service's own words about it. */
const joined = (what: string, words: string): string =>
  words === "" ? what : `${what}: ${words.replace(/\.$/, "")}`

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Tells if a refusal in the body of such an answer can be believed. */
const mayRefuse = (status: number): boolean =>
  isSuccess(status) || status === 401 || status === 429 || REFUSALS.has(status)

const isIn = (path: ReadonlyArray<string | number>): boolean =>
  FIELD.every((key, depth) => path.length <= depth || path[depth] === key)

/** Tells if the error ended the way to the payment's field, so that the field was never run. */
const isAbove = ({ path = [], code }: GraphQLErrorEntry): boolean =>
  path.length > 0 && path.length < FIELD.length && isIn(path) && code !== "UNAUTHENTICATED"

const isAtOrBelow = ({ path = [] }: GraphQLErrorEntry): boolean => path.length >= FIELD.length && isIn(path)

const isInOk = (error: GraphQLErrorEntry): boolean => isAtOrBelow(error) && error.path?.[2] === "ok"

/** Tells if the answer has no errors, not even some that cannot be read. */
const isWithoutErrors = ({ payload }: GraphQLResponse): boolean => {
  const errors = payload?.errors ?? []
  return Array.isArray(errors) && errors.length === 0
}

/** Tells if the way to the payment's field ended before it. */
const wasNotTried = (response: GraphQLResponse): boolean => {
  const data = response.payload?.data
  const errors = errorsOf(response)
  const parent = at(data, "forKYC") ?? null
  if (parent !== null || !mayRefuse(response.status)) return false
  if (isWithoutErrors(response)) return isRecord(data) && "forKYC" in data
  return errors.length > 0 && errors.every(isAbove)
}

const notTried = (response: GraphQLResponse): PaymentOutcome =>
  rejected(
    `${joined("the service did not try the payment", wordsOf(response) || "it found no KYC application")}. Check SEQUENCE_KYC_ID or kycId: it must be the id of a KYC application, not of the organization`,
  )

/** Reads what the body alone says of the payment; `undefined` if it says nothing of it. */
const bodyOutcome = (response: GraphQLResponse): PaymentOutcome | undefined => {
  const unknown = (what: string, words = wordsOf(response)): PaymentOutcome => ({
    _tag: "Unknown",
    why: joined(what, words),
  })
  if (response.payload === undefined) return undefined
  if (hasRepeatedKey(response.text)) return unknown("the answer has the same key twice", "")
  const result = at(response.payload, "data", "forKYC", "createPayment")
  const ok = at(result, "ok")
  const error = at(result, "error")
  const message = at(error, "message")
  const words = typeof message === "string" ? excerpt(message) : wordsOf(response)
  if (isRecord(ok)) {
    return error === null || error === undefined
      ? accepted(ok)
      : unknown("the answer says both that the payment was made and that it was refused", words)
  }
  const errors = errorsOf(response)
  // The payment was made before what is selected beside it could fail.
  if (hasData(response) && errors.some(isInOk)) return accepted(undefined)
  if (typeof message === "string" && isWithoutErrors(response) && mayRefuse(response.status)) {
    return rejected(message)
  }
  if (wasNotTried(response)) return notTried(response)
  const wasTried = errors.some(isAtOrBelow)
  return !wasTried && (!hasData(response) || turnedAwayBy(response) !== undefined)
    ? undefined
    : unknown(`the answer (HTTP ${response.status}) does not say what became of the payment`, words)
}

const HINT: Readonly<Record<TurnedAwayBy, string>> = {
  unauthenticated: "the service refused the access token",
  rateLimited: "the service answered 429, too many requests",
}

/**
 * Tells what an answer to `CreatePayment` means. What the body says of the payment wins over the status; a refusal
 * is believed only with a status that does not contradict it.
 */
export const classifyOutcome = (response: GraphQLResponse): PaymentOutcome => {
  const said = bodyOutcome(response)
  if (said !== undefined) return said
  const { status } = response
  const words = wordsOf(response)
  const by = turnedAwayBy(response)
  if (by !== undefined) return { _tag: "TurnedAway", by, why: joined(HINT[by], words) }
  const answered = joined(`the service answered HTTP ${status}`, words)
  if (REFUSALS.has(status)) return rejected(words === "" ? answered : words)
  const codes = errorsOf(response).map(({ code }) => code)
  const isRefused = codes.length > 0 && codes.every((code) => code !== undefined && BEFORE_ACTING.has(code))
  if (isSuccess(status) && isRefused) return rejected(words)
  return {
    _tag: "Unknown",
    why: isSuccess(status)
      ? joined("the answer is not one that the service is known to give", words)
      : answered,
  }
}
