/** Waiting that keeps no process alive: a program that has nothing else to do may end. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Sleeps for some milliseconds. */
export type Sleep = (duration: number) => Effect.Effect<void>

const unreferenced: Sleep = (duration) =>
  Effect.async<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), duration)
    timer.unref()
    return Effect.sync(() => clearTimeout(timer))
  })

/**
 * The sleep of background work. Tests replace it with `Effect.sleep` under a test clock.
 *
 * @category services
 */
export class BackgroundSleep extends Context.Reference<BackgroundSleep>()("tsequence/BackgroundSleep", {
  defaultValue: (): Sleep => unreferenced,
}) {}
