/** Traces by OpenTelemetry, where an endpoint is set: which route took how long, and what it did meanwhile. */
import { Cause, Effect, Exit, Layer, Option, Tracer } from "effect"

/** Settings for the export of traces. */
export interface Options {
  /** Such as `http://localhost:4318`; undefined: nowhere, and nothing is loaded for it. */
  readonly endpoint: string | undefined
  readonly serviceName: string
  /** Headers for the collector. */
  readonly headers: Readonly<Record<string, string>>
}

const tagOf = (failure: unknown): string =>
  typeof failure === "object" && failure !== null && "_tag" in failure ? String(failure._tag) : "Error"

/** Messages may hold amounts and names; what kind of failure it was does not. */
const withoutMessage = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return exit
  const failure = Cause.failureOption(exit.cause)
  return Exit.fail({ _tag: Option.isSome(failure) ? tagOf(failure.value) : "Defect" })
}

const discreet = (inner: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    context: inner.context,
    span: (...given) => {
      const span = inner.span(...given)
      const end = span.end.bind(span)
      span.end = (time, exit) => end(time, withoutMessage(exit))
      return span
    },
  })

/** Sends traces every five seconds, and what is left when the server stops. */
export const layer = ({ endpoint, serviceName, headers }: Options): Layer.Layer<never> =>
  endpoint === undefined
    ? Layer.empty
    : Layer.unwrapScoped(
        Effect.gen(function* () {
          const [tracer, serialization, client] = yield* Effect.promise(() =>
            Promise.all([
              import("@effect/opentelemetry/OtlpTracer"),
              import("@effect/opentelemetry/OtlpSerialization"),
              import("@effect/platform/FetchHttpClient"),
            ]),
          )
          const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`
          const made = yield* tracer
            .make({ url, headers, resource: { serviceName } })
            .pipe(Effect.provide(Layer.merge(serialization.layerJson, client.layer)))
          return Layer.setTracer(discreet(made))
        }),
      )
