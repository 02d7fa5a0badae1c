/** What people read about a transfer: always from its own values, never from the model's words. */
import { formatCents, type SequenceError } from "tsequence/effect"
import type { Attempt, Intent, StagedTransfers } from "tsequence/safeguards"
import { oneLine } from "../memory/Fact.js"

type Transfer = Intent["transfer"]
type End = Transfer["source"]

const nameOf = ({ name, id }: End): string => oneLine(name ?? id)

const noteLine = ({ description }: Transfer): string =>
  description === "" ? "" : `\nNote: ${oneLine(description)}`

/** One line about a transfer, and its note. */
const brief = (transfer: Transfer): string =>
  `${formatCents(transfer.amountCents)} from ${nameOf(transfer.source)} to ${nameOf(transfer.destination)}${noteLine(transfer)}`

const span = (milliseconds: number): string =>
  milliseconds >= 120_000
    ? `${Math.floor(milliseconds / 60_000)} minutes`
    : `${Math.floor(milliseconds / 1_000)} seconds`

/** Asks for confirmation. */
export const question = ({ transfer, stager }: StagedTransfers.Staged, ttl: number): string =>
  [
    "Confirm this transfer?",
    "",
    `Amount: ${formatCents(transfer.amountCents)}`,
    `From: ${nameOf(transfer.source)}`,
    `To: ${nameOf(transfer.destination)}`,
    `Note: ${transfer.description === "" ? "none" : oneLine(transfer.description)}`,
    "",
    `Nothing moves unless ${oneLine(stager.userName ?? "who asked")} presses Confirm within ${span(ttl)}.`,
  ].join("\n")

/** It was accepted. */
export const accepted = (transfer: Transfer, id: string | undefined): string =>
  `✅ Sequence accepted the transfer: ${brief(transfer)}\n${
    id === undefined ? "Its id is not known yet." : `Transfer id: ${id}`
  }`

/** Its time ran out. */
export const expired = (transfer: Transfer): string =>
  `⌛ Expired, nothing was sent: ${brief(transfer)}\nAsk again if you still want it.`

/** It was cancelled. */
export const cancelled = (transfer: Transfer): string => `🚫 Cancelled, nothing was sent: ${brief(transfer)}`

/** It waits no more, and nobody knows since when. */
export const lost =
  "This transfer does not wait any more: it was cancelled, has expired, or the bot was restarted. Nothing was sent. Ask again if you still want it."

const notSent = (transfer: Transfer, why: string): string =>
  `❌ Not sent: ${brief(transfer)}\n${oneLine(why).replace(/[^.!?]$/, "$&.")} No money moved.`

/** It went out, and no answer came. */
const unknown = (transfer: Transfer): string =>
  `❓ Not known yet: ${brief(transfer)}\nThe request went out and no answer came, so the money may or may not have moved. I am looking it up, and will say here what I find. Please do not ask for it again meanwhile.`

/** Why a confirmed transfer was not made, or that this is not known. */
export const failed = (transfer: Transfer, error: SequenceError): string => {
  switch (error._tag) {
    case "TransferOutcomeUnknownError":
      return unknown(transfer)
    case "TransferLimitError":
      return notSent(transfer, `One transfer may move ${formatCents(error.limitCents)} at most.`)
    case "DailyLimitError":
      return notSent(transfer, `Only ${formatCents(error.remainingCents)} of your daily limit are left.`)
    case "TransferHeldError":
      return notSent(transfer, "An identical transfer has no known outcome yet. Wait until it has one.")
    case "TransferRejectedError":
      return notSent(transfer, `It was refused: ${error.reason}`)
    case "NotFoundError":
      return expired(transfer)
    default:
      return notSent(transfer, error.message)
  }
}

/** What became of a transfer, as the audit trail knows it. */
export const outcome = ({ intent: { transfer }, status, transferId, error = "" }: Attempt): string => {
  switch (status) {
    case "accepted":
      return accepted(transfer, transferId)
    case "refused":
      return notSent(transfer, `It was refused: ${error}`)
    case "not_sent":
    case "unfit":
      return notSent(transfer, error === "" ? "It did not go out." : error)
    case "not_found":
      return `🔎 Not found: ${brief(transfer)}\nI have looked through the activity more than once, and Sequence shows no such transfer. It may be asked for again; the amount still counts for that day's limit.`
    case "ambiguous":
      return `🔎 Unclear: ${brief(transfer)}\nThe activity shows more than one transfer that this could be. Please look in the Sequence app before doing anything else.`
    default:
      return unknown(transfer)
  }
}
