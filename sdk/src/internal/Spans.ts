/** Spans, where somebody collects them: without a tracer of the program's, a request makes none. */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

const nobody = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Runs an effect in a span of its own. */
export const within =
  (name: string, attributes: Readonly<Record<string, string>> = {}) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tracerWith((tracer) =>
      tracer === nobody ? effect : Effect.withSpan(effect, name, { attributes, captureStackTrace: false }),
    )
