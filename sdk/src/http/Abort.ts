/**
 * Waits that an abort signal ends. All waits for one signal share one listener, which is removed with the last of them:
 * many calls may share a signal without a warning from the runtime, and no listener is left behind.
 */

interface Listeners {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const listeners = new WeakMap<AbortSignal, Listeners>()

const listenTo = (signal: AbortSignal): Listeners => {
  const callbacks = new Set<() => void>()
  const listener = () => {
    listeners.delete(signal)
    for (const callback of callbacks) callback()
  }
  signal.addEventListener("abort", listener, { once: true })
  const fresh = { callbacks, listener }
  listeners.set(signal, fresh)
  return fresh
}

/**
 * Calls back when a signal is aborted, unless the returned function was called before.
 *
 * @param signal - one that is not aborted yet
 */
export const onAbort = (signal: AbortSignal, callback: () => void): (() => void) => {
  const { callbacks, listener } = listeners.get(signal) ?? listenTo(signal)
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
    if (callbacks.size > 0 || listeners.get(signal)?.callbacks !== callbacks) return
    listeners.delete(signal)
    signal.removeEventListener("abort", listener)
  }
}

/**
 * Makes the error of a call that was aborted: the signal's own reason if that is an `AbortError`, or else an
 * `AbortError` with the reason as its cause.
 */
export const abortError = (signal: AbortSignal): Error => {
  const reason: unknown = signal.reason
  if (reason instanceof Error && reason.name === "AbortError") return reason
  return new DOMException("The call was aborted", { name: "AbortError", cause: reason })
}

/**
 * Waits for a signal: never resolves, and rejects with {@link abortError} when the signal is aborted. Race it with a
 * `fetch` of the caller's own, which may ignore the signal.
 */
export const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    onAbort(signal, () => reject(abortError(signal)))
  })

/** Sleeps for some milliseconds. Rejects with {@link abortError} if the signal is aborted first. */
export const sleep = (duration: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal))
    const stopListening =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer)
        reject(abortError(signal))
      })
    const timer = setTimeout(() => {
      stopListening?.()
      resolve()
    }, duration)
  })
