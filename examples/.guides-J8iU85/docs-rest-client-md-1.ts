// groceries.ts
import { formatCents, isSequenceError, SequenceRest } from "tsequence/rest"

export const payGroceries = async (baseUrl: string, apiKey: string): Promise<void> => {
  const sequence = new SequenceRest({ baseUrl, apiKey })
  for (const pod of await sequence.getPods()) {
    console.log(pod.name, pod.balanceCents === null ? "not known" : formatCents(pod.balanceCents))
  }
  const [source, destination] = [
    await sequence.getPodBalance("main"),
    await sequence.getPodBalance("groceries"),
  ]
  if (source === undefined || destination === undefined) throw new Error("There are no such pods")
  try {
    const receipt = await sequence.transfer({ source, destination, amountCents: 5_000 })
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
        console.error(`Sent, with no answer: ${error.requestId ?? "ask again under the same key"}`)
        break
      default:
        console.error(error.message)
    }
  }
}
