import { formatCents, Sequence } from "tsequence"
import { startSandbox } from "tsequence-sandbox"

const sandbox = await startSandbox()
const sequence = Sequence.fromEnv({ dataDir: false, safeguards: true }, sandbox.env)
try {
  for (const pod of await sequence.getPods()) {
    console.log(pod.name, pod.balanceCents === null ? "not known" : formatCents(pod.balanceCents))
  }
  const receipt = await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 2_500 })
  console.log(
    `Accepted: ${formatCents(receipt.amountCents)} to ${receipt.destination.name}, ${receipt.status}`,
  )
} finally {
  await sequence.close()
  await sandbox.close()
}
