/** The one clock of a sandbox: settling, activity, tokens, lock-outs and the `Date` header all go by it. */
export interface Clock {
  /** Gives the sandbox's time in milliseconds since 1970; it never goes back. */
  now(): number
  /** Gives the time without what `advance` added: what a client's own clock shows. */
  unshifted(): number
  /** Moves the clock forward. */
  advance(milliseconds: number): void
}

/** Makes a clock on top of another one, `Date.now` by default. */
export const makeClock = (base: () => number = Date.now): Clock => {
  let shift = 0
  let latest = Number.NEGATIVE_INFINITY
  return {
    now: () => {
      latest = Math.max(latest, Math.floor(base() + shift))
      return latest
    },
    unshifted: () => Math.floor(base()),
    advance: (milliseconds) => {
      if (!Number.isFinite(milliseconds) || milliseconds < 0) {
        throw new RangeError("the sandbox's clock only moves forward: advance takes milliseconds, 0 or more")
      }
      shift += milliseconds
    },
  }
}
