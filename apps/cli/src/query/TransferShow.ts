/** `tsequence transfer show ID`: everything about one transfer. */
import { Command } from "@effect/cli"
import type { TransferDetail } from "tsequence"
import { common, operand } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"

const lines = (transfer: TransferDetail): ReadonlyArray<readonly [string, string]> => [
  ["id", Text.plain(transfer.id)],
  ["amount", Text.money(transfer.amountCents)],
  ["from", Text.end(transfer.source)],
  ["to", Text.end(transfer.destination)],
  ["status", Text.plain(transfer.status)],
  ["problem", Text.plain(transfer.errorReason)],
  ["direction", Text.plain(transfer.direction)],
  ["activity", Text.plain(transfer.activityType)],
  ["note", Text.plain(transfer.description)],
  ["created", Text.time(transfer.createdAt)],
  ["updated", Text.time(transfer.updatedAt)],
  ["rule", Text.plain(transfer.rule?.triggerType)],
]

const id = operand("id", "The transfer's id, as `activity` shows it")

export const show = Command.make("show", { ...common, id }, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: false }, async ({ sequence, signal }) => {
      const { line, style } = session.screen
      const transfer = await sequence.getTransferDetail(options.id, { signal })
      if (options.json) {
        await line(Text.json(transfer))
        return Exit.CODES.done
      }
      for (const [label, value] of lines(transfer)) {
        if (value !== "") await line(`${style.dim(label.padEnd(10))}${value}`)
      }
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show everything about one transfer"))
