/**
 * Prints new activity as it comes, until Ctrl-C. Looks every minute, or every `EVERY_MS` milliseconds.
 */
import { formatCents, Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
const stop = new AbortController()
process.once("SIGINT", () => stop.abort())

try {
  console.log("Waiting for new activity. Ctrl-C ends it.")
  const every = Number(process.env.EVERY_MS ?? 60_000)
  for await (const transfer of sequence.watch({ interval: every, signal: stop.signal })) {
    const { source, destination, amountCents, status } = transfer
    console.log(`${source?.name} → ${destination?.name}: ${formatCents(amountCents)} (${status})`)
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
} finally {
  await sequence.close()
}
