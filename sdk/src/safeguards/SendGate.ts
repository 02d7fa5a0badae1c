/**
 * The moment at which a transfer leaves. Until then a caller who goes away takes it back; from then on it runs
 * to its end.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { SentFlag } from "../transport/GraphQL.js"

/** Tells whether a transfer may have been sent, and takes it back where it was not. */
export class SendGate implements SentFlag {
  /** The `x-request-id` of the request that left. */
  requestId: string | undefined
  #sent = false
  /** Between the last checks and the request itself nothing may interrupt. */
  #isLeaving = false
  /** An answer that proves nothing came: what follows can be called off. */
  #isWaiting = false
  #isCancelled = false
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  readonly #outer: SentFlag | undefined
  readonly #transferId: string

  /**
   * @param outer - told the same, for callers that watch it
   * @param transferId - the guarded transfer's own id, by which they can find it in the audit log
   */
  constructor(outer: SentFlag | undefined, transferId: string) {
    this.#outer = outer
    this.#transferId = transferId
  }

  get sent(): boolean {
    return this.#sent
  }

  set sent(sent: boolean) {
    this.#sent = sent
    this.#isWaiting = false
    if (!sent) this.#isLeaving = false
    if (this.#outer !== undefined) {
      this.#outer.sent = sent
      this.#outer.requestId = this.#transferId
    }
  }

  get isWaiting(): boolean {
    return this.#isWaiting
  }

  set isWaiting(isWaiting: boolean) {
    this.#isWaiting = isWaiting
    this.#isLeaving = false
  }

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  /** Runs checks right before the request; nothing cuts in between them and the request. */
  leave<E>(checks: Effect.Effect<void, E>, cancelled: () => E): Effect.Effect<void, E> {
    return Effect.suspend(() => {
      this.#isLeaving = true
      return checks
    }).pipe(
      Effect.zipRight(Effect.suspend(() => (this.#isCancelled ? Effect.fail(cancelled()) : Effect.void))),
      Effect.onError(() =>
        Effect.sync(() => {
          this.#isLeaving = false
        }),
      ),
    )
  }

  /** Names the fiber that waits for its turn. */
  watch(fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<void> {
    this.#fiber = fiber
    return this.#isCancelled ? this.cancel : Effect.void
  }

  /** Takes the transfer back if it has not left, and keeps it from leaving again. Returns at once. */
  get cancel(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#isCancelled = true
      const isOnItsWay = (this.#sent && !this.#isWaiting) || this.#isLeaving
      return isOnItsWay || this.#fiber === undefined ? Effect.void : Fiber.interruptFork(this.#fiber)
    })
  }
}
