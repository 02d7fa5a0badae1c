import type { SequenceClient } from "tsequence"

export const savings = async (client: Pick<SequenceClient, "getPodBalance">): Promise<number> => {
  const pod = await client.getPodBalance("Savings")
  return pod?.balanceCents ?? 0
}
