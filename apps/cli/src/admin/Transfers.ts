/** `tsequence transfers`: those whose outcome is not known. */
import { Command, Options } from "@effect/cli"
import { Option } from "effect"
import type { Decision, TransferRecord } from "tsequence"
import { common, operand } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import type { Screen } from "../terminal/Screen.js"
import * as Table from "../terminal/Table.js"
import * as Text from "../terminal/Text.js"

const COLUMNS: ReadonlyArray<Table.Column> = [
  { title: Text.TIME_TITLE },
  { title: "AMOUNT", align: "right" },
  { title: "FROM", isElastic: true },
  { title: "TO", isElastic: true },
  { title: "STATUS" },
  { title: "REQUEST_ID" },
]

const WORDS: Readonly<Record<string, string>> = {
  open: "under way",
  unknown: "no answer yet",
  ambiguous: "several could be it",
  not_found: "not found so far",
}

const row = ({ intent, status }: TransferRecord): ReadonlyArray<string> => [
  Text.timeInColumn(new Date(intent.at)),
  Text.money(intent.transfer.amountCents),
  Text.plain(intent.transfer.source.name ?? intent.transfer.source.id),
  Text.plain(intent.transfer.destination.name ?? intent.transfer.destination.id),
  WORDS[status] ?? status,
  Text.plain(intent.requestId),
]

const toJson = ({ intent, status, transferId }: TransferRecord) => ({
  requestId: intent.requestId,
  status,
  transferId: transferId ?? null,
  limitKey: intent.limitKey,
  day: intent.day,
  amountCents: intent.transfer.amountCents,
  source: intent.transfer.source,
  destination: intent.transfer.destination,
  requestedAt: new Date(intent.at).toISOString(),
})

const tell = async (
  screen: Screen,
  isJson: boolean,
  records: ReadonlyArray<TransferRecord>,
): Promise<void> => {
  if (isJson) await screen.line(Text.json(records.map(toJson)))
  else if (records.length === 0) screen.note("The outcome of every transfer is known.")
  else await screen.line(Table.draw(screen, COLUMNS, records.map(row)))
}

const list = Command.make("list", common, (options) =>
  Session.perform(options, (session) =>
    Session.withFiles(session, options, async (safeguards) => {
      await tell(session.screen, options.json, await safeguards.getUnresolved())
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Show transfers whose outcome is not known"))

const reconcile = Command.make("reconcile", common, (options) =>
  Session.perform(options, (session) =>
    Session.withClient(session, options, { safeguards: true }, async ({ sequence }) => {
      await sequence.safeguards.reconcile()
      const left = await sequence.safeguards.getUnresolved()
      await tell(session.screen, options.json, left)
      return left.length === 0 ? Exit.CODES.done : Exit.CODES.unknown
    }),
  ),
).pipe(Command.withDescription("Look for them in the activity now"))

interface Given {
  readonly transferId: Option.Option<string>
  readonly notSent: boolean
  readonly reason: string
}

const decisionOf = ({ transferId, notSent, reason }: Given): Decision => {
  if (reason.trim() === "") throw new Exit.UsageError("--reason must say how you know.")
  if (Option.isSome(transferId) !== notSent) {
    return Option.isSome(transferId)
      ? { outcome: "accepted", transferId: transferId.value }
      : { outcome: "not_sent" }
  }
  throw new Exit.UsageError(
    "Say what became of it: --transfer-id ID where it was made, --not-sent where it was not.",
  )
}

const resolve = Command.make(
  "resolve",
  {
    ...common,
    transferId: Options.text("transfer-id").pipe(
      Options.withDescription("It was made: the id that `activity` shows"),
      Options.optional,
    ),
    notSent: Options.boolean("not-sent").pipe(
      Options.withDescription("It was never made: gives its amount back to the day's limit"),
    ),
    reason: Options.text("reason").pipe(Options.withDescription("How you know; recorded in the audit log")),
    requestId: operand("request-id", "As `transfers list` shows it"),
  },
  (options) =>
    Session.perform(options, async (session) => {
      const decision = decisionOf(options)
      return Session.withFiles(session, options, async (safeguards) => {
        const record = await safeguards.resolve(options.requestId, decision, options.reason)
        if (options.json) await session.screen.line(Text.json(toJson(record)))
        else session.screen.note(`${Text.plain(record.intent.requestId)} is ${record.status} now.`)
        return Exit.CODES.done
      })
    }),
).pipe(Command.withDescription("Record the outcome of one that you found out yourself"))

export const transfers = Command.make("transfers").pipe(
  Command.withDescription("Find out about transfers whose outcome is not known"),
  Command.withSubcommands([list, reconcile, resolve]),
)
