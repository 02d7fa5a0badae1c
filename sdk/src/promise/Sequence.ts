/// <reference lib="esnext.disposable" preserve="true" />
/** The client of the Promise API. */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Activity from "../api/Activity.js"
import type { ExecutableDocument } from "../api/Execute.js"
import * as Watch from "../api/Watch.js"
import * as Environment from "../client/Environment.js"
import { type Options, problemsWith } from "../client/Options.js"
import type {
  ActivityOptions,
  ActivityWalkOptions,
  CallOptions,
  OrganizationOptions,
  TransferOptions,
  WatchOptions,
} from "../config/CallOptions.js"
import * as CallKeys from "../config/CallOptions.js"
import { EnvReader } from "../config/EnvReader.js"
import { type Keys, unknownKeys } from "../config/OptionKeys.js"
import { ConfigError, TransferOutcomeUnknownError } from "../Errors.js"
import { sleep } from "../http/Abort.js"
import { Fetch } from "../http/Fetch.js"
import * as Logging from "../internal/Logging.js"
import type { Accounts } from "../model/Account.js"
import type { KycProblem, TransferReceipt, TransferRequest } from "../model/Payment.js"
import type { Pod, PodDetail, TotalBalance } from "../model/Pod.js"
import type { MoneyMap } from "../model/Rule.js"
import type { ActivityPage, ActivitySummary, Transfer, TransferDetail } from "../model/Transfer.js"
import * as Client from "../Sequence.js"
import { runPromise } from "./runPromise.js"
import type { SafeguardsClient, SequenceSafeguards } from "./SafeguardsClient.js"
import type { SequenceClient } from "./SequenceClient.js"
import {
  fromOptions,
  layerTokenStore,
  type SequenceOptions,
  toOptions,
  unknownOptions,
} from "./SequenceOptions.js"
import * as Safeguards from "./safeguardsLayer.js"

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

type Provided = Client.Sequence | Client.Services | SequenceSafeguards

type Runtime = ManagedRuntime.ManagedRuntime<Provided, ConfigError>

const makeRuntime = (options: Options, extras: SequenceOptions): Runtime => {
  const { fetch, logger, tokenStore } = extras
  const client = Client.layer(options, tokenStore === undefined ? undefined : layerTokenStore(tokenStore))
  const base = Layer.provideMerge(Safeguards.layer(options, extras), client)
  const withFetch = fetch === undefined ? base : Layer.provide(base, Layer.succeed(Fetch, fetch))
  return ManagedRuntime.make(Layer.provideMerge(withFetch, Logging.layer(logger)))
}

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
  readonly safeguards: SafeguardsClient
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
    const problems = [...problemsWith(services), ...Safeguards.problemsWith(given)]
    if (problems.length > 0) throw new ConfigError(problems)
    this.#runtime = makeRuntime(services, given)
    this.safeguards = Safeguards.toClient((use, signal) => this.#run(Safeguards.use(use), signal))
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
    const safeguards = Safeguards.withLimits(options.safeguards, limits)
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
    let cursor: Activity.ActivityCursor | undefined = Activity.firstPage()
    while (cursor !== undefined) {
      const from: Activity.ActivityCursor = cursor
      const [transfers, next] = await this.#run(
        Activity.nextPage(from, withoutSignal(options)),
        options?.signal,
      )
      yield* transfers
      cursor = next
    }
  }

  async *watch(options?: WatchOptions): AsyncGenerator<Transfer, void, undefined> {
    refuseUnknown(options, CallKeys.WATCH)
    let seen: Watch.SeenTransfers
    while (true) {
      const [transfers, next] = await this.#run(Watch.poll(seen, withoutSignal(options)), options?.signal)
      yield* transfers
      seen = next
      await sleep(options?.interval ?? Watch.DEFAULT_INTERVAL, options?.signal)
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
      const transfer = Safeguards.use((one) => one.transfer(request, { timeout, flag, idempotencyKey }))
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
    const run = Safeguards.use((one) => one.execute<Data, Variables>(document, variables, { timeout }))
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
