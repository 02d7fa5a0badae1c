/**
 * Previews of transfers: what a transfer would do, and what would block it. A preview reads; it sends no mutation and
 * writes no entry to the audit log.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as CallKeys from "../api/CallKeys.js"
import * as Kyc from "../api/Kyc.js"
import { type Organization, Organizations } from "../api/Organizations.js"
import { checkShape, type ResolvedEnd, type ResolvedTransfer, Transfers } from "../api/Transfers.js"
import { AuditStorage, type Snapshot } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { SafeguardSettings, type SafeguardSettingsValues } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import { GLOBAL_KEY } from "../audit/TransferLedger.js"
import { countsTowardLimit, duplicateKeyOf, type TransferRecord } from "../audit/TransferRecord.js"
import type { Keys } from "../config/OptionKeys.js"
import {
  type AmbiguousNameError,
  type ConfigError,
  type DailyLimitError,
  type NotFoundError,
  type SequenceError,
  StorageError,
  TimeoutError,
  type TransferHeldError,
  TransferLimitError,
  TransferRejectedError,
} from "../Errors.js"
import { milliseconds } from "../internal/Milliseconds.js"
import type { ExternalAccount, Port } from "../model/Account.js"
import { formatCents } from "../model/Money.js"
import type { PaymentAccountType, TransferRequest } from "../model/Payment.js"
import type { Pod } from "../model/Pod.js"
import type { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import type { CallOptions, RequestError } from "../transport/GraphQL.js"
import { type DailyLimit, dayNow, statusOf } from "./DailyLimits.js"
import * as Preflight from "./Preflight.js"
import { refusedBecause } from "./TransferContext.js"

/**
 * The source or destination of a previewed transfer. It can be passed as the source or destination of the transfer itself.
 *
 * @category models
 */
export interface PreviewEnd {
  readonly id: string
  readonly type: PaymentAccountType
  /** The name, or `null` if the login shows no pod, port or account with this id. */
  readonly name: string | null
  /** The balance in cents, or `null` if it is unknown. */
  readonly balanceCents: number | null
}

/**
 * A reason why a transfer would not be made.
 *
 * @category models
 */
export interface TransferBlocker {
  /** The error that the transfer would fail with. */
  readonly error:
    | ConfigError
    | NotFoundError
    | AmbiguousNameError
    | TransferRejectedError
    | TransferLimitError
    | DailyLimitError
    | TransferHeldError
    | StorageError
  /** The reason in a sentence, for people. */
  readonly message: string
  /**
   * The party that would refuse the transfer. The client refuses it for certain, and sends nothing. The service decides when the
   * transfer arrives, and may know more than it shows.
   */
  readonly refusedBy: "client" | "service"
}

/**
 * A transfer as it would be made now.
 *
 * @category models
 */
export interface TransferPreview {
  /** The source, or `null` if the request cannot be resolved; a blocker says why. */
  readonly source: PreviewEnd | null
  /** The destination, or `null` if the request cannot be resolved; a blocker says why. */
  readonly destination: PreviewEnd | null
  /** The amount in cents, as requested. */
  readonly amountCents: number
  /** The daily limit that the transfer would count toward, and the limit for one transfer. */
  readonly limit: DailyLimit
  /**
   * Transfers of the last three days with the same ends and amount, and older ones that are not settled, oldest first.
   * Those that certainly moved nothing are left out.
   */
  readonly identical: ReadonlyArray<TransferRecord>
  /** All reasons that would block the transfer, in the order in which it is checked; empty if nothing would. */
  readonly blockers: ReadonlyArray<TransferBlocker>
}

/**
 * Options of one preview.
 *
 * @category options
 */
export interface PreviewOptions extends CallOptions {
  /** The key of the limit that the transfer would count toward: a user's id, or `__global__`. @default "__global__" */
  readonly limitKey?: string | undefined
  /** Cents that are promised to other transfers of the same key, such as staged ones. @default 0 */
  readonly stagedCents?: number | undefined
}

/** Errors for which there is no preview: the service or the audit log cannot be read, or the call is a mistake. */
export type PreviewError = RequestError | NotFoundError | StorageError

/**
 * The service that previews transfers.
 *
 * @category services
 */
export interface Service {
  /**
   * Previews a transfer: both ends with their balances, the limits, identical transfers, and everything that would
   * block it. Sends no mutation and writes no entry to the audit log. The day is the service's if its time is known, and
   * this machine's before that.
   *
   * Blockers of the transfer are part of the preview, and no failure. Fails with `ConfigError` if the request has an
   * unknown key, with `StorageError` if the audit log cannot be read, and as a read does if the service cannot be asked.
   */
  readonly preview: (
    request: TransferRequest,
    options?: PreviewOptions,
  ) => Effect.Effect<TransferPreview, PreviewError>
}

