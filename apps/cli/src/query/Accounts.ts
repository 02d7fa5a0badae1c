/** `tsequence accounts`: everything that money can be moved between. */
import { Command } from "@effect/cli"
import type { Accounts } from "tsequence"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import type { Screen } from "../terminal/Screen.js"
import * as Table from "../terminal/Table.js"
import * as Text from "../terminal/Text.js"

const COLUMNS: ReadonlyArray<Table.Column> = [
  { title: "KIND" },
  { title: "NAME", isElastic: true },
  { title: "BALANCE", align: "right" },
  { title: "AT", isElastic: true },
  { title: "ID", isOptional: true },
]

const show = (screen: Screen, { pods, ports, accounts }: Accounts): Promise<void> => {
  const rows = [
    ...ports.map((port) => ({ ...port, at: "" })),
    ...pods.map((pod) => ({ ...pod, at: "" })),
    ...accounts.map((account) => ({ ...account, at: account.institutionName })),
  ].map(({ kind, name, balanceCents, at, id }) => [
    kind.toLowerCase(),
    Text.plain(name),
    Text.money(balanceCents),
    Text.plain(at),
    Text.plain(id),
  ])
  return screen.line(Table.draw(screen, COLUMNS, rows))
}

export const accounts = Command.make("accounts", common, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: false }, async ({ sequence, signal }) => {
      const all = await sequence.getAllAccounts({ signal })
      await (options.json ? session.screen.line(Text.json(all)) : show(session.screen, all))
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show pods, ports and outside accounts"))
