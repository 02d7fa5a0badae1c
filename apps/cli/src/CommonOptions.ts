/** Options and arguments that several commands have. */
import { Args, Options } from "@effect/cli"

/** Results as JSON instead of as text. */
const json = Options.boolean("json").pipe(Options.withDescription("Print JSON instead of a table"))

/** A stand-in for the service, for as long as the command runs. */
const sandbox = Options.boolean("sandbox").pipe(
  Options.withDescription("Try it: use a stand-in for the service with made-up money"),
)

export const common = { json, sandbox }

/** A name or an id. */
export const operand = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(Args.withDescription(description))
