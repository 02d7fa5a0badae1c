import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Sequence } from "tsequence/effect"
import { GuardedTransfers, Safeguards } from "tsequence/safeguards"

const program = Effect.gen(function* () {
  const { transfer } = yield* GuardedTransfers.GuardedTransfers
  return yield* transfer(
    { source: "Main", destination: "Groceries", amountCents: 5_000 },
    { limitKey: "42", actor: { userId: 42, userName: "Ada" } },
  )
})

const client = Sequence.layerEnv()
const safeguards = Safeguards.layer({ dataDir: "data", maxTransferCents: 50_000 })

await Effect.runPromise(Effect.provide(program, Layer.provideMerge(safeguards, client)))
