/** Time that only goes forward, for waits and deadlines; wall clocks are for people. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds, with fractions, since some moment in the past, by a given clock. */
export const by = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

/** The same, by the clock in use. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(by(clock)))
