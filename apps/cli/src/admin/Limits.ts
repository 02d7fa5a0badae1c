/** `tsequence limits`: what is left of the day. */
import { Command, Options } from "@effect/cli"
import { Option } from "effect"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"

const resetDay = Command.make(
  "reset-day",
  {
    ...common,
    day: Options.text("day").pipe(
      Options.withDescription("The day it really is in New York, such as 2026-01-31"),
    ),
    reason: Options.text("reason").pipe(Options.withDescription("What happened; recorded in the audit log")),
  },
  (options) =>
    Session.perform(options, async (session) => {
      if (options.reason.trim() === "") throw new Exit.UsageError("--reason must say what happened.")
      return Session.withFiles(session, options, async (safeguards) => {
        await safeguards.resetDay(options.day, options.reason)
        const limit = await safeguards.getDailyLimit()
        if (options.json) await session.screen.line(Text.json(limit))
        else session.screen.note(`Transfers count for ${Text.limitDay(limit.day)} now.`)
        return Exit.CODES.done
      })
    }),
).pipe(Command.withDescription("Go back to a day, after a wrong clock has opened a later one"))

const key = Options.text("key").pipe(
  Options.withDescription("Of this user of the bot, by id; else of everybody together"),
  Options.optional,
)

export const limits = Command.make("limits", { ...common, key }, (options) =>
  Session.perform(options, (session) =>
    Session.withFiles(session, options, async (safeguards) => {
      const { line } = session.screen
      const limit = await safeguards.getDailyLimit(Option.getOrUndefined(options.key))
      if (options.json) {
        await line(Text.json(limit))
        return Exit.CODES.done
      }
      await line(
        `${Text.money(limit.remainingCents)} of ${Text.money(limit.limitCents)} left for ${Text.limitDay(limit.day)}`,
      )
      await line(`  accepted    ${Text.money(limit.spentCents)}`)
      await line(`  held back   ${Text.money(limit.reservedCents)} (under way, or not known to have failed)`)
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show what is left of today's limit"), Command.withSubcommands([resetDay]))
