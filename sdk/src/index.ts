/// <reference lib="esnext.disposable" preserve="true" />
/**
 * An unofficial SDK for GetSequence: read balances, follow the activity, move money.
 *
 * @module tsequence
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type {
  ActivityOptions,
  ActivityWalkOptions,
  CallOptions,
  OrganizationOptions,
  TransferOptions,
  WatchOptions,
} from "./CallOptions.js"
import * as CallKeys from "./CallOptions.js"
import * as Activity from "./client/Activity.js"
import type { ExecutableDocument } from "./client/Execute.js"
import * as Watch from "./client/Watch.js"
import { EnvReader } from "./config/EnvReader.js"
import { type Keys, unknownKeys } from "./config/Keys.js"
import * as Environment from "./Environment.js"
import { ConfigError, TransferOutcomeUnknownError } from "./Errors.js"
import { onAbort } from "./internal/Aborts.js"
import * as Logging from "./internal/Logging.js"
import { abortError, runPromise } from "./internal/RunPromise.js"
import type { Accounts } from "./model/Account.js"
import * as Money from "./model/Money.js"
import type { KycProblem, TransferReceipt, TransferRequest } from "./model/Payment.js"
import type { Pod, PodDetail, TotalBalance } from "./model/Pod.js"
import type { MoneyMap } from "./model/Rule.js"
import type { ActivityPage, ActivitySummary, Transfer, TransferDetail } from "./model/Transfer.js"
import { type Options, problemsWith } from "./Options.js"
import * as Client from "./Sequence.js"
import {
  fromOptions,
  layerTokenStore,
  type SequenceOptions,
  toOptions,
  unknownOptions,
} from "./SequenceOptions.js"
import * as SequenceSafeguards from "./SequenceSafeguards.js"
import { Fetch } from "./transport/Fetch.js"

export type {
  ActivityOptions,
  ActivityWalkOptions,
  CallOptions,
  OrganizationOptions,
  TransferOptions,
  WatchOptions,
} from "./CallOptions.js"
export type { ExecutableDocument } from "./client/Execute.js"
export * from "./Errors.js"
export type { SequenceLogger } from "./internal/Logging.js"
export type * from "./model/Account.js"
export type { Open } from "./model/Common.js"
export type * from "./model/DebitCard.js"
export type * from "./model/Institution.js"
export { formatCents, MAX_AMOUNT_CENTS } from "./model/Money.js"
export type * from "./model/Payment.js"
export type * from "./model/Pod.js"
export type * from "./model/Rule.js"
export type * from "./model/Transfer.js"
export type { AuthOptions, ClientOptions } from "./Options.js"
export type {
  SequenceCredentials,
  SequenceOptions,
  SequenceTokenStore,
  StoredTokens,
} from "./SequenceOptions.js"
export type { SafeguardsClient, SequenceSafeguardOptions } from "./SequenceSafeguards.js"
export type { Attempt, Misfit, Status, Verdict } from "./safeguards/Attempt.js"
export type { Filter as AuditFilter } from "./safeguards/AuditLog.js"
export type { Problem as AuditProblem, ProblemKind as AuditProblemKind } from "./safeguards/Chain.js"
export type { DailyLimit } from "./safeguards/DailyLimits.js"
export type { Actor, Entry as AuditEntry, Idempotency, Intent } from "./safeguards/Entry.js"
export type { Verification as AuditVerification } from "./safeguards/SafeguardStorage.js"
export type { Decision } from "./safeguards/Unresolved.js"
export type { RetryOptions } from "./transport/GraphQL.js"
export type { PolitenessOptions } from "./transport/Turns.js"

/**
 * Everything that a client can do. {@link Sequence} is the one that speaks to the service; write another for
 * tests of your own.
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
  readonly safeguards: SequenceSafeguards.SafeguardsClient
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

const refuseUnknown = (options: CallOptions | undefined, keys: Keys<CallOptions>): void => {
  const unknown = unknownKeys("options of the call", options, keys)
  if (unknown.length > 0) throw new ConfigError(unknown)
}

/** The options as the Effect API takes them, which is interrupted instead of aborted. */
const withoutSignal = <O extends CallOptions>(options: O | undefined): Omit<O, "signal"> | undefined => {
  if (options === undefined) return undefined
  const { signal: _, ...others } = options
  return others
}

type Provided = Client.Sequence | Client.Services | SequenceSafeguards.SequenceSafeguards

type Runtime = ManagedRuntime.ManagedRuntime<Provided, ConfigError>

