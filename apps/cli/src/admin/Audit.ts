/** `tsequence audit`: the trail of every transfer, and whether it is as it was written. */
import { Command, Options } from "@effect/cli"
import { Option } from "effect"
import type { AuditEntry } from "tsequence"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Table from "../terminal/Table.js"
import * as Text from "../terminal/Text.js"

const COLUMNS: ReadonlyArray<Table.Column> = [
  { title: Text.TIME_TITLE },
  { title: "EVENT" },
  { title: "AMOUNT", align: "right" },
  { title: "FROM", isElastic: true },
  { title: "TO", isElastic: true },
  { title: "ERROR OR NOTE", isElastic: true },
  { title: "REQUEST_ID", isOptional: true },
]

const text = (value: unknown): string => (typeof value === "string" ? Text.plain(value) : "")

const when = (timestamp: string): string => {
  const at = new Date(timestamp)
  return Number.isNaN(at.getTime()) ? Text.plain(timestamp) : Text.timeInColumn(at)
}

/** An end by its name; lines of earlier versions have ids alone. */
const end = (entry: AuditEntry, key: "source" | "destination"): string =>
  text(entry[`${key}_name`]) || text(entry[key])

const row = (entry: AuditEntry): ReadonlyArray<string> => [
  when(entry.timestamp),
  text(entry.event_type),
  typeof entry.amount_cents === "number" ? Text.money(entry.amount_cents) : "",
  end(entry, "source"),
  end(entry, "destination"),
  text(entry.error) || text(entry.note),
  text(entry.request_id),
]

const show = Command.make(
  "show",
  {
    ...common,
    day: Options.text("day").pipe(
      Options.withDescription("Only this day in New York, such as 2026-01-31"),
      Options.optional,
    ),
    event: Options.text("event").pipe(
      Options.withDescription("Only these, such as transfer_completed"),
      Options.optional,
    ),
    requestId: Options.text("request-id").pipe(
      Options.withDescription("Only of this transfer"),
      Options.optional,
    ),
  },
  (options) =>
    Session.perform(options, async (session) => {
      if (Option.isSome(options.day) && !Text.isDay(options.day.value))
        throw new Exit.UsageError("--day must be a day such as 2026-01-31.")
      return Session.withFiles(session, options, async (safeguards) => {
        const { screen } = session
        const entries = await safeguards.getAuditEntries({
          day: Option.getOrUndefined(options.day),
          event: Option.getOrUndefined(options.event),
          requestId: Option.getOrUndefined(options.requestId),
        })
        if (options.json) await screen.line(Text.json(entries))
        else if (entries.length === 0) screen.note("The trail has no entry that fits.")
        else await screen.line(Table.draw(screen, COLUMNS, entries.map(row)))
        return Exit.CODES.done
      })
    }),
).pipe(Command.withDescription("Show the trail, oldest first"))

const verify = Command.make("verify", common, (options) =>
  Session.perform(options, (session) =>
    Session.withFiles(session, options, async (safeguards) => {
      const { screen } = session
      const found = await safeguards.verifyAudit()
      const code = found.problems.length === 0 ? Exit.CODES.done : Exit.CODES.unsound
      if (options.json) {
        await screen.line(Text.json(found))
        return code
      }
      for (const { line, kind, detail } of found.problems) {
        await screen.line(`${screen.style.red(`line ${line}`)} ${kind}: ${Text.plain(detail)}`)
      }
      await screen.line(
        code === Exit.CODES.done
          ? screen.style.green(`${found.lines} lines, each as it was written.`)
          : `${found.problems.length} problems in ${found.lines} lines. Once you know what happened: tsequence audit accept --reason "…"`,
      )
      return code
    }),
  ),
).pipe(Command.withDescription("Check every line of the trail"))

const accept = Command.make(
  "accept",
  {
    ...common,
    reason: Options.text("reason").pipe(Options.withDescription("What happened; recorded in the audit log")),
  },
  (options) =>
    Session.perform(options, async (session) => {
      if (options.reason.trim() === "") throw new Exit.UsageError("--reason must say what happened.")
      return Session.withFiles(session, options, async (safeguards) => {
        const before = await safeguards.verifyAudit()
        await safeguards.acceptAudit(options.reason)
        const after = await safeguards.verifyAudit()
        if (options.json) await session.screen.line(Text.json({ before, after }))
        else session.screen.note(`Accepted: ${before.problems.length} problems stand in the trail as known.`)
        return Exit.CODES.done
      })
    }),
).pipe(Command.withDescription("Accept the trail as it is, damage included, so that transfers go on"))

export const audit = Command.make("audit").pipe(
  Command.withDescription("Show and check the trail of transfers"),
  Command.withSubcommands([show, verify, accept]),
)
