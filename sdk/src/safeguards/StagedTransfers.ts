/**
 * Transfers that wait for a person to confirm them: what is sent is, value by value, what was shown. They are in memory,
 * so none outlives the process.
 */
import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type ResolvedTransfer, Transfers } from "../api/Transfers.js"
import { type AuditEntryDraft, sha256, transferKeys } from "../audit/AuditEntry.js"
import { AuditLog } from "../audit/AuditLog.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import {
  DailyLimitError,
  NotFoundError,
  type StorageError,
  TransferLimitError,
  TransferRejectedError,
} from "../Errors.js"
import { BackgroundSleep } from "../internal/Background.js"
import type { PaymentAccount, TransferRequest } from "../model/Payment.js"
import { DailyLimits } from "./DailyLimits.js"
import { type GuardedReceipt, type GuardedTransferError, GuardedTransfers } from "./GuardedTransfers.js"

/** The person who staged a transfer, and the chat. */
export interface Requester {
  readonly userId: number
  readonly userName?: string | undefined
  readonly chatId: number
  /** The topic of the chat, in one that has topics. */
  readonly threadId?: number | undefined
  readonly messageId?: number | undefined
}

/**
 * A transfer that waits for its confirmation.
 *
 * @category models
 */
export interface Staged {
  readonly id: string
  readonly transfer: ResolvedTransfer
  readonly stager: Requester
  /** SHA-256 over every value above, in hexadecimal. */
  readonly digest: string
  /** Time from which it cannot be confirmed, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Errors of a confirmation. */
export type ConfirmError = GuardedTransferError | NotFoundError

/**
 * Staging, confirmation and cancellation of transfers.
 *
 * @category services
 */
export interface Service {
  /**
   * Resolves every value of a transfer, checks it against the limits (counting what is staged), and keeps it for its
   * confirmation. Sends nothing that moves money.
   */
  readonly stage: (request: TransferRequest, stager: Requester) => Effect.Effect<Staged, GuardedTransferError>
  /**
   * Checks a transfer against the limits as {@link stage} does, before its names are looked up. Fails with
   * `TransferLimitError` or `DailyLimitError`, and records that in the audit log.
   */
  readonly checkLimits: (
    request: TransferRequest,
    requester: Requester,
  ) => Effect.Effect<void, TransferLimitError | DailyLimitError | StorageError>
  /**
   * Makes a staged transfer, once: a second confirmation gets the first one's result. Fails with `NotFoundError` if no
   * transfer of this id waits, or none does any more, and with `TransferRejectedError` for another user or chat.
   */
  readonly confirm: (id: string, by: Requester) => Effect.Effect<GuardedReceipt, ConfirmError>
  /** Drops a staged transfer. Fails as {@link confirm} does. */
  readonly cancel: (id: string, by: Requester) => Effect.Effect<Staged, NotFoundError | TransferRejectedError>
  /**
   * Moves the transfers that wait in a chat to the new id that the messenger gave that chat: they are confirmed there
   * from now on. Gives the moved transfers.
   */
  readonly moveChat: (from: number, to: number) => Effect.Effect<ReadonlyArray<Staged>>
  /** Finds a transfer that waits; `undefined` if there is none. */
  readonly get: (id: string) => Effect.Effect<Staged | undefined>
  /** Gives every staged transfer that expires from now on. */
  readonly expired: Effect.Effect<Queue.Dequeue<Staged>, never, Scope.Scope>
}

/**
 * Keeps transfers until a person confirms them.
 *
 * @category services
 */
export class StagedTransfers extends Context.Tag("tsequence/StagedTransfers")<StagedTransfers, Service>() {}

/** A transfer that was confirmed, and its result. */
interface Confirmation {
  readonly staged: Staged
  readonly result: Deferred.Deferred<GuardedReceipt, ConfirmError>
}

/** Hashes every value of a staged transfer. */
export const digestOf = (id: string, transfer: ResolvedTransfer, { userId, chatId }: Requester): string => {
  const { source, destination, amountCents, description, instant, kycId, organizationId } = transfer
  return sha256(
    JSON.stringify([
      id,
      userId,
      chatId,
      [source.type, source.id, source.name],
      [destination.type, destination.id, destination.name],
      amountCents,
      description,
      instant,
      kycId,
      organizationId ?? null,
    ]),
  )
}

/** Names an end in an entry about a request whose names were not looked up. */
const textOfEnd = (end: PaymentAccount): string => (typeof end === "string" ? end : (end.name ?? end.id))

const gone = (id: string) =>
  new NotFoundError(
    "No such transfer waits for confirmation: it was made, cancelled, has expired, or was lost by a restart",
    {
      kind: "transfer",
      key: id,
    },
  )

/** Sums up what one user has staged, in cents. */
const stagedCents = (waiting: ReadonlyMap<string, Staged>, userId: number): number =>
  [...waiting.values()]
    .filter(({ stager }) => stager.userId === userId)
    .reduce((sum, { transfer }) => sum + transfer.amountCents, 0)

/** Moves a staged transfer to another chat. */
const movedTo = (staged: Staged, chatId: number): Staged => {
  const stager = { ...staged.stager, chatId, threadId: undefined }
  return { ...staged, stager, digest: digestOf(staged.id, staged.transfer, stager) }
}

const checkRequester = (staged: Staged, by: Requester) =>
  staged.stager.userId === by.userId && staged.stager.chatId === by.chatId
    ? Effect.void
    : Effect.fail(
        new TransferRejectedError(
          "only the person who asked for it can confirm or cancel it, in the same chat",
        ),
      )

/** Makes the function that records an event of a staged transfer. If that fails, only the entry is missing. */
const makeNote = Effect.gen(function* () {
  const audit = yield* AuditLog
  const { naming } = yield* SafeguardSettings

  return ({ id, transfer, stager }: Staged, draft: AuditEntryDraft) =>
    audit
      .note({
        ...transferKeys(transfer, stager, naming),
        staged_id: id,
        limit_key: String(stager.userId),
        chat_id: stager.chatId,
        message_thread_id: stager.threadId,
        ...draft,
      })
      .pipe(Effect.catchAll((error) => Effect.logWarning(`The audit log was not written: ${error.message}`)))
})

/** Makes the check of a request against the limits, which counts what its user has staged. */
const makeLimitCheck = (waiting: ReadonlyMap<string, Staged>) =>
  Effect.gen(function* () {
    const limits = yield* DailyLimits
    const { maxTransferCents } = yield* SafeguardSettings

    return (amountCents: number, { userId }: Requester) =>
      Effect.gen(function* () {
        if (amountCents > maxTransferCents) {
          return yield* Effect.fail(new TransferLimitError(amountCents, maxTransferCents))
        }
        const { remainingCents, limitCents } = yield* limits.today(String(userId))
        const left = Math.max(0, remainingCents - stagedCents(waiting, userId))
        if (amountCents > left) {
          return yield* Effect.fail(new DailyLimitError({ amountCents, limitCents, remainingCents: left }))
        }
      })
  })

/** Makes the check that a caller asks for: a request that does not fit is noted in the audit log. */
const makeCheckLimits = (waiting: ReadonlyMap<string, Staged>) =>
  Effect.gen(function* () {
    const audit = yield* AuditLog
    const fitsLimits = yield* makeLimitCheck(waiting)

    const rejection = (request: TransferRequest, by: Requester, error: string): AuditEntryDraft => ({
      event_type: "transfer_rejected",
      source: textOfEnd(request.source),
      destination: textOfEnd(request.destination),
      note: request.description,
      user_id: by.userId,
      user_name: by.userName,
      amount_cents: Number.isSafeInteger(request.amountCents) ? Math.max(0, request.amountCents) : undefined,
      limit_key: String(by.userId),
      error,
    })

    const checkLimits: Service["checkLimits"] = (request, by) =>
      Effect.tapError(fitsLimits(request.amountCents, by), (error) =>
        error._tag === "StorageError"
          ? Effect.void
          : Effect.ignoreLogged(audit.note(rejection(request, by, error.message))),
      )
    return checkLimits
  })

/** Makes the function that stages a transfer. */
const makeStage = (waiting: Map<string, Staged>, expired: PubSub.PubSub<Staged>) =>
  Effect.gen(function* () {
    const transfers = yield* Transfers
    const settings = yield* SafeguardSettings
    const sleep = yield* BackgroundSleep
    const scope = yield* Effect.scope
    const note = yield* makeNote
    const fitsLimits = yield* makeLimitCheck(waiting)
    const checkLimits = yield* makeCheckLimits(waiting)

    const expire = (staged: Staged) =>
      Effect.gen(function* () {
        yield* sleep(settings.confirmationTimeout)
        if (!waiting.delete(staged.id)) return
        yield* note(staged, { event_type: "transfer_expired" })
        yield* PubSub.publish(expired, staged)
      })

    const stage: Service["stage"] = (request, stager) =>
      Effect.gen(function* () {
        yield* checkLimits(request, stager)
        const transfer = Object.freeze(yield* transfers.resolve(request, { timeout: settings.timeout }))
        // Again: the user may have staged another one while names were looked up.
        yield* fitsLimits(transfer.amountCents, stager)
        const id = randomUUID()
        const expiresAt = (yield* Clock.currentTimeMillis) + settings.confirmationTimeout
        const staged: Staged = { id, transfer, stager, digest: digestOf(id, transfer, stager), expiresAt }
        // As one: a transfer that waits expires, even if its caller is interrupted.
        yield* Effect.uninterruptible(
          Effect.gen(function* () {
            waiting.set(id, staged)
            yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)
            yield* note(staged, { event_type: "transfer_staged" })
          }),
        )
        return staged
      })
    return stage
  })

