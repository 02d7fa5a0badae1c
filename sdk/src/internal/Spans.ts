/** Spans, if the program has a tracer that collects them; otherwise a request makes none. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"

let defaultTracer: Tracer.Tracer | undefined

/** Tells if spans go nowhere: the tracer is the default of a runtime. */
const isDefault = (tracer: Tracer.Tracer): boolean => {
  defaultTracer ??= Effect.runSync(Effect.tracer)
  return tracer === defaultTracer
}

/** Runs an effect in a span of its own. */
export const within =
  (name: string, attributes: Readonly<Record<string, string>> = {}) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tracerWith((tracer) =>
      isDefault(tracer) ? effect : Effect.withSpan(effect, name, { attributes, captureStackTrace: false }),
    )

/** Begins a span that no effect represents; `undefined` if spans are not collected. */
export const begin = (
  name: string,
  attributes: Readonly<Record<string, string>>,
): Effect.Effect<Tracer.Span | undefined> =>
  Effect.tracerWith((tracer) =>
    isDefault(tracer)
      ? Effect.succeed(undefined)
      : Effect.makeSpan(name, { attributes, captureStackTrace: false }),
  )

/** Ends it. */
export const end = (span: Tracer.Span | undefined, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
  span === undefined ? Effect.void : Effect.map(Clock.currentTimeNanos, (now) => span.end(now, exit))
