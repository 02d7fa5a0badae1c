/** The program of the package's README. */
// #region readme
import { formatCents, isSequenceError, Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
try {
  for (const pod of await sequence.getPods()) {
    console.log(pod.name, pod.balanceCents === null ? "unknown" : formatCents(pod.balanceCents))
  }
  const receipt = await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 5_000 })
  console.log(`Accepted ${formatCents(receipt.amountCents)}: transfer ${receipt.id} is ${receipt.status}`)
} catch (error) {
  if (!isSequenceError(error)) throw error
  switch (error._tag) {
    case "TransferRejectedError":
      console.error(`Nothing moved: ${error.reason}`)
      break
    case "TransferOutcomeUnknownError":
      console.error(`${error.message} (request ${error.requestId})`)
      break
    default:
      console.error(error.message)
  }
} finally {
  await sequence.close()
}
// #endregion readme
