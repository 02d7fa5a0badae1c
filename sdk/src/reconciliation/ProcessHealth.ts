/** Decisions about other processes by what was observed of their heartbeats. Times are milliseconds on the monotonic clock. */

/** A judgment on another process; `unclear` until its heartbeat was seen to change. */
export type ProcessHealth = "alive" | "dead" | "unclear"

/** The heartbeat of one process as it was last seen. */
export interface Observation {
  /** `undefined` if the process has none. */
  readonly pulse: string | undefined
  /** Time when this heartbeat was first seen. */
  readonly since: number
  /** True if it was seen to change. */
  readonly hasBeaten: boolean
}

/** Observations by the id of the process. */
export type Observations = ReadonlyMap<string, Observation>

/** Adds the heartbeats that a read found to what was observed before. */
export const observePulses = (
  before: Observations,
  pulses: ReadonlyMap<string, string>,
  now: number,
): Observations => {
  const after = new Map(before)
  for (const id of new Set([...pulses.keys(), ...before.keys()])) {
    const pulse = pulses.get(id)
    const known = before.get(id)
    if (known !== undefined && known.pulse === pulse) continue
    after.set(id, { pulse, since: now, hasBeaten: pulse !== undefined && known?.pulse !== undefined })
  }
  return after
}

/**
 * Judges a process by its observation, and gives the milliseconds since its heartbeat changed. A process without a
 * heartbeat is dead; one whose heartbeat was seen only once may be either.
 *
 * @param deadAfter - milliseconds without a change after which a process counts as dead
 */
export const healthOf = (
  observation: Observation | undefined,
  now: number,
  deadAfter: number,
): readonly [ProcessHealth, number] => {
  if (observation === undefined) return ["dead", 0]
  const still = now - observation.since
  if (observation.pulse === undefined || still >= deadAfter) return ["dead", still]
  return [observation.hasBeaten ? "alive" : "unclear", still]
}