/** Makes the function that sends a staged transfer exactly as it was shown. */
const makeExecute = (expired: PubSub.PubSub<Staged>) =>
  Effect.gen(function* () {
    const guarded = yield* GuardedTransfers
    const note = yield* makeNote

    return (staged: Staged, by: Requester): Effect.Effect<GuardedReceipt, ConfirmError> =>
      Effect.gen(function* () {
        const { id, transfer, stager, digest, expiresAt } = staged
        if ((yield* Clock.currentTimeMillis) >= expiresAt) {
          yield* note(staged, { event_type: "transfer_expired" })
          yield* PubSub.publish(expired, staged)
          return yield* Effect.fail(gone(id))
        }
        if (digestOf(id, transfer, stager) !== digest) {
          return yield* Effect.fail(new TransferRejectedError("it is no longer what was shown"))
        }
        const actor = { ...stager, messageId: by.messageId ?? stager.messageId, stagedId: id }
        return yield* guarded.transferResolved(transfer, { limitKey: String(stager.userId), actor })
      })
  })

/** Makes the function that confirms a staged transfer: the first confirmation sends it, and all get its result. */
const makeConfirm = (waiting: Map<string, Staged>, expired: PubSub.PubSub<Staged>) =>
  Effect.gen(function* () {
    const { confirmationTimeout } = yield* SafeguardSettings
    const sleep = yield* BackgroundSleep
    const scope = yield* Effect.scope
    const execute = yield* makeExecute(expired)
    const confirmed = new Map<string, Confirmation>()

    /** Takes a transfer that waits; a later confirmation gets the first one's. */
    const claim = (id: string, staged: Staged, result: Confirmation["result"]) =>
      Effect.suspend(() => {
        const before = confirmed.get(id)
        if (before !== undefined) return Effect.succeed(before)
        if (!waiting.delete(id)) return Effect.fail(gone(id))
        const made: Confirmation = { staged, result }
        confirmed.set(id, made)
        return Effect.succeed(made)
      })

    /** Sends a claimed transfer in the background, and keeps its result for a while. */
    const carryOut = (staged: Staged, by: Requester, result: Confirmation["result"]) =>
      Effect.gen(function* () {
        const work = Effect.intoDeferred(execute(staged, by), result)
        yield* Effect.forkIn(Effect.interruptible(work), scope)
        const forget = Deferred.await(result).pipe(
          Effect.exit,
          Effect.zipRight(sleep(confirmationTimeout)),
          Effect.zipRight(Effect.sync(() => void confirmed.delete(staged.id))),
        )
        yield* Effect.forkIn(Effect.interruptible(forget), scope)
      })

    const confirm: Service["confirm"] = (id, by) =>
      Effect.gen(function* () {
        const staged = confirmed.get(id)?.staged ?? waiting.get(id)
        if (staged === undefined) return yield* Effect.fail(gone(id))
        yield* checkRequester(staged, by)
        const result = yield* Deferred.make<GuardedReceipt, ConfirmError>()
        const claimed = yield* Effect.uninterruptible(
          Effect.gen(function* () {
            const confirmation = yield* claim(id, staged, result)
            if (confirmation.result === result) yield* carryOut(staged, by, result)
            return confirmation
          }),
        )
        return yield* Deferred.await(claimed.result)
      })
    return confirm
  })

