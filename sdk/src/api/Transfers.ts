/**
 * Moving money. A transfer is sent once; what is not certain afterwards is called unknown, never failed.
 */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { sentences } from "../config/checks.js"
import { type Elsewhere, type Keys, unknownKeys } from "../config/OptionKeys.js"
import {
  AmbiguousNameError,
  ConfigError,
  NotFoundError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
} from "../Errors.js"
import { CreatePaymentDocument } from "../generated/operations.js"
import * as Monotonic from "../internal/Monotonic.js"
import * as Names from "../internal/Names.js"
import { formatCents, MAX_AMOUNT_CENTS } from "../model/Money.js"
import type {
  KycProblem,
  PaymentAccount,
  PaymentAccountType,
  TransferReceipt,
  TransferRequest,
} from "../model/Payment.js"
import type { TransferEndpoint } from "../model/Transfer.js"
import { type CallOptions, GraphQL, type RequestError, type SentFlag } from "../transport/GraphQL.js"
import { operationOf } from "../webapp/Operation.js"
import { type TransferOnWire, toTransfer } from "../webapp/Wire.js"
import { Activity } from "./Activity.js"
import * as CallKeys from "./CallKeys.js"
import * as Kyc from "./Kyc.js"
import { type Organization, Organizations } from "./Organizations.js"
import type { Rivals } from "./PaymentSearch.js"
import * as PaymentSearch from "./PaymentSearch.js"
import { outcomeUnknown, sendPayment } from "./PaymentSender.js"
import { candidatesOf, duplicateKeyOf, isOurs, toActivityEntry } from "./TransferMatching.js"

export type { Rivals } from "./PaymentSearch.js"

const operation = operationOf(CreatePaymentDocument)

/** A transfer with every value that will be sent settled. */
export interface ResolvedTransfer {
  readonly source: ResolvedEnd
  readonly destination: ResolvedEnd
  readonly amountCents: number
  readonly description: string
  readonly instant: boolean
  readonly kycId: string
  /** The organization that the KYC application belongs to, if it is known. */
  readonly organizationId: string | undefined
}

/** An end of a transfer that is going to be made. */
export interface ResolvedEnd {
  readonly id: string
  readonly type: PaymentAccountType
  /** Its name, if it is known. */
  readonly name: string | null
}

/** Errors of a request for a transfer that could not be settled. */
export type ResolveError = RequestError | TransferRejectedError | NotFoundError | AmbiguousNameError

/** Errors that a transfer can fail with. */
export type TransferError = ResolveError | TransferOutcomeUnknownError

/** Options of a single transfer. */
export interface SendOptions<E = never> extends CallOptions {
  /** Tells, from outside and after an interruption, whether the transfer may have been made. */
  readonly flag?: SentFlag | undefined
  /** Runs right before the transfer goes out, at each try; if it fails, nothing is sent. */
  readonly beforeSend?: Effect.Effect<void, E> | undefined
  /** Tells what else may have made an entry of the activity that looks like this transfer. Default: this client. */
  readonly rivals?: Effect.Effect<Rivals, unknown> | undefined
}

/**
 * Operations that settle and send transfers.
 *
 * @category services
 */
export interface Service {
  /** Checks a request and settles every value of it, looking up names. Sends nothing that moves money. */
  readonly resolve: (
    request: TransferRequest,
    options?: CallOptions,
  ) => Effect.Effect<ResolvedTransfer, ResolveError>
  /** Sends a settled transfer, once, and finds the new transfer's id. */
  readonly send: <E = never>(
    transfer: ResolvedTransfer,
    options?: SendOptions<E>,
  ) => Effect.Effect<
    TransferReceipt,
    RequestError | NotFoundError | TransferRejectedError | TransferOutcomeUnknownError | E
  >
  /** Checks the KYC application that transfers default to; `undefined`: the login has it. Moves no money. */
  readonly checkKyc: (options?: CallOptions) => Effect.Effect<KycProblem | undefined, RequestError>
  /** Makes a transfer: {@link Service.resolve}, then {@link Service.send}, within one time-out. */
  readonly transfer: (
    request: TransferRequest,
    options?: SendOptions,
  ) => Effect.Effect<TransferReceipt, TransferError>
}

/**
 * Moves money.
 *
 * @category services
 */
