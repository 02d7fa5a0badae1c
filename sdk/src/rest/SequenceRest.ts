/** The client: every route of the contract as a method. */

import type { Keys } from "../config/OptionKeys.js"
import { ConfigError, NotFoundError } from "../Errors.js"
import { sleep } from "../http/Abort.js"
import { resolveBackoff } from "../http/Backoff.js"
import type { Decoder } from "../internal/Decode.js"
import type { ActivityPage, ActivitySummary, Transfer } from "../model/Transfer.js"
import { type Call, run } from "./Call.js"
import * as RestDecoders from "./RestDecoders.js"
import * as RestErrors from "./RestErrors.js"
import * as RestHttp from "./RestHttp.js"
import type * as RestModels from "./RestModels.js"
import * as RestOptions from "./RestOptions.js"
import {
  problemsWith,
  problemsWithCall,
  problemsWithTransfer,
  type RestActivityOptions,
  type RestActivityWalkOptions,
  type RestCallOptions,
  type RestOrganizationOptions,
  type RestTransferEnd,
  type RestTransferOptions,
  type RestTransferRequest,
  type SequenceRestOptions,
} from "./RestOptions.js"
import { type Dependencies, read } from "./RestReads.js"
import { transfer } from "./RestTransfers.js"

/** The request of a read, and how its response is decoded. */
interface Get<A> {
  readonly operation: string
  readonly path: () => string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly lookedFor?: RestErrors.RequestDescription["lookedFor"]
  readonly decoder: Decoder<A>
  /** The keys that the call's options may have. Default: those of every call. */
  readonly keys?: Keys<RestCallOptions>
}

/** Encodes one step of a path. Refuses an empty value, `.`, `..`, and a value that has no UTF-8. */
const segment = (name: string, value: string, operation: string): string => {
  const unusable = [`${name} is nothing that an address can hold`]
  if (value === "" || value === "." || value === "..") throw new ConfigError(unusable, { operation })
  try {
    return encodeURIComponent(value)
  } catch {
    // Half a surrogate pair has no UTF-8.
    throw new ConfigError(unusable, { operation })
  }
}

const refuse = (problems: ReadonlyArray<string>, operation: string): void => {
  if (problems.length > 0) throw new ConfigError(problems, { operation })
}

const queryOf = (values: Get<unknown>["query"] = {}): URLSearchParams => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") query.set(name, String(value))
  }
  return query
}

const kindOf = (end: RestTransferEnd) => ("kind" in end ? end.kind : end.type)

const bodyOf = (request: RestTransferRequest): string => {
  const { source, destination, amountCents, description = "", instant = false, kycId } = request
  return JSON.stringify({
    source_id: source.id,
    source_type: kindOf(source),
    destination_id: destination.id,
    destination_type: kindOf(destination),
    amount_cents: amountCents,
    description,
    instant,
    kyc_id: kycId ?? null,
  })
}

const DEFAULT_TIMEOUT = 130_000

/**
 * A client of the project's REST server, for programs that must not have the account's password: it knows the
 * server's key and nothing else. It holds no connection that would have to be closed.
 *
 * Every method rejects with one of the SDK's errors, or with an `AbortError` if its signal was aborted:
 *
 * - `AuthenticationError`: the server refused the key.
 * - `ConfigError`: an input does not fit (the server's 422), one sentence for each; or the options don't.
 * - `NotFoundError`, `AmbiguousNameError`: as in the SDK. A 404 of something other than the server is `HttpError`.
 * - `RateLimitedError`, `QueueFullError`: too much at once, with `retryAfter`. Reads wait for it if there is time.
 * - `NetworkError`, `TimeoutError`: no answer *of the server*. What went wrong between the server and the service
 *   is an `HttpError` with status 502 and the server's words.
 * - `UnexpectedResponseError`: an answer that does not fit the contract, with its place in `path`.
 * - `StorageError`: the server cannot write its files; its message says which, `path` is empty.
 *
 * @example
 * ```ts
 * import { SequenceRest } from "tsequence/rest"
 *
 * const sequence = new SequenceRest({ baseUrl: "https://money.example.com", apiKey: process.env.API_KEY ?? "" })
 * const { totalCents } = await sequence.getTotalBalance()
 * ```
 */
export class SequenceRest {
  readonly #means: Dependencies
  readonly #timeout: number

