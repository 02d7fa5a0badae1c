/** `tsequence pods`: what is in each pod. */
import { Args, Command } from "@effect/cli"
import { Option } from "effect"
import { AmbiguousNameError, NotFoundError, type Pod } from "tsequence"
import { Names } from "tsequence/app"
import { common, operand } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import type { Screen } from "../terminal/Screen.js"
import * as Table from "../terminal/Table.js"
import * as Text from "../terminal/Text.js"

const COLUMNS: ReadonlyArray<Table.Column> = [
  { title: "POD", isElastic: true },
  { title: "BALANCE", align: "right" },
  { title: "GOAL", align: "right" },
  { title: "ID", isOptional: true },
]

const totalOf = (pods: ReadonlyArray<Pod>): number | null =>
  pods.reduce<number | null>(
    (sum, { balanceCents }) => (sum === null || balanceCents === null ? null : sum + balanceCents),
    0,
  )

const show = async (screen: Screen, pods: ReadonlyArray<Pod>): Promise<void> => {
  const rows = pods.map(({ name, balanceCents, goalCents, id }) => [
    Text.plain(name),
    Text.money(balanceCents),
    goalCents === null ? "" : Text.money(goalCents),
    Text.plain(id),
  ])
  const total = pods.length > 1 ? [["Total", Text.money(totalOf(pods)), "", ""]] : []
  await screen.line(Table.draw(screen, COLUMNS, [...rows, ...total]))
}

const find = (all: ReadonlyArray<Pod>, key: string): Pod => {
  const found = Names.match(all, key)
  switch (found._tag) {
    case "One":
      return found.value
    case "None":
      throw new NotFoundError(
        `There is no pod called "${key}".${Names.didYouMean(all, key)} \`tsequence pods\` lists them.`,
        {
          kind: "pod",
          key,
        },
      )
    default:
      throw new AmbiguousNameError(key, found.values)
  }
}

const name = operand("name", "Only this pod: its name, or the only one that contains the text").pipe(
  Args.optional,
)

export const pods = Command.make("pods", { ...common, name }, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: false }, async ({ sequence, signal }) => {
      const { screen } = session
      if (Option.isNone(options.name)) {
        const all = await sequence.getPods({ signal })
        await (options.json ? screen.line(Text.json(all)) : show(screen, all))
        return Exit.CODES.done
      }
      const pod = find(await sequence.getPods({ signal }), options.name.value)
      await (options.json ? screen.line(Text.json(pod)) : show(screen, [pod]))
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show pods and what is in them"))
