import { formatCents, isSequenceError, Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
try {
  const { totalCents, podCount } = await sequence.getTotalBalance()
  console.log(`${formatCents(totalCents)} in ${podCount} pods`)
} catch (error) {
  if (!isSequenceError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  await sequence.close()
}
