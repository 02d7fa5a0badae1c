/** `tsequence activity`: transfers, newest first; all pages, or what is new from now on. */
import { Command, Options } from "@effect/cli"
import { Option } from "effect"
import type { ActivityFilter, Transfer } from "tsequence"
import { common } from "../CommonOptions.js"
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
  { title: "NOTE", isElastic: true },
  { title: "ID", isOptional: true },
]

const row = (transfer: Transfer, time: (at: Date | null) => string): ReadonlyArray<string> => [
  time(transfer.createdAt),
  Text.money(transfer.amountCents),
  Text.end(transfer.source),
  Text.end(transfer.destination),
  Text.plain(transfer.status),
  Text.plain(transfer.description),
  Text.plain(transfer.id),
]

const CSV_COLUMNS = [
  "id",
  "created_at",
  "amount_cents",
  "direction",
  "status",
  "activity_type",
  "source_type",
  "source_id",
  "source_name",
  "destination_type",
  "destination_id",
  "destination_name",
  "description",
  "error_reason",
]

const csvRow = (transfer: Transfer): string =>
  Text.csv([
    transfer.id,
    transfer.createdAt?.toISOString() ?? null,
    transfer.amountCents,
    transfer.direction,
    transfer.status,
    transfer.activityType,
    transfer.source?.type ?? null,
    transfer.source?.id ?? null,
    transfer.source?.name ?? null,
    transfer.destination?.type ?? null,
    transfer.destination?.id ?? null,
    transfer.destination?.name ?? null,
    transfer.description,
    transfer.errorReason,
  ])

type Format = "table" | "json" | "jsonl" | "csv"

/** Writes transfers one by one, or all at the end where the format needs them together. */
const writer = (screen: Screen, format: Format, isEndless: boolean) => {
  const kept: Array<Transfer> = []
  let hasHead = false
  return {
    add: async (transfer: Transfer): Promise<void> => {
      if (format === "jsonl" || (format === "json" && isEndless)) {
        await screen.line(JSON.stringify(transfer))
      } else if (format === "csv") {
        if (!hasHead) await screen.line(CSV_COLUMNS.join(","))
        hasHead = true
        await screen.line(csvRow(transfer))
      } else if (isEndless) {
        await screen.line(
          row(transfer, Text.time)
            .filter((part) => part !== "")
            .join("  "),
        )
      } else {
        kept.push(transfer)
        screen.progress(`${kept.length} transfers read …`)
      }
    },
    end: async (): Promise<void> => {
      if (format === "json" && !isEndless) await screen.line(Text.json(kept))
      else if (format === "csv" && !hasHead) await screen.line(CSV_COLUMNS.join(","))
      else if (format === "table" && kept.length === 0) screen.note("No transfer fits.")
      else if (format === "table")
        await screen.line(
          Table.draw(
            screen,
            COLUMNS,
            kept.map((one) => row(one, Text.timeInColumn)),
          ),
        )
    },
  }
}

const list = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.repeated)

const date = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

const options = {
  ...common,
  limit: Options.integer("limit").pipe(
    Options.withAlias("n"),
    Options.withDescription("How many, newest first"),
    Options.withDefault(20),
  ),
  all: Options.boolean("all").pipe(Options.withDescription("All pages, to the very first transfer")),
  follow: Options.boolean("follow").pipe(
    Options.withAlias("f"),
    Options.withDescription("Wait, and print new transfers"),
  ),
  every: Options.integer("every").pipe(
    Options.withDescription("Seconds between two looks of --follow"),
    Options.withDefault(60),
  ),
  status: list("status", "Only these, such as COMPLETE; may be repeated"),
  direction: list("direction", "Only these: INTERNAL, INCOMING, OUTGOING; may be repeated"),
  type: list("type", "Only these activity types, such as RULE; may be repeated"),
  since: date("since", "First day, such as 2026-01-31"),
  until: date("until", "Last day, included"),
  name: Options.text("name").pipe(
    Options.withDescription("Only where the name of an end contains this"),
    Options.optional,
  ),
  hideInternal: Options.boolean("hide-internal").pipe(
    Options.withDescription("Leave out transfers between pods and ports"),
  ),
  csv: Options.boolean("csv").pipe(Options.withDescription("Comma-separated values")),
  jsonl: Options.boolean("jsonl").pipe(Options.withDescription("JSON Lines: one document a line")),
}

type Given = Command.Command.ParseConfig<typeof options>

const formatOf = ({ json, jsonl, csv }: Given): Format => {
  const chosen = (
    [
      ["json", json],
      ["jsonl", jsonl],
      ["csv", csv],
    ] as const
  ).flatMap(([format, isGiven]) => (isGiven ? [format] : []))
  const [only] = chosen
  if (chosen.length > 1) throw new Exit.UsageError("Give one of --json, --jsonl and --csv.")
  return only ?? "table"
}

const day = (option: string, given: Option.Option<string>): string | undefined => {
  if (Option.isNone(given)) return undefined
  if (Text.isDay(given.value)) return given.value
  throw new Exit.UsageError(`${option} must be a day such as 2026-01-31.`)
}

const values = (option: string, given: ReadonlyArray<string>): ReadonlyArray<string> =>
  given.map((one) => {
    const value = one.toUpperCase().replaceAll("-", "_")
    if (!/^[A-Z_]+$/.test(value)) throw new Exit.UsageError(`${option} takes one word, such as COMPLETE.`)
    return value
  })

const filterOf = (given: Given): ActivityFilter => {
  const dateStart = day("--since", given.since)
  const dateEnd = day("--until", given.until)
  if (dateStart !== undefined && dateEnd !== undefined && dateStart > dateEnd) {
    throw new Exit.UsageError("--since must not be after --until.")
  }
  return {
    statuses: values("--status", given.status),
    directions: values("--direction", given.direction),
    activityTypes: values("--type", given.type),
    dateStart,
    dateEnd,
    hideInternal: given.hideInternal,
    name: Option.getOrUndefined(given.name),
  }
}

const limitOf = ({ limit, all }: Given): number => {
  if (all) return Number.POSITIVE_INFINITY
  if (limit < 1) throw new Exit.UsageError("--limit must be at least 1.")
  return limit
}

const everyOf = ({ every }: Given): number => {
  if (every < 1) throw new Exit.UsageError("--every must be at least 1 second.")
  return every * 1_000
}

export const activity = Command.make("activity", options, (given) =>
  Session.perform(given, async (session) => {
    const [format, filter, limit, every] = [formatOf(given), filterOf(given), limitOf(given), everyOf(given)]
    return Session.withClient(session, given, { safeguards: false }, async ({ sequence, signal }) => {
      const output = writer(session.screen, format, given.follow)
      const pageSize = Math.min(limit, 100)
      const source = given.follow
        ? sequence.watch({ ...filter, interval: every, signal })
        : sequence.activity({ ...filter, pageSize, signal })
      let count = 0
      for await (const transfer of source) {
        signal.throwIfAborted()
        await output.add(transfer)
        count += 1
        if (!given.follow && count >= limit) break
      }
      await output.end()
      return Exit.CODES.done
    })
  }),
).pipe(Command.withDescription("Show transfers, newest first"))
