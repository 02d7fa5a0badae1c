import * as Effect from "effect/Effect"
import { Sequence } from "tsequence/effect"

const program = Effect.gen(function* () {
  const sequence = yield* Sequence.Sequence
  const { totalCents } = yield* sequence.getTotalBalance()
  return totalCents
}).pipe(Effect.catchTag("AuthenticationError", (error) => Effect.dieMessage(error.reason)))

await Effect.runPromise(Effect.provide(program, Sequence.layerEnv()))
