/**
 * What the answer to a payment means for the money. A payment carries no idempotency key, so nothing here
 * leans towards "failed": that is said only where the service certainly did not act.
 */

import type { GraphQLErrorEntry } from "../Errors.js"
import { array, struct, text } from "../internal/Decode.js"
import { scrub } from "../internal/Scrub.js"
import type { Pod } from "../model/Pod.js"
import { errorsOf, hasData } from "../transport/Answers.js"
import type { Answer } from "../transport/GraphQLHttp.js"
import { decodeOrNull } from "./Decode.js"
import { type TransferOnWire, toPod, WirePod, WireTransfer } from "./Wire.js"

/** What became of a payment. */
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
  /** It may have moved money or not. */
  | { readonly _tag: "Unknown"; readonly why: string }

/** Statuses below 500 after which the service may have acted all the same. */
const MAY_HAVE_ACTED = new Set([408, 409, 425])

/** Codes of errors that come before an operation is carried out. */
const BEFORE_ACTING = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "BAD_REQUEST",
  "OPERATION_RESOLUTION_FAILURE",
  "UNAUTHENTICATED",
  "FORBIDDEN",
])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const at = (value: unknown, ...keys: ReadonlyArray<string>): unknown =>
  keys.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)

const WireOrganization = struct({ id: text, pods: array(WirePod) })

const WireNewest = struct({ edges: array(struct({ node: WireTransfer })) })

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

const rejected = (reason: string): PaymentOutcome => ({ _tag: "Rejected", reason: scrub(reason) })

const unknown = (why: string): PaymentOutcome => ({ _tag: "Unknown", why })

const reachedOk = ({ path }: GraphQLErrorEntry): boolean =>
  path !== undefined && path[0] === "forKYC" && path[1] === "createPayment" && path[2] === "ok"

/** The service carried the operation out, at least in part: what does its answer say? */
const outcomeOfData = (answer: Answer): PaymentOutcome => {
  const result = at(answer.payload, "data", "forKYC", "createPayment")
  const ok = at(result, "ok")
  const error = at(result, "error")
  if (isRecord(ok)) {
    return error === null || error === undefined
      ? accepted(ok)
      : unknown("the answer says both that the payment was made and that it was refused")
  }
  // The payment was made before what is selected beside it could fail.
  if (errorsOf(answer).some(reachedOk)) return accepted(undefined)
  const message = at(error, "message")
  if (typeof message === "string" && errorsOf(answer).length === 0) return rejected(message)
  return unknown("the answer does not say what became of the payment")
}

const wordsOf = (errors: ReadonlyArray<GraphQLErrorEntry>): string =>
  errors.map(({ message }) => message).join("; ")

/** Tells what an answer to `CreatePayment` means. (401 and 429 are dealt with before.) */
export const interpret = (answer: Answer): PaymentOutcome => {
  const { status } = answer
  const errors = errorsOf(answer)
  if (status < 200 || (status >= 300 && status < 400) || status >= 500 || MAY_HAVE_ACTED.has(status)) {
    return unknown(`the service answered HTTP ${status}`)
  }
  if (hasData(answer)) return outcomeOfData(answer)
  if (status >= 400) {
    return rejected(errors.length > 0 ? wordsOf(errors) : `the service answered HTTP ${status}`)
  }
  if (errors.length > 0 && errors.every(({ code }) => code !== undefined && BEFORE_ACTING.has(code))) {
    return rejected(wordsOf(errors))
  }
  return unknown("the answer is not one that the service is known to give")
}
