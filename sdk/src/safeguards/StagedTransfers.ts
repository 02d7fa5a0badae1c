/**
 * Transfers that wait for a person's word: what is sent is, value by value, what was shown. They live in memory,
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
import { DailyLimitError, NotFoundError, TransferLimitError, TransferRejectedError } from "../Errors.js"
import { BackgroundSleep } from "../internal/Background.js"
import type { TransferRequest } from "../model/Payment.js"
import { DailyLimits } from "./DailyLimits.js"
import { type GuardedReceipt, type GuardedTransferError, GuardedTransfers } from "./GuardedTransfers.js"

/** Who staged a transfer, and where. */
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
  /** When it can no longer be confirmed, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** What can go wrong with a staged transfer. */
export type ConfirmError = GuardedTransferError | NotFoundError

/**
 * What can be done with transfers that wait for a person.
 *
 * @category services
 */
export interface Service {
  /**
   * Settles every value of a transfer, checks it against the limits (counting what is staged), and keeps it for
   * its confirmation. Sends nothing that moves money.
   */
  readonly stage: (request: TransferRequest, stager: Requester) => Effect.Effect<Staged, GuardedTransferError>
  /**
   * Makes a staged transfer, once: whoever confirms it again gets the first one's result. Fails with
   * `NotFoundError` where none of this id waits (any more), and with `TransferRejectedError` for another user or
   * chat.
   */
  readonly confirm: (id: string, by: Requester) => Effect.Effect<GuardedReceipt, ConfirmError>
  /** Drops a staged transfer. Fails as {@link confirm} does. */
  readonly cancel: (id: string, by: Requester) => Effect.Effect<Staged, NotFoundError | TransferRejectedError>
  /**
   * Takes what waits in a chat along to the id that the messenger gave that chat: it is confirmed there from now on.
   * Gives what was taken.
   */
  readonly moveChat: (from: number, to: number) => Effect.Effect<ReadonlyArray<Staged>>
  /** Finds a transfer that waits; `undefined` where there is none. */
  readonly get: (id: string) => Effect.Effect<Staged | undefined>
  /** Gives every staged transfer whose time runs out from now on. */
  readonly expired: Effect.Effect<Queue.Dequeue<Staged>, never, Scope.Scope>
}

/**
 * Keeps transfers until a person confirms them.
 *
 * @category services
 */
export class StagedTransfers extends Context.Tag("tsequence/StagedTransfers")<StagedTransfers, Service>() {}

/** A transfer that was confirmed, and what comes of it. */
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

const gone = (id: string) =>
  new NotFoundError(
    "No such transfer waits for confirmation: it was made, cancelled, has expired, or was lost by a restart",
    {
      kind: "transfer",
      key: id,
    },
  )

/**
 * Keeps staged transfers for as long as its scope is open.
 *
 * @category constructors
 */
