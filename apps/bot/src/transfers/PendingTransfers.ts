/**
 * Transfers that wait for a person's confirmation. Each has its own message with two buttons, which the outcome
 * replaces.
 */
import { Context, Effect, Layer, Queue } from "effect"
import type { Accounts, DailyLimitError, SequenceError } from "tsequence/effect"
import {
  type AuditLog,
  type DailyLimits,
  GuardedTransfers,
  Reconciler,
  StagedTransfers,
} from "tsequence/safeguards"
import type { Chat, Press } from "../chat/Chat.js"
import * as Delivery from "../chat/Delivery.js"
import { Groups, type Move } from "../chat/Groups.js"
import { type ToolCaller, ToolProblem } from "../tools/Tool.js"
import { FollowUp, type Outcome } from "./FollowUp.js"
import * as Messages from "./Messages.js"
import * as Preflight from "./Preflight.js"
import * as StaleButton from "./StaleButton.js"

/** Limits of what may wait. */
export interface Options {
  /** Milliseconds that a transfer waits for its button. */
  readonly ttl: number
}

/** The service of pending transfers. */
export interface Service {
  /** Stages a transfer that passes every check. Moves nothing. */
  readonly stage: (
    wanted: Preflight.Wanted,
    caller: ToolCaller,
  ) => Effect.Effect<StagedTransfers.Staged, ToolProblem | SequenceError>
  /** Drops a transfer that a user staged. */
  readonly cancel: (id: string, caller: ToolCaller) => Effect.Effect<void, ToolProblem | SequenceError>
  /** Shows a user's new transfers in a chat, each in a message with its buttons. */
  readonly show: (caller: ToolCaller) => Effect.Effect<void>
  /** Works on a press of a button. */
  readonly press: (press: Press, userName: string) => Effect.Effect<void>
  /** Shows what waits in a group that got a new id again: there, the old messages cannot be edited. */
  readonly move: (move: Move) => Effect.Effect<void>
  /** Keeps the messages true: those of expired transfers, and of such whose outcome is found later. */
  readonly watch: Effect.Effect<never>
}

/** Transfers that wait for a person's confirmation. */
export class PendingTransfers extends Context.Tag("tsequence-bot/Desk")<PendingTransfers, Service>() {}

/** A staged transfer and the message that shows it. */
interface ConfirmationMessage {
  staged: StagedTransfers.Staged
  /** The newest message that shows it. */
  messageId: number | undefined
  /** Those that showed it in a chat that has another id now. */
  readonly earlierIds: Array<number>
  state: "new" | "waiting" | "working" | "done"
  /** The text of its message once it is done. */
  outcome: string
}

/** Cards that are kept, so that late presses are answered without a look at the trail. */
const MAX_MESSAGES = 500

/** Transfers of one user that may wait at a time: more is a model that runs wild. */
const MAX_PENDING = 20

/** Reads the state each time: it changes while an effect waits. */
const stateOf = (card: ConfirmationMessage): ConfirmationMessage["state"] => card.state

const PRESS = /^(confirm|cancel):([0-9a-f-]{36})$/

const buttonsOf = (id: string) => [
  [
    { label: "✅ Confirm", data: `confirm:${id}` },
    { label: "✖️ Cancel", data: `cancel:${id}` },
  ],
]

/** Tells that a transfer is over the daily limit, and what the limit counts. */
const overDay = ({ message }: DailyLimitError) =>
  Effect.fail(new ToolProblem({ message: `${message} (transfers that wait for their button count).` }))

