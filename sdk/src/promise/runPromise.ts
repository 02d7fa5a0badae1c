/** From effects to promises, so that nothing of Effect shows in what is thrown. */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import { abortError, onAbort } from "../http/Abort.js"

const closedError = () =>
  new DOMException("The client was closed while the call was under way", { name: "AbortError" })

/**
 * Runs an effect. The promise rejects with the failure itself, with the bug where there was one, or with an
 * `AbortError` where the signal or the end of the runtime cut it off.
 */
export const runPromise = <A, E, R, ER>(
  runtime: ManagedRuntime.ManagedRuntime<R, ER>,
  effect: Effect.Effect<A, E, R>,
  signal: AbortSignal | undefined,
): Promise<A> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal))
    const fiber = runtime.runFork(effect)
    const stopListening =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            runtime.runFork(Fiber.interruptFork(fiber))
          })
    fiber.addObserver((exit) => {
      stopListening?.()
      if (Exit.isSuccess(exit)) return resolve(exit.value)
      const failure = Cause.failureOption(exit.cause)
      if (Option.isSome(failure)) return reject(failure.value)
      const bug = Cause.dieOption(exit.cause)
      if (Option.isSome(bug)) return reject(bug.value)
      reject(signal?.aborted === true ? abortError(signal) : closedError())
    })
  })
