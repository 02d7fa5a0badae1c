/** Options and arguments that several commands have. */
import { Args, HelpDoc, Options } from "@effect/cli"
import { Effect } from "effect"

/** Results as JSON instead of as text. */
const json = Options.boolean("json").pipe(Options.withDescription("Print JSON instead of a table"))

/** A stand-in for the service, for as long as the command runs. */
const sandbox = Options.boolean("sandbox").pipe(
  Options.withDescription("Try it: use a stand-in for the service with made-up money"),
)

export const common = { json, sandbox }

/** A name or an id. The parser would take a mistyped option for one. */
export const operand = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(
    Args.withDescription(description),
    Args.mapEffect((value) =>
      value.startsWith("-")
        ? Effect.fail(HelpDoc.p(`There is no option ${value} here; --help lists them`))
        : Effect.succeed(value),
    ),
  )
