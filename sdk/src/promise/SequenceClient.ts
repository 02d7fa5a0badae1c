import type { ExecutableDocument } from "../api/Execute.js"
import type {
  ActivityOptions,
  ActivityWalkOptions,
  CallOptions,
  OrganizationOptions,
  TransferOptions,
  WatchOptions,
} from "../config/CallOptions.js"
import type { Accounts } from "../model/Account.js"
import type { KycProblem, TransferReceipt, TransferRequest } from "../model/Payment.js"
import type { Pod, PodDetail, TotalBalance } from "../model/Pod.js"
import type { MoneyMap } from "../model/Rule.js"
import type { ActivityPage, ActivitySummary, Transfer, TransferDetail } from "../model/Transfer.js"
import type { SafeguardsClient } from "./SafeguardsClient.js"

/**
 * The methods of a client. {@link Sequence} implements them over the service; write another implementation for
 * your own tests.
 *
 * Every method rejects with a {@link SequenceError}, or with an `AbortError` where its signal was aborted.
 */
export interface SequenceClient {
  /** Reads the pods of all organizations of the login. */
  getPods(options?: CallOptions): Promise<ReadonlyArray<Pod>>
  /** Adds up all pods. Rejects with `UnexpectedResponseError` where the balance of one is not known. */
  getTotalBalance(options?: CallOptions): Promise<TotalBalance>
  /**
   * Finds a pod by its name, without regard to case: the one that is called exactly that, else the only one
   * that contains it, else `undefined`. Rejects with `AmbiguousNameError` where several are called that.
   */
  getPodBalance(name: string, options?: CallOptions): Promise<Pod | undefined>
  /** Reads everything about one pod. Rejects with `NotFoundError` where there is no such pod. */
  getPodDetail(podId: string, options?: OrganizationOptions): Promise<PodDetail>
  /** Reads the pods, ports and outside accounts of one organization. */
  getAllAccounts(options?: OrganizationOptions): Promise<Accounts>
  /** Reads this month's counts and incoming money over all organizations. */
  getActivitySummary(options?: CallOptions): Promise<ActivitySummary>
  /** Reads one page of the activity, newest first. */
  getActivity(options?: ActivityOptions): Promise<ActivityPage>
  /**
   * Walks through the activity, newest first, reading page after page as far as it is asked for. It throws
   * rather than end early.
   *
   * @example
   * ```ts
   * for await (const transfer of sequence.activity({ directions: ["INCOMING"] })) console.log(transfer.amountCents)
   * ```
   */
  activity(options?: ActivityWalkOptions): AsyncIterableIterator<Transfer>
  /**
   * Waits for new activity and yields it, oldest first, until the loop is left. If the signal is aborted, the loop
   * throws an `AbortError`, as Node's own iterators do.
   */
  watch(options?: WatchOptions): AsyncIterableIterator<Transfer>
  /** Reads everything about one transfer. Rejects with `NotFoundError` where there is no such transfer. */
  getTransferDetail(transferId: string, options?: OrganizationOptions): Promise<TransferDetail>
  /** Reads the rules of an organization, and how the web app draws them. */
  getMoneyMap(options?: OrganizationOptions): Promise<MoneyMap>
  /**
   * Moves money, once.
   *
   * Rejects with `TransferRejectedError` where it was refused, and with `TransferOutcomeUnknownError` where the
   * money **may have moved**: then look at the activity before trying again. After any other error nothing moved.
   *
   * With the option `safeguards` it also rejects with `TransferLimitError`, `DailyLimitError`, `TransferHeldError`
   * (an identical transfer has no known outcome) and `StorageError` (it could not be put on record): nothing was
   * sent after any of these. One that was sent and has no answer is looked for in the activity by itself.
   *
   * @example
   * ```ts
   * const receipt = await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 5_000 })
   * ```
   */
  transfer(request: TransferRequest, options?: TransferOptions): Promise<TransferReceipt>
  /**
   * Checks that the login has the KYC application that transfers default to: resolves with `undefined`, or with what
   * speaks against it. Moves no money.
   */
  checkKyc(options?: CallOptions): Promise<KycProblem | undefined>
  /** The limits, the audit trail and what is unresolved, of a client with the option `safeguards`. */
  readonly safeguards: SafeguardsClient
  /**
   * Sends any query or mutation of the service's schema. A query is shared and tried again like the SDK's own;
   * a mutation is sent once, and refused with `ConfigError` where the client has safeguards, which it would go
   * past. The answer is trusted to have the document's type.
   */
  execute<Data = unknown, Variables extends object = Readonly<Record<string, unknown>>>(
    document: ExecutableDocument<Data, Variables>,
    variables?: Variables,
    options?: CallOptions,
  ): Promise<Data>
  /** Ends the client: waits for a transfer that is on its way, and aborts everything else. */
  close(): Promise<void>
}
