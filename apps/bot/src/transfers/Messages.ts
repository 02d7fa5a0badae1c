/** The texts about a transfer. They are made from its own values, never from the model's words. */
import { formatCents, type SequenceError } from "tsequence/effect"
import type { Intent, StagedTransfers, TransferRecord } from "tsequence/safeguards"
import { oneLine } from "../memory/Fact.js"

type Transfer = Intent["transfer"]
type End = Transfer["source"]

const nameOf = ({ name, id }: End): string => oneLine(name ?? id)

const noteLine = ({ description }: Transfer): string =>
  description === "" ? "" : `\nNote: ${oneLine(description)}`

/** Describes a transfer in one line, with its note. */
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
    `Nothing is sent unless ${oneLine(stager.userName ?? "the person who asked")} presses Confirm within ${span(ttl)}.`,
  ].join("\n")

/** It was accepted. */
export const accepted = (transfer: Transfer, id: string | undefined): string =>
  `✅ Sequence accepted the transfer: ${brief(transfer)}\n${
    id === undefined ? "Its id is not known yet." : `Transfer id: ${id}`
  }`

/** Its time ran out. */
export const expired = (transfer: Transfer): string =>
  `⌛ Expired, nothing was sent: ${brief(transfer)}\nAsk again if you still want it.`

/** It was canceled. */
export const cancelled = (transfer: Transfer): string => `🚫 Canceled, nothing was sent: ${brief(transfer)}`

/** It no longer waits, and it is not known since when. */
export const lost =
  "This transfer is no longer waiting: it was canceled, it expired, or the bot was restarted. Nothing was sent. Ask again if you still want it."

const notSent = (transfer: Transfer, why: string): string =>
  `❌ Not sent: ${brief(transfer)}\n${oneLine(why).replace(/[^.!?]$/, "$&.")} No money moved.`

/** It went out, and no answer came. */
const unknown = (transfer: Transfer): string =>
  `❓ Not known yet: ${brief(transfer)}\nThe request was sent and no response arrived, so the money may or may not have moved. I am looking it up, and I will say here what I find. Please do not ask for this transfer again until then.`

/** Tells why a confirmed transfer was not made, or that its outcome is unknown. */
export const failed = (transfer: Transfer, error: SequenceError): string => {
  switch (error._tag) {
    case "TransferOutcomeUnknownError":
      return unknown(transfer)
    case "TransferLimitError":
      return notSent(transfer, `One transfer can be at most ${formatCents(error.limitCents)}.`)
    case "DailyLimitError":
      return notSent(transfer, `You have only ${formatCents(error.remainingCents)} left of your daily limit.`)
    case "TransferHeldError":
      return notSent(transfer, "The outcome of an identical transfer is not known yet. Wait until it is.")
    case "TransferRejectedError":
      return notSent(transfer, `Sequence refused it: ${error.reason}`)
    case "NotFoundError":
      return expired(transfer)
    default:
      return notSent(transfer, error.message)
  }
}

/** Tells the outcome of a transfer, as the audit log knows it. */
export const outcome = ({
  intent: { transfer },
  status,
  transferId,
  error = "",
}: Pick<TransferRecord, "status" | "transferId" | "error"> & {
  readonly intent: Pick<Intent, "transfer">
}): string => {
  switch (status) {
    case "accepted":
      return accepted(transfer, transferId)
    case "refused":
      return notSent(transfer, `Sequence refused it: ${error}`)
    case "not_sent":
    case "unfit":
      return notSent(transfer, error === "" ? "The request was not sent." : error)
    case "not_found":
      return `🔎 Not found: ${brief(transfer)}\nI have looked through the activity more than once, and Sequence shows no such transfer. You can ask for it again; its amount still counts toward that day's limit.`
    case "ambiguous":
      return `🔎 Unclear: ${brief(transfer)}\nThe activity shows more than one transfer that this could be. Please check the Sequence app before you do anything else.`
    default:
      return unknown(transfer)
  }
}
