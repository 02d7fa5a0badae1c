/** Command lines as people type them: what is wrong with one, and what the parser is given of it. */
import { nearest } from "tsequence/app"
import * as Commands from "./Commands.js"

type All = ReadonlyArray<Commands.Command>

const beforeDashes = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.includes("--") ? args.slice(0, args.indexOf("--")) : args

/** Tells if help is requested. The rest of the command line is then neither run nor checked. */
export const asksForHelp = (args: ReadonlyArray<string>): boolean =>
  beforeDashes(args).some((one) => one === "--help" || one === "-h")

const isOption = (word: string): boolean => word.startsWith("-") && word.length > 1

const line = (...words: ReadonlyArray<string>): string => ["tsequence", ...words].join(" ")

const suggestion = (meant: string | undefined): string =>
  meant === undefined ? "" : ` Did you mean ${meant}?`

const wrongCommand = ({ path, command, choices, rest }: Commands.Found): string | undefined => {
  const [word] = rest
  if (word === undefined || isOption(word)) return undefined
  if (command !== undefined && (choices.length === 0 || Commands.hasOperand(command))) return undefined
  const name = nearest(
    word,
    choices.map((one) => one.name),
  )
  const meant = name === undefined ? undefined : line(...path, name)
  return `There is no command "${line(...path, word)}".${suggestion(meant)} ${line(...path, "--help")} lists the commands.`
}

const wrongOption = ({ path, command, rest }: Commands.Found): string | undefined => {
  if (command === undefined) return undefined
  const options = Commands.optionsOf(command)
  const words = [...beforeDashes(rest)]
  while (words.length > 0) {
    const [word = ""] = words.splice(0, 1)
    if (!isOption(word)) continue
    const [name = ""] = word.split("=")
    const option = options.get(name)
    if (option === undefined) {
      return `${line(...path)} has no option ${name}.${suggestion(nearest(name, options.keys()))} ${line(...path, "--help")} lists the options.`
    }
    if (!option.hasValue || word.includes("=")) continue
    if (words.length === 0) return `${name} needs a value. ${line(...path, "--help")} lists the options.`
    words.splice(0, 1)
  }
  return undefined
}

/** Tells what is wrong with the names in a command line; `undefined` where nothing is. */
export const complaint = (args: ReadonlyArray<string>, commands: All): string | undefined => {
  const found = Commands.find(commands, args)
  return wrongCommand(found) ?? wrongOption(found)
}

/**
 * Gives what the parser wants, which takes options before names and ids alone: `pods groceries --json` is as good as
 * `pods --json groceries`. What follows `--` stays in its place.
 */
export const normalize = (args: ReadonlyArray<string>, commands: All): ReadonlyArray<string> => {
  const { path, command, rest: given } = Commands.find(commands, args)
  if (command === undefined || !Commands.hasOperand(command)) return args
  const known = Commands.optionsOf(command)
  const [options, operands]: [Array<string>, Array<string>] = [[], []]
  const rest = [...given]
  while (rest.length > 0 && rest[0] !== "--") {
    const [argument = ""] = rest.splice(0, 1)
    if (!isOption(argument)) operands.push(argument)
    else if (known.get(argument)?.hasValue === true) options.push(argument, ...rest.splice(0, 1))
    else options.push(argument)
  }
  return [...path, ...options, ...operands, ...rest]
}