const makeRuntime = (options: Options, extras: SequenceOptions): Runtime => {
  const { fetch, logger, tokenStore } = extras
  const client = Client.layer(options, tokenStore === undefined ? undefined : layerTokenStore(tokenStore))
  const base = Layer.provideMerge(SequenceSafeguards.layer(options, extras), client)
  const withFetch = fetch === undefined ? base : Layer.provide(base, Layer.succeed(Fetch, fetch))
  return ManagedRuntime.make(Layer.provideMerge(withFetch, Logging.layer(logger)))
}

const sleep = (duration: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal))
    let stopListening: (() => void) | undefined
    const timer = setTimeout(() => {
      stopListening?.()
      resolve()
    }, duration)
    if (signal === undefined) return
    stopListening = onAbort(signal, () => {
      clearTimeout(timer)
      reject(abortError(signal))
    })
  })

/**
 * A client of the service. Make one and keep it: all calls of one client share a token, a queue and the
 * answers to equal reads. Close it at the end.
 *
 * @example
 * ```ts
 * import { formatCents, Sequence } from "tsequence"
 *
 * const sequence = Sequence.fromEnv()
 * try {
 *   for (const pod of await sequence.getPods()) {
 *     console.log(pod.name, pod.balanceCents === null ? "unknown" : formatCents(pod.balanceCents))
 *   }
 * } finally {
 *   await sequence.close()
 * }
 * ```
 */
export class Sequence implements SequenceClient, AsyncDisposable {
  readonly safeguards: SequenceSafeguards.SafeguardsClient
  readonly #runtime: Runtime
  #closed: Promise<void> | undefined

