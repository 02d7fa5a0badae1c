import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ maxAge: 30_000 })
try {
  const [pods, total] = await Promise.all([sequence.getPods(), sequence.getTotalBalance()])
  console.log(pods.length === total.podCount)
} finally {
  await sequence.close()
}
