/** Counts each user's messages in a sliding window. */

/** The number of messages that are allowed in a window, in milliseconds. */
export interface Options {
  readonly messages: number
  readonly window: number
}

/** The decision about a message: handle it, ask once to slow down, or ignore it. */
export type Verdict = "Work" | "SlowDown" | "Ignore"

/** Makes a counter; it is told the time, and keeps none of its own. */
export const make = ({ messages, window }: Options): ((userId: number, now: number) => Verdict) => {
  const taken = new Map<number, ReadonlyArray<number>>()
  const told = new Set<number>()
  return (userId, now) => {
    const recent = (taken.get(userId) ?? []).filter((at) => now - at < window)
    taken.set(userId, recent)
    if (recent.length < messages) {
      taken.set(userId, [...recent, now])
      told.delete(userId)
      return "Work"
    }
    if (told.has(userId)) return "Ignore"
    told.add(userId)
    return "SlowDown"
  }
}
