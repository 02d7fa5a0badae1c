/**
 * One listener on an abort signal for all who wait for it, gone with the last of them: many calls may share a
 * signal without a warning of the runtime, and none of them leaves anything behind.
 */

interface Waiting {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const waiting = new WeakMap<AbortSignal, Waiting>()

const listenTo = (signal: AbortSignal): Waiting => {
  const callbacks = new Set<() => void>()
  const listener = () => {
    waiting.delete(signal)
    for (const callback of callbacks) callback()
  }
  signal.addEventListener("abort", listener, { once: true })
  const fresh = { callbacks, listener }
  waiting.set(signal, fresh)
  return fresh
}

/**
 * Calls back when a signal is aborted, unless the returned function was called before.
 *
 * @param signal - one that is not aborted yet
 */
export const onAbort = (signal: AbortSignal, callback: () => void): (() => void) => {
  const { callbacks, listener } = waiting.get(signal) ?? listenTo(signal)
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
    if (callbacks.size > 0 || waiting.get(signal)?.callbacks !== callbacks) return
    waiting.delete(signal)
    signal.removeEventListener("abort", listener)
  }
}
