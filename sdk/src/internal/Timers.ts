/** What the runtime's timers need to be told. */

/** A timer that is set to more than this goes off at once. */
const LONGEST = 2_147_483_647

/** A duration in milliseconds that a timer can hold. */
export const within = (duration: number): number => Math.min(Math.max(Math.ceil(duration), 0), LONGEST)
