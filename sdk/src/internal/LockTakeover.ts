/** The decision of a waiting process whether it may take a lock over. */

/** Content of the file of a lock that was released. */
export const FREE = "free"

/** A file of a generation as a waiting process saw it. */
export interface SeenGeneration {
  readonly number: number
  /** `FREE`, or a value that changes with every heartbeat. */
  readonly pulse: string
  /** Time when this pulse was first seen, in milliseconds on the monotonic clock. */
  readonly since: number
}

/**
 * Decides if a waiting process may take a lock: it is free, or its holder has shown no heartbeat for `staleAfter`
 * milliseconds while this process watched. Otherwise gives what to remember for the next look.
 *
 * @param seen - what the last look remembered
 * @param newest - the newest generation now; `undefined` if its file is gone
 */
export const decideTakeover = (
  seen: SeenGeneration | undefined,
  newest: { readonly number: number; readonly pulse: string } | undefined,
  now: number,
  staleAfter: number,
): "take" | SeenGeneration | undefined => {
  if (newest === undefined) return seen
  if (newest.pulse === FREE) return "take"
  const isSame = seen?.number === newest.number && seen.pulse === newest.pulse
  if (!isSame) return { ...newest, since: now }
  return now - seen.since > staleAfter ? "take" : seen
}
