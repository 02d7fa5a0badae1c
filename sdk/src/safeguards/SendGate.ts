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
  #isCancelled = false
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  readonly #outer: SentFlag | undefined
  readonly #transferId: string

  /**
   * @param outer - told the same, for callers that watch it
   * @param transferId - the guarded transfer's own id, by which they can find it in the trail
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
    // Turned away: it waits again.
    if (!sent) this.#isLeaving = false
    if (this.#outer !== undefined) {
      this.#outer.sent = sent
      this.#outer.requestId = this.#transferId
    }
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

  /** Takes the transfer back where it has not left; else does nothing. Returns at once. */
  get cancel(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#isCancelled = true
      return this.#sent || this.#isLeaving || this.#fiber === undefined
        ? Effect.void
        : Fiber.interruptFork(this.#fiber)
    })
  }
}
