import { formatCents, Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
try {
  const pod = await sequence.getPodBalance("groceries")
  if (pod === undefined) console.log("There is no such pod")
  else console.log(pod.name, pod.balanceCents === null ? "not known" : formatCents(pod.balanceCents))

  const { pods, ports, accounts } = await sequence.getAllAccounts()
  console.log(`${pods.length} pods, ${ports.length} ports, ${accounts.length} accounts elsewhere`)
} finally {
  await sequence.close()
}