/** Opens the desk. */
const make = ({ ttl }: Options) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<
      | Accounts.Accounts
      | AuditLog.AuditLog
      | DailyLimits.DailyLimits
      | GuardedTransfers.GuardedTransfers
      | Chat
      | Groups
    >()
    const scope = yield* Effect.scope
    const { current } = yield* Groups
    const followUp = yield* FollowUp
    const transfers = yield* StagedTransfers.StagedTransfers
    const guarded = yield* GuardedTransfers.GuardedTransfers
    const reconciliation = yield* Reconciler.Reconciler
    const oneByOne = yield* Effect.makeSemaphore(1)
    const cards = new Map<string, ConfirmationMessage>()

    const waitingOf = (userId: number) =>
      [...cards.values()].filter(
        ({ staged, state }) => staged.stager.userId === userId && (state === "new" || state === "waiting"),
      )

    const stage: Service["stage"] = (wanted, caller) =>
      Effect.gen(function* () {
        const waiting = waitingOf(caller.userId)
        const requester = { ...caller, chatId: current(caller.chatId) }
        // The limits first: this is the order in which a user is told.
        yield* transfers.checkLimits(wanted, requester).pipe(Effect.catchTag("DailyLimitError", overDay))
        if (waiting.length >= MAX_PENDING) {
          return yield* Effect.fail(
            new ToolProblem({ message: `${MAX_PENDING} transfers are already waiting for their buttons.` }),
          )
        }
        const { from, to } = yield* Preflight.findEnds(wanted)
        const { amountCents, description } = wanted
        const request = { source: from, destination: to, amountCents, description }
        const staged = yield* transfers.stage(request, requester)
        cards.set(staged.id, {
          staged,
          messageId: undefined,
          earlierIds: [],
          state: "new",
          outcome: "",
        })
        for (const [id, { state }] of cards) {
          if (cards.size <= MAX_MESSAGES) break
          if (state === "done") cards.delete(id)
        }
        return staged
      }).pipe(
        // Two at a time could both find the same rest of the limit.
        oneByOne.withPermits(1),
        Effect.provide(context),
      )

    /** Closes a card; its message, where it has one, says what became of it. */
    const close = (card: ConfirmationMessage, text: string) =>
      Effect.suspend(() => {
        card.state = "done"
        card.outcome = text
        return card.messageId === undefined
          ? Effect.void
          : Effect.asVoid(Delivery.replace(card.staged.stager, card.messageId, text))
      })

    const cancel: Service["cancel"] = (id, caller) =>
      Effect.gen(function* () {
        const staged = yield* transfers.cancel(id, { ...caller, chatId: current(caller.chatId) })
        const card = cards.get(id)
        if (card !== undefined) yield* close(card, Messages.cancelled(staged.transfer))
      }).pipe(Effect.provide(context))

    const showOne = (card: ConfirmationMessage) =>
      Effect.gen(function* () {
        const { id, stager } = card.staged
        if (card.state !== "new") return
        const messageId = yield* Delivery.sendPlain(
          stager,
          Messages.question(card.staged, ttl),
          buttonsOf(id),
        )
        card.messageId ??= messageId
        if (messageId === undefined) {
          // Nobody can see it, so nobody can confirm it.
          card.state = "done"
          return yield* Effect.ignore(transfers.cancel(id, stager))
        }
        // It may have been pressed, have expired or been cancelled while its message was on its way.
        if (stateOf(card) === "new") card.state = "waiting"
        else if (stateOf(card) === "done") yield* Delivery.replace(stager, messageId, card.outcome)
      })

    const show: Service["show"] = ({ userId, chatId }) =>
      Effect.forEach(
        waitingOf(userId).filter(
          ({ staged, state }) => state === "new" && staged.stager.chatId === current(chatId),
        ),
        showOne,
        { discard: true },
      ).pipe(Effect.provide(context))

    const move: Service["move"] = ({ from, to }) =>
      Effect.gen(function* () {
        for (const staged of yield* transfers.moveChat(from, to)) {
          const card = cards.get(staged.id)
          if (card === undefined) continue
          card.staged = staged
          if (stateOf(card) !== "waiting") continue
          if (card.messageId !== undefined) card.earlierIds.push(card.messageId)
          card.messageId = undefined
          card.state = "new"
          yield* Effect.forkIn(showOne(card), scope)
        }
      }).pipe(Effect.provide(context))

    const confirm = (card: ConfirmationMessage, messageId: number, press: Press, userName: string) =>
      Effect.gen(function* () {
        const { id, transfer, stager } = card.staged
        card.state = "working"
        const shown = { ...stager, messageId }
        card.messageId = messageId
        yield* Effect.fork(Delivery.answerPress(press.pressId, "Sending…"))
        // On disk before money moves: whatever happens to this process, the chat is told.
        yield* followUp.expect(shown)
        const outcome = yield* transfers.confirm(id, { ...shown, userName }).pipe(
          Effect.map(
            (receipt): Outcome => ({
              text: Messages.accepted(transfer, receipt.id ?? undefined),
              status: "accepted",
            }),
          ),
          Effect.catchAll((error) => outcomeOf(transfer, error)),
        )
        card.state = "done"
        card.outcome = outcome.text
        yield* followUp.tell(shown, outcome)
      })

    /** Looks again: what was unknown a moment ago may have been found. */
    const outcomeOf = (
      transfer: StagedTransfers.Staged["transfer"],
      error: SequenceError,
    ): Effect.Effect<Outcome> => {
      const text = Messages.failed(transfer, error)
      if (error._tag !== "TransferOutcomeUnknownError") return Effect.succeed({ text, status: "not_sent" })
      return guarded.getTransfer(error.requestId ?? "").pipe(
        Effect.orElseSucceed(() => undefined),
        Effect.map((record) =>
          record === undefined
            ? { text, status: "unknown" }
            : { text: Messages.outcome(record), status: record.status },
        ),
      )
    }

    const cancelByPress = (card: ConfirmationMessage, press: Press) =>
      Effect.gen(function* () {
        const { id, stager, transfer } = card.staged
        card.state = "working"
        yield* Effect.fork(Delivery.answerPress(press.pressId, "Canceled"))
        const text = yield* transfers.cancel(id, stager).pipe(
          Effect.as(Messages.cancelled(transfer)),
          Effect.orElseSucceed(() => Messages.expired(transfer)),
        )
        yield* close(card, text)
      })

    const press: Service["press"] = (press, userName) =>
      Effect.suspend(() => {
        const [, verb, id = ""] = PRESS.exec(press.data) ?? []
        if (verb === undefined) return StaleButton.alert(press, "This button no longer works.")
        const card = cards.get(id)
        if (card === undefined) return StaleButton.answer(press, id)
        const { userId, chatId, userName: owner } = card.staged.stager
        if (userId !== press.userId || current(chatId) !== current(press.chatId)) {
          return StaleButton.alert(press, `Only ${owner} can confirm or cancel this transfer.`)
        }
        // Any other message is not the one that says what would be sent.
        const shownIn = [...card.earlierIds, card.messageId]
        if (card.messageId !== undefined && !shownIn.includes(press.messageId))
          return StaleButton.alert(press, Messages.lost)
        if (card.state === "working") return Delivery.answerPress(press.pressId, "Already working on it…")
        if (card.state === "done")
          return StaleButton.alert(press, "This is already settled; see the message.")
        // The old chat's numbers of messages mean nothing in the new one.
        const messageId = press.chatId === chatId ? press.messageId : card.messageId
        if (messageId === undefined)
          return StaleButton.alert(press, "I will show this again in the new group.")
        return verb === "confirm" ? confirm(card, messageId, press, userName) : cancelByPress(card, press)
      }).pipe(Effect.provide(context))

    const onExpired = (staged: StagedTransfers.Staged) =>
      Effect.suspend((): Effect.Effect<void, never, Chat> => {
        const card = cards.get(staged.id)
        if (card === undefined || card.state === "working") return Effect.void
        const { stager, transfer } = card.staged
        const text = Messages.expired(transfer)
        // The agent may still be at work: its user was never shown the buttons.
        const { messageId } = card
        const tell = messageId === undefined ? Effect.asVoid(Delivery.sendPlain(stager, text)) : Effect.void
        return Effect.zipRight(close(card, text), tell)
      })

    const forever = <A>(queue: Queue.Dequeue<A>, work: (one: A) => Effect.Effect<unknown, never, Chat>) =>
      Effect.forever(Effect.flatMap(Queue.take(queue), (one) => Effect.fork(work(one))))

    // Subscribed before anything can happen, so that nothing is missed.
    const expired = yield* transfers.expired
    const changes = yield* reconciliation.changes

    const watch: Service["watch"] = Effect.gen(function* () {
      yield* Effect.fork(followUp.resume)
      yield* Effect.fork(forever(expired, onExpired))
      return yield* forever(changes, followUp.onChange)
    }).pipe(Effect.provide(context))

    const service: Service = { stage, cancel, show, press, move, watch }
    return service
  })

/** The desk over the safeguards and the messenger in context. */
export const layer = (options: Options) => Layer.scoped(PendingTransfers, make(options))