  /**
   * Makes a client; sends nothing yet.
   *
   * @throws `ConfigError` that lists everything that is wrong with the options
   */
  constructor(options: SequenceOptions) {
    const unknown = unknownOptions(options)
    if (unknown.length > 0) throw new ConfigError(unknown)
    // Plain JavaScript may give none.
    const given: SequenceOptions = options ?? {}
    const services = toOptions(given)
    const problems = [...problemsWith(services), ...SequenceSafeguards.problemsWith(given)]
    if (problems.length > 0) throw new ConfigError(problems)
    this.#runtime = makeRuntime(services, given)
    this.safeguards = SequenceSafeguards.toClient((use) => this.#run(SequenceSafeguards.use(use), undefined))
  }

  /**
   * Makes a client from the `SEQUENCE_…` variables; sends nothing yet. With the option `safeguards` it takes the
   * limits from them too. Limits that are set for a client without safeguards are a mistake, unless `options` says
   * `safeguards: false`.
   *
   * @param options - what wins over the environment
   * @param environment - default: `process.env`
   * @throws `ConfigError` that lists every variable that is missing or malformed
   */
  static fromEnv(
    options: SequenceOptions = {},
    environment: Environment.Environment = process.env,
  ): Sequence {
    const unknown = unknownOptions(options)
    if (unknown.length > 0) throw new ConfigError(unknown)
    const { fetch, logger, tokenStore, timeZone } = options
    const read = Environment.read(environment, toOptions({ ...options, safeguards: false }), {
      hasOwnFetch: fetch !== undefined,
    })
    const unheld = options.safeguards === undefined ? Environment.limitsSet(environment) : []
    const problems = [
      ...(Either.isLeft(read) ? read.left.problems : []),
      ...unheld.map(
        (name) =>
          `${name} is set, and the client has no safeguards to hold it: say safeguards: true, or safeguards: false for a client without limits`,
      ),
    ]
    if (Either.isLeft(read) || problems.length > 0) throw new ConfigError(problems)
    const limits = Environment.readLimits(new EnvReader(environment))
    const safeguards = SequenceSafeguards.withLimits(options.safeguards, limits)
    return new Sequence({ ...fromOptions(read.right), fetch, logger, tokenStore, timeZone, safeguards })
  }

  #run<A, E>(effect: Effect.Effect<A, E, Provided>, signal: AbortSignal | undefined): Promise<A> {
    return this.#closed === undefined
      ? runPromise(this.#runtime, effect, signal)
      : Promise.reject(new ConfigError(["The client was closed; make another"]))
  }

  #call<O extends CallOptions, A, E>(
    use: (client: Client.Service, options: Omit<O, "signal"> | undefined) => Effect.Effect<A, E>,
    options: O | undefined,
    keys: Keys<CallOptions> = CallKeys.CALL,
  ): Promise<A> {
    return this.#checked(options, keys, () =>
      this.#run(
        Client.use((client) => use(client, withoutSignal(options))),
        options?.signal,
      ),
    )
  }

  /** Refuses options with a key that nothing reads, before anything is sent. */
  async #checked<A>(
    options: CallOptions | undefined,
    keys: Keys<CallOptions>,
    run: () => Promise<A>,
  ): Promise<A> {
    refuseUnknown(options, keys)
    return run()
  }

  getPods(options?: CallOptions): Promise<ReadonlyArray<Pod>> {
    return this.#call((client, given) => client.getPods(given), options)
  }

  getTotalBalance(options?: CallOptions): Promise<TotalBalance> {
    return this.#call((client, given) => client.getTotalBalance(given), options)
  }

  getPodBalance(name: string, options?: CallOptions): Promise<Pod | undefined> {
    return this.#call((client, given) => client.getPodBalance(name, given), options)
  }

  getPodDetail(podId: string, options?: OrganizationOptions): Promise<PodDetail> {
    return this.#call((client, given) => client.getPodDetail(podId, given), options, CallKeys.ORGANIZATION)
  }

  getAllAccounts(options?: OrganizationOptions): Promise<Accounts> {
    return this.#call((client, given) => client.getAllAccounts(given), options, CallKeys.ORGANIZATION)
  }

  getActivitySummary(options?: CallOptions): Promise<ActivitySummary> {
    return this.#call((client, given) => client.getActivitySummary(given), options)
  }

  getActivity(options?: ActivityOptions): Promise<ActivityPage> {
    return this.#call((client, given) => client.getActivity(given), options, CallKeys.ACTIVITY)
  }

  async *activity(options?: ActivityWalkOptions): AsyncGenerator<Transfer, void, undefined> {
    refuseUnknown(options, CallKeys.WALK)
    let walk: Activity.Walk | undefined = Activity.start()
    while (walk !== undefined) {
      const from: Activity.Walk = walk
      const [transfers, next] = await this.#run(Activity.step(from, withoutSignal(options)), options?.signal)
      yield* transfers
      walk = next
    }
  }

  async *watch(options?: WatchOptions): AsyncGenerator<Transfer, void, undefined> {
    refuseUnknown(options, CallKeys.WATCH)
    let seen: Watch.Seen
    while (true) {
      const [transfers, next] = await this.#run(Watch.look(seen, withoutSignal(options)), options?.signal)
      yield* transfers
      seen = next
      await sleep(options?.every ?? Watch.DEFAULT_EVERY, options?.signal)
    }
  }

  getTransferDetail(transferId: string, options?: OrganizationOptions): Promise<TransferDetail> {
    return this.#call(
      (client, given) => client.getTransferDetail(transferId, given),
      options,
      CallKeys.ORGANIZATION,
    )
  }

  getMoneyMap(options?: OrganizationOptions): Promise<MoneyMap> {
    return this.#call((client, given) => client.getMoneyMap(given), options, CallKeys.ORGANIZATION)
  }

  async transfer(request: TransferRequest, options: TransferOptions = {}): Promise<TransferReceipt> {
    refuseUnknown(options, CallKeys.TRANSFER)
    const { signal, timeout, idempotencyKey } = options
    const flag: { sent: boolean; requestId?: string | undefined } = { sent: false }
    try {
      const transfer = SequenceSafeguards.use((one) =>
        one.transfer(request, { timeout, flag, idempotencyKey }),
      )
      return await this.#run(transfer, signal)
    } catch (error) {
      const aborted = error instanceof Error && error.name === "AbortError"
      if (!aborted || !flag.sent) throw error
      throw new TransferOutcomeUnknownError(
        `Transfer outcome unknown: the call was ${signal?.aborted === true ? "aborted" : "cut off"} after the transfer was sent. The money may have moved: look at the activity before sending it again.`,
        { operation: "CreatePayment", requestId: flag.requestId, cause: error },
      )
    }
  }

  checkKyc(options?: CallOptions): Promise<KycProblem | undefined> {
    return this.#call((client, given) => client.checkKyc(given), options)
  }

  execute<Data = unknown, Variables extends object = Readonly<Record<string, unknown>>>(
    document: ExecutableDocument<Data, Variables>,
    variables?: Variables,
    options: CallOptions = {},
  ): Promise<Data> {
    const { timeout } = options
    const run = SequenceSafeguards.use((one) =>
      one.execute<Data, Variables>(document, variables, { timeout }),
    )
    return this.#checked(options, CallKeys.CALL, () => this.#run(run, options.signal))
  }

  close(): Promise<void> {
    this.#closed ??= this.#runtime.dispose()
    return this.#closed
  }

  /** Ends the client, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Reads an amount of dollars that a person or a program wrote, as {@link formatCents} writes it. Takes nothing
 * that could be read in two ways: three decimals, exponents, `1,00` and `1.000,00` are refused.
 *
 * @param text - such as `25`, `25.5`, `$1,500.00` or `-$5.00`
 * @returns whole cents
 * @throws `RangeError` that says what is wrong
 */
export const parseDollars = (text: string): number =>
  Either.getOrThrowWith(Money.parseDollars(text), (problem) => new RangeError(problem))
