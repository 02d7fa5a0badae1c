// What it exports must be nameable in its own declarations: that is where types of libraries go missing.
import * as Layer from "effect/Layer"
import { type DailyLimit, formatCents, type Pod, Sequence, type SequenceError } from "tsequence"
import { Sequence as Service } from "tsequence/effect"
import type { RestPod, SequenceRest } from "tsequence/rest"
import { Safeguards } from "tsequence/safeguards"

export const pods = (client: Sequence): Promise<ReadonlyArray<Pod>> => client.getPods()
export const tag = (error: SequenceError): string => error._tag
export const podsOf = (client: SequenceRest): Promise<ReadonlyArray<RestPod>> => client.getPods()
export const left = (client: Sequence): Promise<DailyLimit> => client.safeguards.getDailyLimit()
export const layer = Service.layerEnv()
export const guarded = Layer.provideMerge(Safeguards.layer({ maxTransferCents: 50_000 }), layer)

const main = async (): Promise<void> => {
  const sequence = Sequence.fromEnv({
    dataDir: false,
    safeguards: true,
    rateLimit: { minInterval: 0, jitter: 0 },
  })
  const { remainingCents } = await left(sequence)
  const { length } = await pods(sequence)
  await sequence.close()
  console.log(`logged in, read ${length} pods, may move ${formatCents(remainingCents)}`)
}

void main()
