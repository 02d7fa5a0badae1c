/** Options of a client and of its calls, and the checks of them. */
import { problemWithUrl, sentences } from "../config/checks.js"
import { type Elsewhere, type Keys, unknownKeys } from "../config/OptionKeys.js"
import type { BackoffOptions } from "../http/Backoff.js"
import type { PaymentAccountType } from "../model/Payment.js"
import type { ActivityFilter } from "../model/Transfer.js"

/** The number of retries and the back-off between them. A wait that the server asks for replaces the back-off. */
export interface RestRetryOptions extends BackoffOptions {}

/** Options of a client. */
export interface SequenceRestOptions {
  /**
   * The address of the server, without `/api`, such as `https://money.example.com`. `http://` is taken for this
   * machine's own addresses only (`localhost`, `127.0.0.1`, `[::1]`), since it would show the key and the
   * balances to the network: elsewhere, put something that speaks TLS in front of the server, or set `allowHttp`.
   */
  readonly baseUrl: string
  /**
   * True if `http://` is taken for every address: for a network with no other users, such as the one of a
   * compose file (`http://api:8720`). @default false
   */
  readonly allowHttp?: boolean | undefined
  /** The value of the server's `SEQUENCE_API_KEY`. Appears in no error, and not in the printed client. */
  readonly apiKey: string
  /**
   * Milliseconds that a call may take, all waits and repetitions included. The default is longer than the
   * server's own, so that its answer comes first. @default 130000
   */
  readonly timeout?: number | undefined
  /** The number of retries and the back-off between them. */
  readonly retry?: RestRetryOptions | undefined
  /**
   * Sends the requests instead of the global `fetch`; it gets an address and an init. The client reads no environment:
   * if a proxy must be used, see that the runtime does so (`NODE_USE_ENV_PROXY=1`), or hand in a `fetch` that does.
   */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** Options of a single call. */
export interface RestCallOptions {
  /** Ends the call with an `AbortError`; a transfer that may have gone out, with a `TransferOutcomeUnknownError`. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the call may take, all waits included. Default: the client's. */
  readonly timeout?: number | undefined
}

/** Options of a call that concerns one organization. */
export interface RestOrganizationOptions extends RestCallOptions {
  /** Default: the server's organization. */
  readonly organizationId?: string | undefined
}

/** The page of the activity to read. The organization is the server's by default. */
export interface RestActivityOptions extends ActivityFilter, RestCallOptions {
  /** The number of transfers, from 1 to 100. @default 10 */
  readonly first?: number | undefined
  /** The `endCursor` of the page before; empty for the first. @default "" */
  readonly after?: string | undefined
}

/** Options of a walk through the whole activity. The time-out is for each page. */
export interface RestActivityWalkOptions extends ActivityFilter, RestCallOptions {
  /** The number of transfers to read at once, from 1 to 100. @default 50 */
  readonly pageSize?: number | undefined
}

/** A pod, port or account: as a client read it, or by its id. */
export type RestTransferEnd =
  | { readonly id: string; readonly kind: PaymentAccountType }
  | { readonly id: string; readonly type: PaymentAccountType }

/** A transfer to make. */
export interface RestTransferRequest {
  /** The source of the money. */
  readonly source: RestTransferEnd
  /** The destination of the money. */
  readonly destination: RestTransferEnd
  /** Whole cents, from 1 to 2147483647. */
  readonly amountCents: number
  /** For the statement, at most 200 characters. @default "" */
  readonly description?: string | undefined
  /** True to move the money at once, for the fee that the service charges. @default false */
  readonly instant?: boolean | undefined
  /** The KYC application to make it for. Default: the server's. */
  readonly kycId?: string | undefined
}

/** Options of a transfer. */
export interface RestTransferOptions extends RestCallOptions {
  /**
   * Names the intention: 1 to 255 visible ASCII characters. For 24 hours the server moves money once for it,
   * however often it is asked, restarts of either side included. Keep one that you made yourself before the call
   * to be able to ask again in a later process. Default: a new one for each call.
   */
  readonly idempotencyKey?: string | undefined
}

const CLIENT: Keys<SequenceRestOptions> = {
  baseUrl: true,
  allowHttp: true,
  apiKey: true,
  timeout: true,
  retry: { times: true, baseDelay: true, maxDelay: true },
  fetch: true,
}

/** The keys of {@link RestCallOptions}. */
export const CALL: Keys<RestCallOptions> = { signal: true, timeout: true }

/** The keys of {@link RestOrganizationOptions}. */
export const ORGANIZATION: Keys<RestOrganizationOptions> = { ...CALL, organizationId: true }

const FILTER: Keys<ActivityFilter> = {
  organizationId: true,
  statuses: true,
  directions: true,
  activityTypes: true,
  dateStart: true,
  dateEnd: true,
  hideInternal: true,
  name: true,
}

/** The keys of {@link RestActivityOptions}. */
export const ACTIVITY: Keys<RestActivityOptions> = { ...CALL, ...FILTER, first: true, after: true }

/** The keys of {@link RestActivityWalkOptions}. */
export const WALK: Keys<RestActivityWalkOptions> = { ...CALL, ...FILTER, pageSize: true }

/** The keys of {@link RestTransferOptions}. */
export const TRANSFER: Keys<RestTransferOptions> = { ...CALL, idempotencyKey: true }

const REQUEST: Keys<RestTransferRequest> = {
  source: true,
  destination: true,
  amountCents: true,
  description: true,
  instant: true,
  kycId: true,
}

const OPTIONS: Elsewhere = { keys: TRANSFER, place: "the options, the second argument" }

const problemWithBaseUrl = (value: unknown, allowHttp: boolean): string | undefined => {
  const example = "https://money.example.com"
  const problem = problemWithUrl("baseUrl", value, { example, allowHttp, httpOption: "allowHttp" })
  if (problem !== undefined || typeof value !== "string") return problem
  const { search, hash } = new URL(value)
  return search === "" && hash === "" ? undefined : "baseUrl must end with its path, without ? and #"
}

const isCount = (value: unknown): boolean =>
  value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)

