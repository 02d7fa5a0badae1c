/** `tsequence summary`: this month in a few figures, and what there is in all. */
import { Command } from "@effect/cli"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"

export const summary = Command.make("summary", common, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: false }, async ({ sequence, signal }) => {
      const { line } = session.screen
      const total = await sequence.getTotalBalance({ signal })
      const month = await sequence.getActivitySummary({ signal })
      if (options.json) {
        await line(Text.json({ ...total, ...month }))
        return Exit.CODES.done
      }
      await line(`${Text.money(total.totalCents)} in ${total.podCount} pods`)
      await line(`This month: ${Text.money(month.totalIncomingCents)} came in`)
      await line(`            ${month.transferCount} transfers, ${month.ruleExecutions} runs of rules`)
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show the total and this month in a few figures"))
