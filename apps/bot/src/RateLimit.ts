/** Counts each user's messages in a sliding window. */

/** How many messages in how many milliseconds. */
export interface Options {
  readonly messages: number
  readonly window: number
}

/** What to do with a message: work on it, say once that it is too much, or be silent. */
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