/** The most that a timer takes. */
const MAX_TIMEOUT = 2_147_483_647

const isTimeout = (value: unknown): boolean =>
  value === undefined || (typeof value === "number" && value > 0 && value <= MAX_TIMEOUT)

const TIMEOUT = `timeout must be a number of milliseconds above 0, at most ${MAX_TIMEOUT}`

/** Finds everything that is wrong with a client's options. The key itself is in no sentence. */
export const problemsWith = (options: SequenceRestOptions): ReadonlyArray<string> => {
  const unknown = unknownKeys("options", options ?? null, CLIENT)
  if (unknown.length > 0) return unknown
  const { baseUrl, apiKey, timeout, retry = {}, allowHttp = false } = options
  return sentences([
    problemWithBaseUrl(baseUrl, allowHttp),
    typeof apiKey === "string" && /^[!-~]+$/.test(apiKey)
      ? undefined
      : "apiKey must be visible ASCII characters without spaces",
    isTimeout(timeout) ? undefined : TIMEOUT,
    isCount(retry.times) ? undefined : "retry.times must be a whole number, 0 or more",
    isCount(retry.baseDelay) ? undefined : "retry.baseDelay must be whole milliseconds, 0 or more",
    isCount(retry.maxDelay) ? undefined : "retry.maxDelay must be whole milliseconds, 0 or more",
  ])
}

/** Finds everything that is wrong with the options of a call, which may have some keys only. */
export const problemsWithCall = (
  options: RestTransferOptions,
  keys: Keys<RestCallOptions>,
): ReadonlyArray<string> => {
  const unknown = unknownKeys("options of the call", options, keys)
  if (unknown.length > 0) return unknown
  const { timeout, idempotencyKey } = options
  const isKey = idempotencyKey === undefined || /^[!-~]{1,255}$/.test(idempotencyKey)
  return sentences([
    isTimeout(timeout) ? undefined : TIMEOUT,
    isKey ? undefined : "idempotencyKey must be 1 to 255 visible ASCII characters",
  ])
}

const problemWithEnd = (name: "source" | "destination", end: unknown): string | undefined =>
  typeof end === "object" && end !== null && "id" in end && ("kind" in end || "type" in end)
    ? undefined
    : `The ${name} of a transfer must be a pod, port or account as it was read, or its { id, type }; names are not taken here`

/** Finds keys of a transfer that nothing reads, and ends that are none. */
export const problemsWithTransfer = (request: RestTransferRequest): ReadonlyArray<string> => {
  const unknown = unknownKeys("transfer", request ?? null, REQUEST, OPTIONS)
  return unknown.length > 0
    ? unknown
    : sentences([
        problemWithEnd("source", request.source),
        problemWithEnd("destination", request.destination),
      ])
}