export class Transfers extends Context.Tag("tsequence/Transfers")<Transfers, Service>() {}

/**
 * Defaults of transfers.
 *
 * @category options
 */
export interface Options {
  /** The KYC application to make transfers for. May be left out if the user has exactly one. */
  readonly kycId?: string | undefined
}

const REQUEST: Keys<TransferRequest> = {
  source: true,
  destination: true,
  amountCents: true,
  description: true,
  instant: true,
  kycId: true,
}

const SEND: Keys<SendOptions> = { ...CallKeys.CALL, flag: true, beforeSend: true, rivals: true }

const OPTIONS: Elsewhere = {
  keys: { signal: true, timeout: true, idempotencyKey: true },
  place: "the options, the second argument",
}

const problemWithEnd = (name: "source" | "destination", end: unknown): string | undefined => {
  if (typeof end === "string" || (typeof end === "object" && end !== null && "id" in end)) return undefined
  return `The ${name} of a transfer must be a name, or an object with an id and a type or kind`
}

/** Finds keys that nothing reads and ends that are none: mistakes that plain JavaScript lets through. */
const problemsWithShape = (request: TransferRequest): ReadonlyArray<string> => {
  const unknown = unknownKeys("transfer", request ?? null, REQUEST, OPTIONS)
  return unknown.length > 0
    ? unknown
    : sentences([
        problemWithEnd("source", request.source),
        problemWithEnd("destination", request.destination),
      ])
}

/** Fails for a request that asks for something else than its caller thinks. */
export const checkShape = (request: TransferRequest): Effect.Effect<void, ConfigError> =>
  Effect.suspend(() => {
    const problems = problemsWithShape(request)
    return problems.length === 0
      ? Effect.void
      : Effect.fail(new ConfigError(problems, { operation: operation.name }))
  })

const MAX_DESCRIPTION = 200
// C0 and C1 controls: nothing that belongs on a statement.
const CONTROL = /\p{Cc}/u

const problemWith = ({ amountCents, description = "" }: TransferRequest): string | undefined => {
  if (!Number.isInteger(amountCents)) return "the amount must be a whole number of cents"
  if (amountCents < 1) return "the amount must be at least 1 cent"
  if (amountCents > MAX_AMOUNT_CENTS) {
    return `the amount must be at most ${formatCents(MAX_AMOUNT_CENTS)}, the most that the service takes at once`
  }
  if (description.length > MAX_DESCRIPTION)
    return `the description is longer than ${MAX_DESCRIPTION} characters`
  return CONTROL.test(description)
    ? "the description holds a line break or another control character"
    : undefined
}

const PAYMENT_TYPES: ReadonlySet<string> = new Set<PaymentAccountType>(["POD", "PORT", "ACCOUNT"])

/** An end that is given by its id; `undefined` for a name. */
const endById = (account: PaymentAccount): ResolvedEnd | undefined => {
  if (typeof account === "string") return undefined
  return "kind" in account
    ? { id: account.id, type: account.kind, name: account.name }
    : { id: account.id, type: account.type, name: account.name ?? null }
}

/** Lists what names can refer to: all that belongs to the KYC application, or everything if that is not known. */
const searched = (organizations: ReadonlyArray<Organization>, kycId: string | undefined) => {
  const own = organizations.filter(({ kycIds }) => kycId !== undefined && kycIds.includes(kycId))
  const within = own.length > 0 ? own : organizations
  return within.flatMap(({ pods, ports, accounts }) => [...pods, ...ports, ...accounts])
}

const endByName = (
  organizations: ReadonlyArray<Organization>,
  kycId: string | undefined,
  name: string,
): Effect.Effect<ResolvedEnd, NotFoundError | AmbiguousNameError> => {
  const all = searched(organizations, kycId)
  const found = Names.match(all, name)
  switch (found._tag) {
    case "One":
      return Effect.succeed({ id: found.value.id, type: found.value.kind, name: found.value.name })
    case "None":
      return Effect.fail(
        new NotFoundError(
          `There is no pod, port or account called "${name}".${Names.didYouMean(all, name)}`,
          {
            kind: "account",
            key: name,
          },
        ),
      )
    default:
      return Effect.fail(new AmbiguousNameError(name, found.values))
  }
}

