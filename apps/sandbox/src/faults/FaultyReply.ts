/** Turns faults into answers, and true answers into faulty ones. Sockets are none of its business. */

import { invalidGrant } from "../auth/TokenEndpoint.js"
import { unauthenticated } from "../graphql/GraphQLApi.js"
import { htmlReply, jsonReply, type Reply } from "../http/Messages.js"
import { isRecord, parseJson } from "../internal/Json.js"
import { statusOf } from "../platform/Refusal.js"
import type { FaultSpec, FaultyError, Patch, PathStep } from "./FaultSpec.js"

const EDGE_PAGE = `<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title></head>
<body><h1>Checking if the site connection is secure</h1><p>Enable JavaScript and cookies to continue</p></body></html>
`

/** Tells whether a request that is hit by this fault acts before the fault answers. */
export const acts = ({ act, cut, data, invalidJson }: FaultSpec): boolean =>
  act === true || cut === "after" || cut === "body" || data === "keep" || invalidJson === true

/** Makes what the fault answers; `truth` is the true answer where the request acted. */
export const faultyReply = (fault: FaultSpec, truth: Reply | undefined, now: number): Reply | undefined => {
  if (fault.status !== undefined) return statusReply(fault, fault.status, now)
  if (fault.edge !== undefined) {
    const headers = { server: "cloudflare", ...(fault.edge.challenge ? { "cf-mitigated": "challenge" } : {}) }
    return htmlReply(fault.edge.status ?? 403, EDGE_PAGE, headers)
  }
  if (fault.code !== undefined) return codeReply(fault, fault.code)
  if (fault.graphqlErrors !== undefined) return errorsReply(fault, fault.graphqlErrors, truth)
  if (fault.unauthenticated) return unauthenticated(200)
  if (fault.empty) return { status: 200, headers: { "content-type": "application/json" }, body: "" }
  if (fault.invalidJson && truth)
    return { ...truth, body: truth.body.slice(0, Math.floor(truth.body.length / 2)) }
  if (fault.redirect !== undefined) {
    return { status: fault.redirectStatus ?? 307, headers: { location: fault.redirect }, body: "" }
  }
  return fault.invalidGrant ? invalidGrant() : truth
}

const codeReply = ({ retryAfter }: FaultSpec, code: string): Reply => {
  const wait = code === "RATE_LIMIT_EXCEEDED" ? (retryAfter ?? 1) : retryAfter
  const headers = wait === undefined ? {} : { "retry-after": String(wait) }
  return jsonReply(statusOf(code), { error: { code, message: "Faulty answer" } }, headers)
}

const statusReply = (fault: FaultSpec, status: number, now: number): Reply => {
  const { body, contentType, headers, retryAfter, retryAfterAs } = fault
  const isText = typeof body === "string"
  const wait =
    retryAfter === undefined
      ? {}
      : { "retry-after": retryAfterAs === "date" ? httpDate(now + retryAfter * 1000) : String(retryAfter) }
  return {
    status,
    headers: {
      "content-type": contentType ?? (isText ? "text/plain" : "application/json"),
      ...wait,
      ...headers,
    },
    body: isText ? body : JSON.stringify(body ?? { message: `Faulty answer with status ${status}` }),
  }
}

/** Writes an instant as HTTP headers do. */
export const httpDate = (instant: number): string => new Date(instant).toUTCString()

const errorsReply = (fault: FaultSpec, wanted: readonly FaultyError[], truth: Reply | undefined): Reply => {
  const errors = wanted.map(({ message, code, path }) => ({
    message,
    ...(path === undefined ? {} : { path }),
    ...(code === undefined ? {} : { extensions: { code } }),
  }))
  const status = fault.errorStatus ?? 200
  if (fault.data === "keep" && truth) {
    const parsed = parseJson(truth.body)
    return jsonReply(status, { ...(isRecord(parsed) ? parsed : {}), errors })
  }
  return jsonReply(status, fault.data === "null" ? { errors, data: null } : { errors })
}

/** Applies patches to the JSON of an answer; answers that are none stay as they are. */
export const patchReply = (reply: Reply, patches: readonly Patch[]): Reply => {
  if (patches.length === 0) return reply
  const parsed = parseJson(reply.body)
  if (parsed === undefined) return reply
  const body = JSON.stringify(
    patches.reduce<unknown>((value, patch) => patched(value, patch.path, patch), parsed),
  )
  return { ...reply, body }
}

/** Gives a copy in which one place is set or removed; where the way there does not exist, nothing changes. */
const patched = (value: unknown, path: readonly PathStep[], patch: Patch): unknown => {
  const [step, ...rest] = path
  if (step === undefined) return patch.remove ? undefined : patch.value
  if (Array.isArray(value) && typeof step === "number") {
    const list: unknown[] = [...value]
    if (rest.length > 0)
      return list.map((item, index) => (index === step ? patched(item, rest, patch) : item))
    list.splice(step, 1, ...(patch.remove ? [] : [patch.value]))
    return list
  }
  if (!isRecord(value)) return value
  const key = String(step)
  if (rest.length > 0) return key in value ? { ...value, [key]: patched(value[key], rest, patch) } : value
  const { [key]: _, ...others } = value
  return patch.remove ? others : { ...value, [key]: patch.value }
}
