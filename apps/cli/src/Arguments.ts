/** Command lines as people type them, for a parser that wants options before names and ids, and help alone. */

/** Options without a value, of the commands that take a name or an id; a test compares them with their help. */
export const FLAGS: ReadonlySet<string> = new Set(["--json", "--sandbox", "--not-sent"])

/** Where the commands are that take a name or an id. */
const WITH_OPERAND: ReadonlyArray<ReadonlyArray<string>> = [
  ["pods"],
  ["transfer", "show"],
  ["transfers", "resolve"],
]

const startsWith = (args: ReadonlyArray<string>, start: ReadonlyArray<string>): boolean =>
  start.every((word, index) => args[index] === word)

/** Help is asked for wherever it stands: what stands beside it must not be carried out, nor found fault with. */
const helpAlone = (args: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const end = args.indexOf("--")
  const given = end < 0 ? args : args.slice(0, end)
  if (!given.includes("--help") && !given.includes("-h")) return undefined
  const firstOption = given.findIndex((one) => one.startsWith("-"))
  const operand = WITH_OPERAND.find((start) => startsWith(given, start))
  return [...given.slice(0, Math.min(firstOption, operand?.length ?? firstOption)), "--help"]
}

const optionsFirst = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const command = WITH_OPERAND.find((start) => startsWith(args, start))
  if (command === undefined) return args
  const [options, operands]: [Array<string>, Array<string>] = [[], []]
  const rest = args.slice(command.length)
  while (rest.length > 0 && rest[0] !== "--") {
    const [argument = ""] = rest.splice(0, 1)
    if (!argument.startsWith("-")) operands.push(argument)
    else if (FLAGS.has(argument) || argument.includes("=")) options.push(argument)
    else options.push(argument, ...rest.splice(0, 1))
  }
  return [...command, ...options, ...operands, ...rest]
}

/**
 * What the parser is given: `pods groceries --json` is as good as `pods --json groceries`. What follows `--` stays
 * where it is.
 */
export const normalize = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  helpAlone(args) ?? optionsFirst(args)
