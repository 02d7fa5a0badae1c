import { formatCents, isSequenceError, Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
try {
  const { remainingCents } = await sequence.safeguards.getDailyLimit()
  console.log(`${formatCents(remainingCents)} may be moved today`)
  const receipt = await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 5_000 })
  console.log(`Accepted, on record as ${receipt.requestId}`)
} catch (error) {
  if (!isSequenceError(error)) throw error
  switch (error._tag) {
    case "TransferLimitError":
    case "DailyLimitError":
    case "TransferHeldError":
      console.error(`Not sent: ${error.message}`)
      break
    case "TransferOutcomeUnknownError":
      console.error(`Sent, and nobody knows yet: ${error.requestId} is being looked for in the activity`)
      break
    default:
      console.error(error.message)
  }
} finally {
  await sequence.close()
}
