import { formatCents, Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
try {
  const pod = await sequence.getPodBalance("main")
  console.log(pod?.balanceCents == null ? "not known" : formatCents(pod.balanceCents))
  const { remainingCents } = await sequence.safeguards.getDailyLimit()
  console.log(`${formatCents(remainingCents)} may be moved today`)
} finally {
  await sequence.close()
}
