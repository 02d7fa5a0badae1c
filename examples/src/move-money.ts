/**
 * Moves money and says exactly what became of it.
 *
 *     node move-money.js FROM TO AMOUNT        such as: node move-money.js Main Groceries 25.00
 *
 * The exit status tells a script: 0 accepted, 1 not moved, 2 wrong arguments, 3 not known.
 */
import { formatCents, isSequenceError, parseDollars, Sequence, type SequenceError } from "tsequence"

/** Explains what each error means for the money. The compiler checks that no error is missing. */
const explain = (error: SequenceError): { readonly message: string; readonly exitCode: number } => {
  switch (error._tag) {
    case "TransferOutcomeUnknownError":
      return { message: `${error.message}\nRequest: ${error.requestId ?? "unknown"}`, exitCode: 3 }
    case "TransferRejectedError":
      return { message: `Not moved: ${error.reason}`, exitCode: 1 }
    case "TransferLimitError":
    case "DailyLimitError":
    case "TransferHeldError":
    case "IdempotencyKeyError":
      return { message: `Not moved, a safeguard said no: ${error.message}`, exitCode: 1 }
    case "AmbiguousNameError":
    case "NotFoundError":
      return { message: `Not moved: ${error.message}`, exitCode: 1 }
    case "RateLimitedError":
    case "QueueFullError":
      return { message: `Not moved: ${error.message}. Try again in a while.`, exitCode: 1 }
    case "NetworkError":
    case "TimeoutError":
      // A transfer that went out and was not answered is a TransferOutcomeUnknownError, not one of these.
      return { message: `Not moved: ${error.message}`, exitCode: 1 }
    case "AuthenticationError":
      return { message: `Not moved, the login failed (${error.reason}): ${error.message}`, exitCode: 1 }
    case "ConfigError":
    case "GraphQLError":
    case "HttpError":
    case "StorageError":
    case "UnexpectedResponseError":
      return { message: `Not moved: ${error.message}`, exitCode: 1 }
  }
}

const readAmount = (text: string): number | undefined => {
  try {
    return parseDollars(text)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

const move = async (source: string, destination: string, amountCents: number): Promise<number> => {
  const sequence = Sequence.fromEnv({ safeguards: true })
  try {
    const receipt = await sequence.transfer({ source, destination, amountCents })
    console.log(
      `Sequence accepted ${formatCents(amountCents)} from ${receipt.source.name} to ${receipt.destination.name}.`,
    )
    console.log(
      receipt.id === null
        ? "It does not show in the activity yet."
        : `Transfer ${receipt.id}: ${receipt.status}`,
    )
    return 0
  } catch (error) {
    if (!isSequenceError(error)) throw error
    const { message, exitCode } = explain(error)
    console.error(message)
    return exitCode
  } finally {
    await sequence.close()
  }
}

const [source, destination, amount] = process.argv.slice(2)
const amountCents = amount === undefined ? undefined : readAmount(amount)
if (source === undefined || destination === undefined || amountCents === undefined) {
  console.error("Usage: node move-money.js FROM TO AMOUNT")
  process.exitCode = 2
} else {
  process.exitCode = await move(source, destination, amountCents)
}
