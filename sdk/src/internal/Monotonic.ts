/** Time that only goes forward, for waits and deadlines; wall clocks are for people. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** The clock of what runs in a fiber. */
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.currentDefaultServices, Clock.Clock)

/** The same, by a clock at hand. */
export const by = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

/** Milliseconds, with fractions, since some moment in the past. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(by(clock)))
