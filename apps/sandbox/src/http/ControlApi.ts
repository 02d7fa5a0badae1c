/** The control API of the sandbox, below `/sandbox`. */

import { decodeEdits } from "../data/Edits.js"
import { decodeFaults } from "../faults/DecodeFault.js"
import { type Check, isOneOf, isWhole, problemIn } from "../internal/Check.js"
import { isRecord, parseJson } from "../internal/Json.js"
import type { Sandbox } from "../Sandbox.js"
import { type HttpRequest, jsonReply, type Reply } from "./Messages.js"

/** The part of the sandbox that the control API uses. */
export type Controlled = Pick<
  Sandbox,
  | "env"
  | "platformEnv"
  | "now"
  | "ledger"
  | "requests"
  | "clearRequests"
  | "faults"
  | "clearFaults"
  | "waitingFaults"
  | "issueTokens"
  | "expireTokens"
  | "revokeTokens"
  | "advance"
  | "update"
  | "unblock"
>

type Handle = (sandbox: Controlled, body: unknown, query: URLSearchParams) => Reply

const badRequest = (message: string): Reply => jsonReply(400, { message })
const done = (): Reply => jsonReply(200, { ok: true })

const TOKENS: Readonly<Record<string, Check>> = {
  action: isOneOf("issue", "expire", "revoke"),
  expiresIn: isWhole(1, 31_536_000),
}
const ADVANCE: Readonly<Record<string, Check>> = { ms: isWhole(0, 8_640_000_000_000) }

const takeFaults: Handle = (sandbox, body) => {
  const faults = decodeFaults(body)
  if (typeof faults === "string") return badRequest(faults)
  sandbox.faults(faults)
  return jsonReply(200, { waiting: sandbox.waitingFaults() })
}

const takeTokens: Handle = (sandbox, body) => {
  const problem = isRecord(body) && body.action !== undefined ? problemIn(body, TOKENS) : `with "action"`
  if (problem !== undefined || !isRecord(body)) return badRequest(`the body is an object ${problem}`)
  if (body.action === "issue") {
    const tokens = sandbox.issueTokens(
      typeof body.expiresIn === "number" ? { expiresIn: body.expiresIn } : {},
    )
    return jsonReply(200, tokens)
  }
  if (body.action === "expire") sandbox.expireTokens()
  else sandbox.revokeTokens()
  return done()
}

const takeAdvance: Handle = (sandbox, body) => {
  const problem = isRecord(body) && body.ms !== undefined ? problemIn(body, ADVANCE) : `with "ms"`
  if (problem !== undefined || !isRecord(body) || typeof body.ms !== "number") {
    return badRequest(`the body is an object ${problem}`)
  }
  sandbox.advance(body.ms)
  return jsonReply(200, { now: new Date(sandbox.now()).toISOString() })
}

const takeUpdate: Handle = (sandbox, body) => {
  const edits = decodeEdits(body)
  if (typeof edits === "string") return badRequest(edits)
  try {
    return jsonReply(200, { ids: sandbox.update(edits) })
  } catch (problem) {
    if (problem instanceof RangeError) return badRequest(problem.message)
    throw problem
  }
}

const HANDLERS: Readonly<Record<string, readonly [help: string, handle: Handle]>> = {
  "GET /sandbox": ["this list", () => help()],
  "GET /sandbox/env": [
    "the environment variables that point a client here; ?backend=platform those of the Platform API",
    ({ env, platformEnv }, _body, query) =>
      jsonReply(200, query.get("backend") === "platform" ? platformEnv : env),
  ],
  "GET /sandbox/ledger": [
    "the truth: payments, balances, every entry",
    ({ ledger }) => jsonReply(200, ledger()),
  ],
  "GET /sandbox/requests": ["every request received", ({ requests }) => jsonReply(200, requests())],
  "DELETE /sandbox/requests": [
    "forgets them",
    ({ clearRequests }) => {
      clearRequests()
      return done()
    },
  ],
  "GET /sandbox/faults": [
    "faults that wait",
    ({ waitingFaults }) => jsonReply(200, { waiting: waitingFaults() }),
  ],
  "POST /sandbox/faults": [
    'adds one fault or a list, such as {"operation":"CreatePayment","cut":"after"}',
    takeFaults,
  ],
  "DELETE /sandbox/faults": [
    "forgets them",
    ({ clearFaults }) => {
      clearFaults()
      return done()
    },
  ],
  "POST /sandbox/tokens": ['{"action":"issue" (expiresIn in seconds), "expire" or "revoke"}', takeTokens],
  "POST /sandbox/advance": ['{"ms":60000} moves the sandbox\'s clock', takeAdvance],
  "POST /sandbox/update": ['one change or a list, such as {"add":"pod","name":"Rent"}', takeUpdate],
  "POST /sandbox/unblock": [
    "lets blocked users in again",
    ({ unblock }) => {
      unblock()
      return done()
    },
  ],
}

const help = (): Reply =>
  jsonReply(200, Object.fromEntries(Object.entries(HANDLERS).map(([name, [text]]) => [name, text])))

/** Answers a request below `/sandbox`. */
export const answerControl = (request: HttpRequest, sandbox: Controlled): Reply => {
  const handler = HANDLERS[`${request.method} ${request.path}`]
  if (handler === undefined)
    return jsonReply(404, { message: "There is no such thing; GET /sandbox lists what there is" })
  const needsBody = request.method === "POST" && request.path !== "/sandbox/unblock"
  const body = needsBody ? parseJson(request.body) : undefined
  if (needsBody && body === undefined) return badRequest("the body is not JSON")
  return handler[1](sandbox, body, request.query)
}