export const make = Effect.gen(function* () {
  const transfers = yield* Transfers
  const guarded = yield* GuardedTransfers
  const limits = yield* DailyLimits
  const audit = yield* AuditLog
  const settings = yield* SafeguardSettings
  const sleep = yield* BackgroundSleep
  const scope = yield* Effect.scope
  const waiting = new Map<string, Staged>()
  const confirmed = new Map<string, Confirmation>()
  const expired = yield* PubSub.unbounded<Staged>()

  const note = ({ id, transfer, stager }: Staged, draft: AuditEntryDraft) =>
    audit
      .note({
        ...transferKeys(transfer, stager, settings.naming),
        staged_id: id,
        limit_key: String(stager.userId),
        chat_id: stager.chatId,
        message_thread_id: stager.threadId,
        ...draft,
      })
      .pipe(
        Effect.catchAll((error) => Effect.logWarning(`The audit trail was not written: ${error.message}`)),
      )

  const stagedCents = (userId: number) =>
    [...waiting.values()]
      .filter(({ stager }) => stager.userId === userId)
      .reduce((sum, { transfer }) => sum + transfer.amountCents, 0)

  const checkLimits = (amountCents: number, { userId }: Requester) =>
    Effect.gen(function* () {
      if (amountCents > settings.maxTransferCents) {
        return yield* Effect.fail(new TransferLimitError(amountCents, settings.maxTransferCents))
      }
      const { remainingCents, limitCents } = yield* limits.today(String(userId))
      const left = Math.max(0, remainingCents - stagedCents(userId))
      if (amountCents > left) {
        return yield* Effect.fail(new DailyLimitError({ amountCents, limitCents, remainingCents: left }))
      }
    })

  const expire = (staged: Staged) =>
    Effect.gen(function* () {
      yield* sleep(settings.confirmationTimeout)
      if (!waiting.delete(staged.id)) return
      yield* note(staged, { event_type: "transfer_expired" })
      yield* PubSub.publish(expired, staged)
    })

  const rejection = (request: TransferRequest, stager: Requester, error: string): AuditEntryDraft => ({
    event_type: "transfer_rejected",
    user_id: stager.userId,
    user_name: stager.userName,
    amount_cents: Number.isSafeInteger(request.amountCents) ? Math.max(0, request.amountCents) : undefined,
    limit_key: String(stager.userId),
    error,
  })

  const stage: Service["stage"] = (request, stager) =>
    Effect.gen(function* () {
      yield* checkLimits(request.amountCents, stager).pipe(
        Effect.tapErrorTag("TransferLimitError", (error) =>
          Effect.ignore(audit.note(rejection(request, stager, error.message))),
        ),
        Effect.tapErrorTag("DailyLimitError", (error) =>
          Effect.ignore(audit.note(rejection(request, stager, error.message))),
        ),
      )
      const transfer = Object.freeze(yield* transfers.resolve(request, { timeout: settings.timeout }))
      // Others may have staged while names were looked up.
      yield* checkLimits(transfer.amountCents, stager)
      const id = randomUUID()
      const expiresAt = (yield* Clock.currentTimeMillis) + settings.confirmationTimeout
      const staged: Staged = { id, transfer, stager, digest: digestOf(id, transfer, stager), expiresAt }
      // As one: what waits expires, even where its caller goes away meanwhile.
      yield* Effect.uninterruptible(
        Effect.gen(function* () {
          waiting.set(id, staged)
          yield* Effect.forkIn(Effect.interruptible(expire(staged)), scope)
          yield* note(staged, { event_type: "transfer_staged" })
        }),
      )
      return staged
    })

  const checkWho = (staged: Staged, by: Requester) =>
    staged.stager.userId === by.userId && staged.stager.chatId === by.chatId
      ? Effect.void
      : Effect.fail(
          new TransferRejectedError("only who asked for it can confirm or cancel it, in the same chat"),
        )

  const execute = (staged: Staged, by: Requester) =>
    Effect.gen(function* () {
      const { id, transfer, stager, digest, expiresAt } = staged
      if ((yield* Clock.currentTimeMillis) >= expiresAt) {
        yield* note(staged, { event_type: "transfer_expired" })
        yield* PubSub.publish(expired, staged)
        return yield* Effect.fail(gone(id))
      }
      if (digestOf(id, transfer, stager) !== digest) {
        return yield* Effect.fail(new TransferRejectedError("it is not what was shown any more"))
      }
      const actor = { ...stager, messageId: by.messageId ?? stager.messageId, stagedId: id }
      return yield* guarded.transferResolved(transfer, { limitKey: String(stager.userId), actor })
    })

  /** Takes a transfer that waits; whoever comes later gets the first one's result. */
  const claim = (id: string, staged: Staged, result: Confirmation["result"]) =>
    Effect.suspend(() => {
      const before = confirmed.get(id)
      if (before !== undefined) return Effect.succeed(before)
      if (!waiting.delete(id)) return Effect.fail(gone(id))
      const made: Confirmation = { staged, result }
      confirmed.set(id, made)
      return Effect.succeed(made)
    })

  const carryOut = (staged: Staged, by: Requester, result: Confirmation["result"]) =>
    Effect.gen(function* () {
      const work = Effect.intoDeferred(execute(staged, by), result)
      yield* Effect.forkIn(Effect.interruptible(work), scope)
      // Later presses get the same result for a while, and are told that it is gone after that.
      const forget = Effect.sync(() => void confirmed.delete(staged.id))
      const forgetting = Deferred.await(result).pipe(
        Effect.exit,
        Effect.zipRight(sleep(settings.confirmationTimeout)),
        Effect.zipRight(forget),
      )
      yield* Effect.forkIn(Effect.interruptible(forgetting), scope)
    })

  const confirm: Service["confirm"] = (id, by) =>
    Effect.gen(function* () {
      const staged = confirmed.get(id)?.staged ?? waiting.get(id)
      if (staged === undefined) return yield* Effect.fail(gone(id))
      yield* checkWho(staged, by)
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

  const cancel: Service["cancel"] = (id, by) =>
    Effect.gen(function* () {
      const staged = waiting.get(id)
      if (staged === undefined) return yield* Effect.fail(gone(id))
      yield* checkWho(staged, by)
      if (!waiting.delete(id)) return yield* Effect.fail(gone(id))
      yield* note(staged, { event_type: "transfer_cancelled" })
      return staged
    })

  const moveChat: Service["moveChat"] = (from, to) =>
    Effect.sync(() => {
      const moved = [...waiting.values()].flatMap((staged): ReadonlyArray<Staged> => {
        if (staged.stager.chatId !== from) return []
        const stager = { ...staged.stager, chatId: to, threadId: undefined }
        return [{ ...staged, stager, digest: digestOf(staged.id, staged.transfer, stager) }]
      })
      for (const staged of moved) waiting.set(staged.id, staged)
      return moved
    })

  const service: Service = {
    stage,
    confirm,
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
