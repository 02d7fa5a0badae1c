/** Spans, where somebody collects them: without a tracer of the program's, a request makes none. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"

let nobody: Tracer.Tracer | undefined

/** Tells if spans go nowhere: the tracer is the one of a runtime that nobody gave another. */
const isNobody = (tracer: Tracer.Tracer): boolean => {
  nobody ??= Effect.runSync(Effect.tracer)
  return tracer === nobody
}

/** Runs an effect in a span of its own. */
export const within =
  (name: string, attributes: Readonly<Record<string, string>> = {}) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tracerWith((tracer) =>
      isNobody(tracer) ? effect : Effect.withSpan(effect, name, { attributes, captureStackTrace: false }),
    )

/** A span of something that no effect stands for; `undefined` if nobody collects it. */
export const begin = (
  name: string,
  attributes: Readonly<Record<string, string>>,
): Effect.Effect<Tracer.Span | undefined> =>
  Effect.tracerWith((tracer) =>
    isNobody(tracer)
      ? Effect.succeed(undefined)
      : Effect.makeSpan(name, { attributes, captureStackTrace: false }),
  )

/** Ends it. */
export const end = (span: Tracer.Span | undefined, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
  span === undefined ? Effect.void : Effect.map(Clock.currentTimeNanos, (now) => span.end(now, exit))