  /**
   * Makes a client; sends nothing yet.
   *
   * @throws `ConfigError` that lists everything that is wrong with the options
   */
  constructor(options: SequenceRestOptions) {
    const problems = problemsWith(options)
    if (problems.length > 0) throw new ConfigError(problems)
    const { baseUrl, apiKey, timeout = DEFAULT_TIMEOUT, fetch } = options
    this.#means = {
      http: RestHttp.make({ baseUrl, apiKey, fetch }),
      failures: RestErrors.make(apiKey),
      backoff: resolveBackoff(options.retry),
      sleep,
    }
    this.#timeout = timeout
  }

  /** Asks whether the server's process is up. It neither looks at the key nor asks the service. */
  getHealth(options?: RestCallOptions): Promise<RestModels.RestHealth> {
    return this.#get(options, {
      operation: "getHealth",
      path: () => "api/health",
      decoder: RestDecoders.health,
    })
  }

  /**
   * Asks whether the server's login works and it can put transfers on record, and which transfers have no known
   * outcome. Rejects if the server is not ready: with `StorageError` or `HttpError` of status 503.
   */
  getReady(options?: RestCallOptions): Promise<RestModels.RestReadiness> {
    return this.#get(options, {
      operation: "getReady",
      path: () => "api/ready",
      decoder: RestDecoders.readiness,
    })
  }

  /** Reads the pods of all organizations of the server's login. */
  getPods(options?: RestCallOptions): Promise<ReadonlyArray<RestModels.RestPod>> {
    return this.#get(options, { operation: "getPods", path: () => "api/pods", decoder: RestDecoders.pods })
  }

  /** Adds up all pods. Rejects with `HttpError` 502 if the balance of one is not known. */
  getTotalBalance(options?: RestCallOptions): Promise<RestModels.RestTotalBalance> {
    const operation = "getTotalBalance"
    return this.#get(options, {
      operation,
      path: () => "api/pods/balance",
      decoder: RestDecoders.totalBalance,
    })
  }

  /**
   * Finds a pod by its name, without regard to case: the one that is called exactly that, else the only one
   * that contains it, else `undefined`. Rejects with `AmbiguousNameError` if several are called that, and with
   * `ConfigError` for `""`, `"."` and `".."`, which no address can hold.
   */
  async getPodBalance(name: string, options?: RestCallOptions): Promise<RestModels.RestPod | undefined> {
    const operation = "getPodBalance"
    try {
      return await this.#get(options, {
        operation,
        path: () => `api/pods/${segment("name", name, operation)}/balance`,
        lookedFor: { kind: "pod", key: name },
        decoder: RestDecoders.pod,
      })
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  /** Reads all details of one pod. Rejects with `NotFoundError` if there is no such pod or organization. */
  getPodDetail(
    podId: string,
    { organizationId, ...options }: RestOrganizationOptions = {},
  ): Promise<RestModels.RestPodDetail> {
    const operation = "getPodDetail"
    return this.#get(options, {
      operation,
      path: () => {
        const parent =
          organizationId === undefined ? "detail" : segment("organizationId", organizationId, operation)
        return `api/pods/${parent}/${segment("podId", podId, operation)}`
      },
      lookedFor: { kind: "pod", key: podId },
      decoder: RestDecoders.podDetail,
      keys: RestOptions.ORGANIZATION,
    })
  }

  /** Reads the pods, ports and outside accounts of one organization. */
  getAllAccounts({
    organizationId,
    ...options
  }: RestOrganizationOptions = {}): Promise<RestModels.RestAccounts> {
    return this.#get(options, {
      operation: "getAllAccounts",
      path: () => "api/accounts",
      query: { org_id: organizationId },
      lookedFor: { kind: "organization", key: organizationId ?? "" },
      decoder: RestDecoders.accounts,
      keys: RestOptions.ORGANIZATION,
    })
  }

  /** Reads this month's counts and incoming money over all organizations. */
  getActivitySummary(options?: RestCallOptions): Promise<ActivitySummary> {
    const operation = "getActivitySummary"
    return this.#get(options, {
      operation,
      path: () => "api/activity/summary",
      decoder: RestDecoders.activitySummary,
    })
  }

  /** Reads one page of the activity, newest first. Rejects with `ConfigError` if a filter does not fit. */
  getActivity(options: RestActivityOptions = {}): Promise<ActivityPage> {
    return this.#get(options, {
      operation: "getActivity",
      path: () => "api/activity",
      query: {
        first: options.first ?? 10,
        after: options.after,
        org_id: options.organizationId,
        statuses: options.statuses?.join(","),
        directions: options.directions?.join(","),
        activity_types: options.activityTypes?.join(","),
        date_start: options.dateStart,
        date_end: options.dateEnd,
        hide_internal: options.hideInternal,
        name: options.name,
      },
      lookedFor: { kind: "organization", key: options.organizationId ?? "" },
      decoder: RestDecoders.activityPage,
      keys: RestOptions.ACTIVITY,
    })
  }

  /**
   * Walks through the activity, newest first, reading page after page as far as it is asked for. It throws
   * rather than end early, and shows nothing twice if new transfers push older ones onto the next page.
   *
   * @example
   * ```ts
   * for await (const transfer of sequence.activity({ directions: ["INCOMING"] })) console.log(transfer.amountCents)
   * ```
   */
  async *activity({
    pageSize = 50,
    ...options
  }: RestActivityWalkOptions = {}): AsyncGenerator<Transfer, void> {
    refuse(problemsWithCall(options, RestOptions.WALK), "getActivity")
    const shown = new Set<string>()
    const cursors = new Set<string>()
    let after = ""
    while (true) {
      const { transfers, endCursor, hasNextPage } = await this.getActivity({
        ...options,
        first: pageSize,
        after,
      })
      for (const one of transfers) {
        if (shown.has(one.id)) continue
        shown.add(one.id)
        yield one
      }
      if (!hasNextPage) return
      RestErrors.mustLeadOn(endCursor, cursors)
      cursors.add(endCursor)
      after = endCursor
    }
  }

  /** Reads all details of one transfer. Rejects with `NotFoundError` if there is none, or no such organization. */
  getTransferDetail(
    transferId: string,
    { organizationId, ...options }: RestOrganizationOptions = {},
  ): Promise<RestModels.RestTransferDetail> {
    const operation = "getTransferDetail"
    return this.#get(options, {
      operation,
      path: () => {
        const parent =
          organizationId === undefined
            ? "transfers"
            : `activity/${segment("organizationId", organizationId, operation)}`
        return `api/${parent}/${segment("transferId", transferId, operation)}`
      },
      lookedFor: { kind: "transfer", key: transferId },
      decoder: RestDecoders.transferDetail,
      keys: RestOptions.ORGANIZATION,
    })
  }

  /**
   * Moves money, once: the server does so once for each `Idempotency-Key`, and the client keeps the key while it
   * tries again after a lost answer.
   *
   * Rejects with `TransferOutcomeUnknownError` if the money **may have moved**; its message holds the key under
   * which to ask again, its `requestId` the server's `request_id` if that is known. After any other error
   * nothing moved: `TransferLimitError`, `DailyLimitError`, `TransferRejectedError`, `TransferHeldError` (an
   * identical transfer has no known outcome), `IdempotencyKeyError` (the key was used with another transfer),
   * `ConfigError` (an input does not fit), and those of every method.
   *
   * @example
   * ```ts
   * const receipt = await sequence.transfer(
   *   { source: main, destination: { id: "pod-uuid", type: "POD" }, amountCents: 5_000 },
   *   { idempotencyKey: `rent-${month}` },
   * )
   * if (receipt.replayed) console.log("moved by an earlier request")
   * ```
   */
  async transfer(
    request: RestTransferRequest,
    options: RestTransferOptions = {},
  ): Promise<RestModels.RestTransferReceipt> {
    const operation = "transfer"
    refuse(problemsWithTransfer(request), operation)
    return this.#run(operation, options, RestOptions.TRANSFER, (call) =>
      transfer(this.#means, call, {
        operation,
        path: "api/transfers",
        body: bodyOf(request),
        idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
      }),
    )
  }

  async #run<A>(
    operation: string,
    options: RestTransferOptions,
    keys: Keys<RestCallOptions>,
    body: (call: Call) => Promise<A>,
  ): Promise<A> {
    refuse(problemsWithCall(options, keys), operation)
    return run(operation, options, options.timeout ?? this.#timeout, body)
  }

  #get<A>(
    options: RestCallOptions = {},
    { operation, path, query, lookedFor, decoder, keys = RestOptions.CALL }: Get<A>,
  ): Promise<A> {
    return this.#run(operation, options, keys, (call) =>
      read(this.#means, call, {
        request: { operation, path: path(), query: queryOf(query) },
        asked: { operation, lookedFor },
        decoder,
      }),
    )
  }
}
