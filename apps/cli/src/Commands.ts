/** Every command with its options, read out of its definition, for help and for complaints about a command line. */
import { stripVTControlCharacters } from "node:util"
import { CliConfig, CommandDescriptor, HelpDoc, type Usage } from "@effect/cli"
import { HashMap, Option } from "effect"

/** A command as its definition tells it. */
export interface Command {
  readonly name: string
  readonly usage: Usage.Usage
  readonly help: HelpDoc.HelpDoc
  readonly subcommands: ReadonlyArray<Command>
}

const config = CliConfig.make({ showBuiltIns: false })

/** Reads a command's definition. */
export const describe = (descriptor: CommandDescriptor.Command<unknown>): Command => {
  const [name = ""] = CommandDescriptor.getNames(descriptor)
  return {
    name,
    usage: CommandDescriptor.getUsage(descriptor),
    help: CommandDescriptor.getHelp(descriptor, config),
    // A command without subcommands is given as its own.
    subcommands: [...HashMap.entries(CommandDescriptor.getSubcommands(descriptor))]
      .filter(([child]) => child !== name)
      .map(([, inner]) => describe(inner))
      .sort((one, other) => one.name.localeCompare(other.name)),
  }
}

/** A command in a command line. */
export interface Found {
  /** The words that name it, such as `transfer show`; without a command: none. */
  readonly path: ReadonlyArray<string>
  readonly command: Command | undefined
  /** The other commands that are possible at this place. */
  readonly choices: ReadonlyArray<Command>
  readonly rest: ReadonlyArray<string>
}

/** Finds the command that a command line begins with. */
export const find = (commands: ReadonlyArray<Command>, args: ReadonlyArray<string>): Found => {
  let found: Found = { path: [], command: undefined, choices: commands, rest: args }
  while (true) {
    const [word, ...rest] = found.rest
    const command = found.choices.find(({ name }) => name === word)
    if (word === undefined || command === undefined) return found
    found = { path: [...found.path, word], command, choices: command.subcommands, rest }
  }
}

/** Visits every option and argument of a command. */
const named = (usage: Usage.Usage): ReadonlyArray<Usage.Named> => {
  switch (usage._tag) {
    case "Named":
      return [usage]
    case "Optional":
    case "Repeated":
      return named(usage.usage)
    case "Alternation":
    case "Concat":
      return [...named(usage.left), ...named(usage.right)]
    default:
      return []
  }
}

/** The options of a command, and which of them have a value. */
export const optionsOf = ({ usage }: Command): ReadonlyMap<string, { readonly hasValue: boolean }> =>
  new Map(
    named(usage).flatMap(({ names, acceptedValues }) =>
      names.flatMap((name) =>
        name.startsWith("-") ? [[name, { hasValue: Option.isSome(acceptedValues) }] as const] : [],
      ),
    ),
  )

/** Tells if a command takes a name or an id. */
export const hasOperand = ({ usage }: Command): boolean =>
  named(usage).some(({ names: [name = ""] }) => name.startsWith("<"))

const text = (doc: HelpDoc.HelpDoc): string => stripVTControlCharacters(HelpDoc.toAnsiText(doc)).trim()

const part = (usage: Usage.Usage): string => {
  switch (usage._tag) {
    case "Named":
      return [usage.names.join(", "), ...Option.toArray(usage.acceptedValues)].join(" ")
    case "Optional":
      return `[${part(usage.usage)}]`
    case "Repeated":
      return `[${part(usage.usage)}]...`
    case "Alternation":
    case "Concat":
      return [part(usage.left), part(usage.right)].filter((one) => one !== "").join(" ")
    default:
      return ""
  }
}

/** Tells if a command only groups subcommands. */
export const isGroup = (command: Command): boolean =>
  command.subcommands.length > 0 && optionsOf(command).size === 0

/** Tells how to write a command, by its whole name. */
export const usageOf = (path: ReadonlyArray<string>, command: Command): string =>
  [
    "Usage: tsequence",
    ...path.slice(0, -1),
    part(command.usage),
    ...(isGroup(command) ? ["<command>"] : []),
  ].join(" ")

/** The library's descriptions of value types, which the usage line already shows. */
const OBVIOUS =
  /^(A true or false value|A user-defined piece of text|An integer|One of the following: .*|This (setting|option) .*)\.?$/

/** A line of help: an option, an argument or a command, and what it is. */
export type Line = readonly [name: string, description: string]

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  text(doc)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !OBVIOUS.test(line))

const definitions = (doc: HelpDoc.HelpDoc): ReadonlyArray<Line> => {
  switch (doc._tag) {
    case "DescriptionList":
      return doc.definitions.map(([span, description]) => [
        text(HelpDoc.p(span)).replace(/^\((.*)\)$/, "$1"),
        paragraphs(description).join(" "),
      ])
    case "Sequence":
      return [...definitions(doc.left), ...definitions(doc.right)]
    default:
      return []
  }
}

/** The arguments and options of a command, each with what it is. */
export const linesOf = ({ help }: Command): ReadonlyArray<Line> => definitions(help)

/** Says in one line what a command does. */
export const descriptionOf = ({ help }: Command): string => {
  const lines = paragraphs(help)
  return lines[lines.indexOf("DESCRIPTION") + 1] ?? ""
}
