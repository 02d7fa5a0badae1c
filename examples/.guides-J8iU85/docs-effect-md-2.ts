import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AccessTokens, Sequence } from "tsequence/effect"

const options = { organizationId: "your organization", kycId: "your KYC application" }

const fromVault = Layer.succeed(AccessTokens.AccessTokens, {
  get: Effect.succeed(Redacted.make("a token")),
  invalidate: () => Effect.void,
  clear: Effect.void,
})

export const client = Sequence.layerServices(options).pipe(
  Layer.provide(Sequence.layerGraphQL(options)),
  Layer.provide(fromVault),
)
