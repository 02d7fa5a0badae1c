/** The check of SEQUENCE_KYC_ID for `/api/ready`: probes come every few seconds, the service is asked rarely. */
import { Effect } from "effect"
import { type Model, Transfers } from "tsequence/effect"

/** Gives what speaks against the KYC application of this server; `undefined` if nothing does. */
export type KycCheck = Effect.Effect<Model.KycProblem | undefined, never, Transfers.Transfers>

/** Milliseconds that the service may take to answer a check. */
const PATIENCE = 10_000

/** Milliseconds until a problem is looked at again. */
const AGAIN_AFTER = 60_000

/** Makes a check that remembers: an id that the login has is not asked for again. */
export const make = (): KycCheck => {
  let known: { readonly problem: Model.KycProblem | undefined; readonly at: number } | undefined
  const look = Effect.flatMap(Transfers.Transfers, ({ checkKyc }) => checkKyc({ timeout: PATIENCE })).pipe(
    // A service that does not answer keeps nobody from serving what needs no service.
    Effect.catchAll((error) =>
      Effect.succeed({
        isCertain: false,
        message: `SEQUENCE_KYC_ID could not be checked: ${error.message}`,
      }),
    ),
    Effect.tap((problem) =>
      Effect.sync(() => {
        known = { problem, at: performance.now() }
      }),
    ),
  )
  return Effect.suspend(() =>
    known !== undefined && (known.problem === undefined || performance.now() < known.at + AGAIN_AFTER)
      ? Effect.succeed(known.problem)
      : look,
  )
}
