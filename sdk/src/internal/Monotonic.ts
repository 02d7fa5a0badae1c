/** Time that only goes forward, for waits and deadlines; wall clocks are for people. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** The same, by a clock at hand. */
export const by = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

/** Milliseconds, with fractions, since some moment in the past. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(by(clock)))
