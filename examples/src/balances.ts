/** Prints what is in every pod, and in all of them together. */
import { formatCents, Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
try {
  // Both ask for the same thing at the same time, so the service is asked once.
  const [pods, total] = await Promise.all([sequence.getPods(), sequence.getTotalBalance()])
  for (const { name, balanceCents, goalCents } of pods) {
    const balance = balanceCents === null ? "unknown" : formatCents(balanceCents)
    const goal = goalCents === null ? "" : ` of ${formatCents(goalCents)}`
    console.log(`${name}: ${balance}${goal}`)
  }
  console.log(`Total: ${formatCents(total.totalCents)}`)
} finally {
  await sequence.close()
}