/**
 * Previews transfers.
 *
 * @category services
 */
export class TransferPreviews extends Context.Tag("tsequence/TransferPreviews")<
  TransferPreviews,
  Service
>() {}

const KEYS: Keys<PreviewOptions> = { ...CallKeys.CALL, limitKey: true, stagedCents: true }

type BlockingError = TransferBlocker["error"]

const BLOCKING: ReadonlySet<SequenceError["_tag"]> = new Set<BlockingError["_tag"]>([
  "ConfigError",
  "NotFoundError",
  "AmbiguousNameError",
  "TransferRejectedError",
  "TransferHeldError",
  "StorageError",
])

const isBlocking = <E extends SequenceError>(error: E): error is Extract<E, BlockingError> =>
  BLOCKING.has(error._tag)

/** Turns the errors that block a transfer into values; other errors stay failures. */
const blocked = <A, E extends SequenceError>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.map((value): Either.Either<A, BlockingError> => Either.right(value)),
    Effect.catchIf(isBlocking<E>, (error) => Effect.succeed(Either.left<BlockingError>(error))),
  )

const capitalized = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`

const byClient = (error: BlockingError): TransferBlocker => ({
  error,
  message: capitalized(error._tag === "TransferRejectedError" ? error.reason : error.message),
  refusedBy: "client",
})

const byService = (reason: string): TransferBlocker => ({
  error: new TransferRejectedError(reason),
  message: capitalized(reason),
  refusedBy: "service",
})

/** A pod, port or account of the login; `undefined` if it shows none with this id. */
type Holder = Pod | Port | ExternalAccount | undefined

/** Lists what the service shows that it would refuse. It decides when the transfer arrives. */
const shownProblems = (
  { transfer, source, destination }: ResolvedEnds,
  organizations: ReadonlyArray<Organization>,
): ReadonlyArray<string> => {
  const kyc = Kyc.findProblem(organizations, transfer.kycId)
  const missing = ([end, holder]: readonly [ResolvedEnd, Holder]) =>
    holder === undefined ? [`the login has no ${end.type.toLowerCase()} with the id ${end.id}`] : []
  const { balanceCents = null } = source ?? {}
  return [
    ...(kyc?.isCertain === true ? [kyc.message] : []),
    ...missing([transfer.source, source]),
    ...missing([transfer.destination, destination]),
    ...(source?.kind === "ACCOUNT" && source.canBeSource === false
      ? [`"${source.name}" cannot be the source of a transfer`]
      : []),
    ...(source !== undefined && balanceCents !== null && balanceCents < transfer.amountCents
      ? [
          `"${source.name}" holds ${formatCents(balanceCents)}, which is less than ${formatCents(transfer.amountCents)}`,
        ]
      : []),
  ]
}

/** A resolved transfer, and the two ends as the login shows them. */
interface ResolvedEnds {
  readonly transfer: ResolvedTransfer
  readonly source: Holder
  readonly destination: Holder
}

/** The facts that were read for a preview. */
interface Facts {
  readonly amountCents: number
  readonly resolved: Either.Either<ResolvedTransfer, BlockingError>
  /** The result of the preflight checks; without a resolved transfer there is nothing to check. */
  readonly preflight: Either.Either<void, BlockingError>
  readonly organizations: ReadonlyArray<Organization>
  readonly snapshot: Snapshot
  /** The best guess of the service's time, in milliseconds since 1970. */
  readonly now: number
  readonly limitKey: string
  readonly stagedCents: number
  readonly settings: SafeguardSettingsValues
}

const endsOf = (transfer: ResolvedTransfer, organizations: ReadonlyArray<Organization>): ResolvedEnds => {
  const all = organizations.flatMap(({ pods, ports, accounts }) => [...pods, ...ports, ...accounts])
  const find = ({ id, type }: ResolvedEnd) => all.find((one) => one.id === id && one.kind === type)
  return { transfer, source: find(transfer.source), destination: find(transfer.destination) }
}

const toPreviewEnd = ({ id, type, name }: ResolvedEnd, holder: Holder): PreviewEnd => ({
  id,
  type,
  name: holder?.name ?? name,
  balanceCents: holder?.balanceCents ?? null,
})

const limitOf = (facts: Facts): DailyLimit => {
  const { snapshot, now, limitKey, stagedCents, settings } = facts
  const { maxDailyTransferCents, maxTransferCents, timeZone } = settings
  const day = dayNow(snapshot, now, timeZone)
  const status = statusOf(snapshot, limitKey, day, maxDailyTransferCents)
  return {
    ...status,
    reservedCents: status.reservedCents + stagedCents,
    remainingCents: Math.max(0, status.remainingCents - stagedCents),
    maxTransferCents,
  }
}

const identicalTo = (transfer: ResolvedTransfer, { ledger }: Snapshot): ReadonlyArray<TransferRecord> => {
  const key = duplicateKeyOf(transfer)
  return [...ledger.records()].filter(
    (record) =>
      record.intent.transfer.amountCents === transfer.amountCents &&
      countsTowardLimit(record) &&
      duplicateKeyOf(record.intent.transfer) === key,
  )
}

/** Lists what the client would refuse, in the order in which the transfer itself is checked. */
const clientErrors = (facts: Facts, limit: DailyLimit): ReadonlyArray<BlockingError> => {
  const { amountCents, resolved, preflight, snapshot, settings } = facts
  const tooLarge =
    amountCents > settings.maxTransferCents
      ? [new TransferLimitError(amountCents, settings.maxTransferCents)]
      : []
  if (Either.isLeft(resolved)) return [...tooLarge, resolved.left]
  const preflightError = Either.isLeft(preflight) ? [refusedBecauseOf(preflight.left)] : []
  const refusal = snapshot.refusal === undefined ? [] : [refusedBecause(snapshot.refusal)]
  const reasons = snapshot.ledger.blockReasons({
    transfer: resolved.right,
    limitKey: limit.limitKey,
    day: limit.day,
    dailyLimitCents: settings.maxDailyTransferCents - facts.stagedCents,
    otherCents: snapshot.otherCents(limit.limitKey, limit.day),
    idempotency: undefined,
    serviceTime: facts.now,
    isTimeCertain: false,
  })
  const isHeld = preflightError.some(({ _tag }) => _tag === "TransferHeldError")
  const blockErrors = reasons
    .filter(({ _tag }) => !(isHeld && _tag === "Held"))
    .map((reason) => BlockErrors.toError(reason, amountCents, settings.maxDailyTransferCents))
  return [
    ...tooLarge,
    ...preflightError,
    ...refusal,
    ...blockErrors.filter((error) => error._tag !== "IdempotencyKeyError"),
  ]
}

const refusedBecauseOf = (error: BlockingError): BlockingError =>
  error instanceof StorageError ? refusedBecause(error) : error

/** Puts a preview together from what was read. */
const assemble = (facts: Facts): TransferPreview => {
  const { amountCents, resolved, organizations, snapshot } = facts
  const limit = limitOf(facts)
  const blockers = clientErrors(facts, limit).map(byClient)
  if (Either.isLeft(resolved)) {
    return { source: null, destination: null, amountCents, limit, identical: [], blockers }
  }
  const ends = endsOf(resolved.right, organizations)
  return {
    source: toPreviewEnd(ends.transfer.source, ends.source),
    destination: toPreviewEnd(ends.transfer.destination, ends.destination),
    amountCents,
    limit,
    identical: identicalTo(ends.transfer, snapshot),
    blockers: [...blockers, ...shownProblems(ends, organizations).map(byService)],
  }
}

/** Services that previews are made of. */
export type Requirements =
  | Transfers
  | Organizations
  | AuditStorage
  | ServiceTime
  | ProcessRegistry
  | SafeguardSettings

/**
 * Previews transfers over the services in context.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Requirements> = Effect.gen(function* () {
  const transfers = yield* Transfers
  const organizations = yield* Organizations
  const storage = yield* AuditStorage
  const serviceTime = yield* ServiceTime
  const settings = yield* SafeguardSettings
  const { check } = yield* Preflight.make

  const readFacts = (request: TransferRequest, options: PreviewOptions) =>
    Effect.gen(function* () {
      const { timeout = settings.timeout, limitKey = GLOBAL_KEY, stagedCents = 0 } = options
      // At once: equal reads are sent once.
      const [shown, resolved] = yield* Effect.all(
        [organizations.all({ timeout }), blocked(transfers.resolve(request, { timeout }))],
        { concurrency: 2 },
      )
      const preflight = Either.isLeft(resolved) ? Either.void : yield* blocked(check(resolved.right, shown))
      const snapshot = yield* storage.read
      const now = yield* serviceTime.guess
      const { amountCents } = request
      return {
        amountCents,
        resolved,
        preflight,
        organizations: shown,
        snapshot,
        now,
        limitKey,
        stagedCents,
        settings,
      } satisfies Facts
    })

  const preview: Service["preview"] = Effect.fn("TransferPreviews.preview")(function* (
    request,
    options = {},
  ) {
    yield* checkShape(request)
    yield* CallKeys.check(options, KEYS)
    const timeout = options.timeout ?? settings.timeout
    const onTimeout = () =>
      new TimeoutError(`The transfer could not be previewed within ${milliseconds(timeout)}`, {
        sent: false,
        timeout,
      })
    return assemble(yield* Effect.timeoutFail(readFacts(request, options), { duration: timeout, onTimeout }))
  })

  return { preview }
})

/**
 * Previews transfers over the services in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<TransferPreviews, never, Requirements> = Layer.effect(TransferPreviews, make)
