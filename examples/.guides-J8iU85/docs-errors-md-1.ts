import { isSequenceError, Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
try {
  await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 100 })
} catch (error) {
  if (!isSequenceError(error)) throw error
  switch (error._tag) {
    case "TransferOutcomeUnknownError":
      // Never send it again by yourself: with safeguards it is being looked for in the activity.
      console.error(`On record as ${error.requestId}, with no answer`)
      break
    case "TransferRejectedError":
      console.error(`The service refused: ${error.reason}`)
      break
    case "RateLimitedError":
      console.error(`Too many requests; again in ${error.retryAfter ?? 60_000} ms`)
      break
    default:
      console.error(error.retryable ? `May work later: ${error.message}` : error.message)
  }
} finally {
  await sequence.close()
}