const noKyc = (count: number) =>
  new ConfigError([
    count === 0
      ? "Transfers need a KYC application, and the login has none: set SEQUENCE_KYC_ID or kycId"
      : `The login has ${count} KYC applications: set SEQUENCE_KYC_ID or kycId`,
  ])

/** Milliseconds that this machine's clock may be off, if the service's time is not known. */
const LIKELY_CLOCK_ERROR = 120_000

const NO_RIVALS: Rivals = { isClaimed: () => false, exist: false }

const toEndpoint = ({ id, type, name }: ResolvedEnd): TransferEndpoint => ({ id, type, name, icon: null })

/** Logs the service's words about a transfer that did not go through. */
const logEnding = (error: unknown): Effect.Effect<void> =>
  error instanceof TransferRejectedError || error instanceof TransferOutcomeUnknownError
    ? Effect.annotateLogs(Effect.logWarning(error.message), { "request.id": error.requestId ?? "" })
    : Effect.void

/**
 * Sends over a way to the service.
 *
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, never, GraphQL | Organizations | Activity> =>
  Effect.gen(function* () {
    const graphql = yield* GraphQL
    const organizations = yield* Organizations
    const activity = yield* Activity
    // Two equal transfers one after the other must not get the same id.
    const claimed = new Set<string>()
    const search = PaymentSearch.make(activity, organizations)

    const resolve: Service["resolve"] = (request, callOptions) =>
      Effect.gen(function* () {
        yield* checkShape(request)
        const problem = problemWith(request)
        if (problem !== undefined) return yield* Effect.fail(new TransferRejectedError(problem))
        const wantedKyc = request.kycId ?? options.kycId
        const givenSource = endById(request.source)
        const givenDestination = endById(request.destination)
        const all =
          wantedKyc === undefined || givenSource === undefined || givenDestination === undefined
            ? yield* organizations.all(callOptions)
            : []
        const kycIds = all.flatMap((one) => one.kycIds)
        const kycId = wantedKyc ?? (kycIds.length === 1 ? kycIds[0] : undefined)
        if (kycId === undefined) return yield* Effect.fail(noKyc(kycIds.length))
        const byName = (end: ResolvedEnd | undefined, account: PaymentAccount) =>
          end !== undefined
            ? Effect.succeed(end)
            : endByName(all, kycId, typeof account === "string" ? account : "")
        const source = yield* byName(givenSource, request.source)
        const destination = yield* byName(givenDestination, request.destination)
        const bad = [source, destination].find(({ id, type }) => id === "" || !PAYMENT_TYPES.has(type))
        if (bad !== undefined) {
          return yield* Effect.fail(
            new TransferRejectedError(
              "source and destination must each have an id and be a POD, PORT or ACCOUNT",
            ),
          )
        }
        if (source.id === destination.id && source.type === destination.type) {
          return yield* Effect.fail(new TransferRejectedError("source and destination are the same"))
        }
        return {
          source,
          destination,
          amountCents: request.amountCents,
          description: request.description ?? "",
          instant: request.instant ?? false,
          kycId,
          organizationId: all.find((one) => one.kycIds.includes(kycId))?.organizationId,
        }
      })

    const claim = (candidates: ReadonlyArray<TransferOnWire>, transfer: ResolvedTransfer, since: number) => {
      const departure = { earliest: since, latest: since }
      const seen = candidates.map((wire) => ({ ...toActivityEntry(wire), wire }))
      const found = candidatesOf(seen, duplicateKeyOf(transfer), (id) => claimed.has(id))
        .filter((one) => isOurs(departure, one))
        .at(-1)?.wire
      if (found !== undefined) claimed.add(found.id)
      return found
    }

    const organizationOf = (kycId: string, callOptions: CallOptions) =>
      Effect.flatMap(organizations.all(callOptions), (all) => {
        const owner = all.find(({ kycIds }) => kycIds.includes(kycId))
        return owner === undefined
          ? organizations.idOf(undefined, callOptions)
          : Effect.succeed(owner.organizationId)
      })

    /** Looks once more for a new transfer that the response did not show. The transfer is accepted all the same. */
    const lookAgain = (
      transfer: ResolvedTransfer,
      knownOrganization: string | undefined,
      since: number,
      timeout: number,
    ) =>
      Effect.gen(function* () {
        const organizationId = knownOrganization ?? (yield* organizationOf(transfer.kycId, { timeout }))
        const { page } = yield* activity.readFreshPage(organizationId, { first: 20, after: "" }, { timeout })
        const newest = page.edges.map(({ node }) => node)
        return claim(newest, transfer, since)
      }).pipe(
        Effect.timeoutOption(timeout),
        Effect.map(Option.getOrUndefined),
        Effect.catchAll((error) =>
          Effect.as(
            Effect.logWarning(`A transfer was accepted, but its id was not found: ${error.message}`),
            undefined,
          ),
        ),
      )

    const send: Service["send"] = (transfer, sendOptions = {}) =>
      Effect.gen(function* () {
        const { flag = { sent: false }, timeout, beforeSend, rivals: others } = sendOptions
        const rivals = Effect.map(others ?? Effect.succeed(NO_RIVALS), ({ isClaimed, exist }) => ({
          isClaimed: (id: string) => claimed.has(id) || isClaimed(id),
          exist,
        }))
        const startedAt = yield* Monotonic.now
        const wallClock = yield* Clock.currentTimeMillis
        const variables = {
          id: transfer.kycId,
          source: { id: transfer.source.id, type: transfer.source.type },
          destination: { id: transfer.destination.id, type: transfer.destination.type },
          amount: transfer.amountCents,
          isInstantTransfer: transfer.instant,
          achDescription: transfer.description,
        }
        const limit = timeout ?? graphql.timeout
        const {
          outcome,
          found,
          answer: response,
          sentAt,
        } = yield* sendPayment({
          send: (tries, left, onSend) =>
            graphql.mutation(operation, variables, flag, {
              timeout: left,
              tries,
              beforeSend: beforeSend === undefined ? onSend : Effect.zipLeft(beforeSend, onSend),
            }),
          look: (first, left) => search(transfer, first, rivals, left),
          flag,
          deadline: startedAt + limit,
          times: graphql.retryTimes,
        })
        if (outcome._tag === "Rejected") {
          flag.sent = false
          return yield* Effect.fail(
            new TransferRejectedError(outcome.reason, {
              operation: operation.name,
              requestId: response.requestId,
            }),
          )
        }
        if (outcome._tag !== "Accepted")
          return yield* Effect.fail(outcomeUnknown(outcome.why, response.requestId))
        const since = sentAt ?? wallClock - LIKELY_CLOCK_ERROR
        const organizationId = outcome.organization?.id ?? transfer.organizationId
        const left = limit - ((yield* Monotonic.now) - startedAt)
        if (found !== undefined) claimed.add(found.id)
        const own =
          found ??
          claim(outcome.newest, transfer, since) ??
          (left <= 0 ? undefined : yield* lookAgain(transfer, organizationId, since, left))
        const shown = own === undefined ? undefined : toTransfer(own)
        return {
          id: shown?.id ?? null,
          status: shown?.status ?? null,
          amountCents: transfer.amountCents,
          source: shown?.source ?? toEndpoint(transfer.source),
          destination: shown?.destination ?? toEndpoint(transfer.destination),
          createdAt: shown?.createdAt ?? null,
          upstreamRequestId: response.requestId,
          organization: outcome.organization,
        }
      }).pipe(Effect.tapError(logEnding), Effect.withSpan("Transfers.send"))

    const transfer: Service["transfer"] = (request, sendOptions = {}) =>
      Effect.gen(function* () {
        yield* CallKeys.check(sendOptions, SEND)
        const timeout = sendOptions.timeout ?? graphql.timeout
        const startedAt = yield* Monotonic.now
        const resolved = yield* resolve(request, { timeout })
        const left = Math.max(1, Math.ceil(timeout - ((yield* Monotonic.now) - startedAt)))
        return yield* send(resolved, { ...sendOptions, timeout: left })
      })

    const checkKyc: Service["checkKyc"] = (callOptions) =>
      CallKeys.check(callOptions, CallKeys.CALL).pipe(
        Effect.zipRight(organizations.all(callOptions)),
        Effect.map((all) => Kyc.findProblem(all, options.kycId)),
      )

    return { resolve, send, checkKyc, transfer }
  })

/**
 * Sends over the services in context.
 *
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<Transfers, never, GraphQL | Organizations | Activity> => Layer.effect(Transfers, make(options))
