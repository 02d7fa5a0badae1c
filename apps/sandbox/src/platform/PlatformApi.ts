/** The Platform API over the world that the GraphQL API shows: keys, rate limit, envelope, and who may do what. */
import type { OrganizationRecord } from "../data/Model.js"
import type { World } from "../data/World.js"
import type { Plan } from "../faults/Faults.js"
import { type HttpRequest, jsonReply, type Reply } from "../http/Messages.js"
import type { Clock } from "../internal/Clock.js"
import { makeRandom } from "../internal/Random.js"
import type { Ledger } from "../money/Ledger.js"
import type { Payments } from "../money/Payments.js"
import type { Settings } from "../Options.js"
import { ApiKeys, type KeyRecord, type PlatformKey, type PlatformKeyOptions } from "./ApiKeys.js"
import { CallLog } from "./CallLog.js"
import { Idempotency, type KeptResponse } from "./Idempotency.js"
import { OPERATIONS, type Operation } from "./Operations.js"
import { derivedId, PlatformIds } from "./PlatformIds.js"
import { RateLimit } from "./RateLimit.js"
import { Refusal, statusOf } from "./Refusal.js"
import type { PlatformStore } from "./Store.js"

/** Parts of a sandbox that the Platform API works with. */
export interface PlatformParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly world: World
  readonly ledger: Ledger
  readonly payments: Payments
  readonly home: OrganizationRecord
}

/** Writes an error as the API does. */
const platformError = (code: string, message: string, requestId: string, headers = {}): Reply =>
  jsonReply(statusOf(code), { error: { code, message }, requestId }, headers)

/** Makes the answer to an unsupported path or method. */
const plainNotFound = (): Reply => ({
  status: 404,
  headers: { "content-type": "text/plain" },
  body: "404 Not Found",
})

const decodeId = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const operationOf = (
  method: string,
  path: string,
): { readonly operation: Operation; readonly ids: readonly string[] } | undefined => {
  for (const operation of OPERATIONS) {
    const match = operation.method === method ? operation.path.exec(path) : null
    if (match !== null) return { operation, ids: match.slice(1).map(decodeId) }
  }
  return undefined
}

/** The Platform API of a sandbox. */
export class PlatformApi {
  readonly #parts: PlatformParts
  readonly #store: PlatformStore
  readonly #keys: ApiKeys
  readonly #rate: RateLimit
  #requests = 0

  constructor(parts: PlatformParts) {
    const { seed, platform: settings } = parts.settings
    this.#parts = parts
    this.#keys = new ApiKeys(makeRandom(seed, "platform keys"))
    this.#rate = new RateLimit(settings.requestsPerMinute, settings.rateModel)
    this.#store = {
      ...parts,
      settings,
      ids: new PlatformIds(settings.ids),
      idempotency: new Idempotency(settings.replayRefusals),
      calls: new CallLog(),
      simulations: new Map(),
      fresh: new Set(),
    }
  }

  /** Makes a key. Throws a `RangeError` for an organization that does not exist. */
  createKey(options: PlatformKeyOptions = {}): PlatformKey {
    const { home, world } = this.#parts
    const { organizationId } = options
    const organization = organizationId === undefined ? home : world.organization(organizationId)
    if (organization === undefined) throw new RangeError("there is no such organization")
    return this.#keys.create(options, organization)
  }

  /** Makes a key worthless; false if there is no such key. */
  revokeKey(id: string): boolean {
    return this.#keys.revoke(id)
  }

  /** Gives the id under which this API shows what has an id in the ledger. */
  idOf(id: string): string {
    return this.#store.ids.show(id)
  }

  /** Names the key that a header carries, without giving it away. */
  keyIdOf(authorization: string | undefined): string | undefined {
    return this.#keys.find(authorization)?.id
  }

  /** Names the operation that a request asks for. */
  operationName(method: string, path: string): string | undefined {
    return operationOf(method, path)?.operation.id
  }

  /** Answers a request. */
  answer(request: HttpRequest, plan: Plan): Reply {
    this.#requests += 1
    const requestId = derivedId(`request ${this.#requests}`)
    const now = this.#store.clock.now()
    const key = this.#keys.find(request.headers.authorization)
    if (key === undefined) return platformError("UNAUTHORIZED", "Invalid API key", requestId)
    const wait = this.#rate.take(key.id, now)
    if (wait !== undefined) {
      return platformError("RATE_LIMIT_EXCEEDED", "Too many requests", requestId, {
        "retry-after": String(wait),
      })
    }
    const found = operationOf(request.method, request.path)
    if (found === undefined) return plainNotFound()
    this.#store.payments.settle(now)
    const outcome = this.#run(found.operation, { request, key, ids: found.ids, plan, now })
    this.#log(found.operation, request, key, requestId, now, outcome)
    if (outcome instanceof Refusal) return platformError(outcome.code, outcome.message, requestId)
    return jsonReply(outcome.status, { data: outcome.data, requestId })
  }

  #run(operation: Operation, call: Parameters<Operation["run"]>[1]): KeptResponse | Refusal {
    try {
      const { scope } = operation
      if (scope !== undefined && !call.key.scopes.has(scope)) {
        throw new Refusal("ACCESS_DENIED", "The key does not have the scope that this needs")
      }
      return operation.run(this.#store, call)
    } catch (problem) {
      if (problem instanceof Refusal) return problem
      throw problem
    }
  }

  #log(
    { id }: Operation,
    { path, headers }: HttpRequest,
    key: KeyRecord,
    requestId: string,
    at: number,
    outcome: KeptResponse | Refusal,
  ): void {
    const isRefusal = outcome instanceof Refusal
    this.#store.calls.add({
      id: derivedId(`call ${requestId}`),
      organizationId: key.organization.id,
      apiKeyId: key.id,
      apiKeyName: key.name,
      path,
      action: id.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
      reason: headers["x-called-reason"] ?? null,
      requestId,
      outcome: isRefusal ? "FAILURE" : "SUCCESS",
      errorCode: isRefusal ? outcome.code : null,
      at,
    })
  }
}
