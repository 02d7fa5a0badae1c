/** `tsequence rules`: which rules move money, in their order. */
import { Command } from "@effect/cli"
import type { Rule, RuleAction } from "tsequence"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Table from "../terminal/Table.js"
import * as Text from "../terminal/Text.js"

const COLUMNS: ReadonlyArray<Table.Column> = [
  { title: "RULE", isElastic: true },
  { title: "STATE" },
  { title: "WHEN", isElastic: true },
  { title: "DOES", isElastic: true },
]

const trigger = ({ trigger: set }: Rule): string =>
  set === null ? "" : Text.plain([set.type, set.cron].filter((part) => part !== null).join(" "))

const action = ({ type, source, destination }: RuleAction): string => {
  const ends = [source, destination].map(Text.end).filter((one) => one !== "")
  return [Text.plain(type), ends.join(" → ")].filter((part) => part !== "").join(" ")
}

const row = (rule: Rule): ReadonlyArray<string> => [
  Text.plain(rule.nickname ?? rule.description ?? rule.id),
  rule.enabled === null ? "" : rule.enabled ? "on" : "off",
  trigger(rule),
  rule.steps.flatMap(({ actions }) => actions.map(action)).join("; "),
]

const byPriority = (one: Rule, other: Rule) => (one.priority ?? 0) - (other.priority ?? 0)

export const rules = Command.make("rules", common, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: false }, async ({ sequence, signal }) => {
      const { screen } = session
      const map = await sequence.getMoneyMap({ signal })
      const text = options.json
        ? Text.json(map.rules)
        : Table.draw(screen, COLUMNS, [...map.rules].sort(byPriority).map(row))
      await screen.line(text)
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show the rules that move money"))
