/**
 * One listener on an abort signal for all who wait for it, gone with the last of them: many calls may share a
 * signal without a warning of the runtime, and none of them leaves anything behind.
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