/**
 * Keeps staged transfers for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const note = yield* makeNote
  const waiting = new Map<string, Staged>()
  const expired = yield* PubSub.unbounded<Staged>()

  const cancel: Service["cancel"] = (id, by) =>
    Effect.gen(function* () {
      const staged = waiting.get(id)
      if (staged === undefined) return yield* Effect.fail(gone(id))
      yield* checkRequester(staged, by)
      if (!waiting.delete(id)) return yield* Effect.fail(gone(id))
      yield* note(staged, { event_type: "transfer_cancelled" })
      return staged
    })

  const moveChat: Service["moveChat"] = (from, to) =>
    Effect.sync(() => {
      const moved = [...waiting.values()]
        .filter(({ stager }) => stager.chatId === from)
        .map((staged) => movedTo(staged, to))
      for (const staged of moved) waiting.set(staged.id, staged)
      return moved
    })

  const service: Service = {
    stage: yield* makeStage(waiting, expired),
    confirm: yield* makeConfirm(waiting, expired),
    checkLimits: yield* makeCheckLimits(waiting),
    cancel,
    moveChat,
    get: (id) => Effect.sync(() => waiting.get(id)),
    expired: PubSub.subscribe(expired),
  }
  return service
})

/**
 * Stages transfers in memory, and makes them through the guarded ones in context.
 *
 * @category layers
 */
export const layer = Layer.scoped(StagedTransfers, make)
