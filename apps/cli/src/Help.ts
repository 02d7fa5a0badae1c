/** The help text of `tsequence` as a whole; the help of each command is made from its options. */
import * as Commands from "./Commands.js"

const COMMANDS: ReadonlyArray<readonly [title: string, ReadonlyArray<readonly [string, string]>]> = [
  [
    "Reading",
    [
      ["pods [NAME]", "pods and what is in them"],
      ["accounts", "pods, ports and outside accounts"],
      ["activity", "transfers, newest first; --follow waits for more"],
      ["transfer show ID", "everything about one transfer"],
      ["summary", "the total and this month in a few figures"],
      ["rules", "the rules that move money"],
    ],
  ],
  [
    "Moving money",
    [
      ["transfer --from A --to B --amount 20", "shows what will happen, and asks"],
      ["transfers list|reconcile|resolve", "those whose outcome is not known"],
    ],
  ],
  [
    "Operating",
    [
      ["limits", "what is left of today's limit"],
      ["audit show|verify|accept", "the trail of every transfer"],
      ["data migrate --to database|files", "carries limits, trail and login to PostgreSQL or back"],
      ["doctor", "checks configuration, token, files and service"],
    ],
  ],
  [
    "Logging in",
    [
      ["login", "with email, password and one-time code"],
      ["login --browser|--paste", "in a window that opens, or in a browser of your own"],
      ["logout", "forgets the token"],
    ],
  ],
]

const line = ([usage, description]: readonly [string, string]): string =>
  `  ${usage.padEnd(38)}${description}`

/** The text of `tsequence --help`. */
export const text = (version: string): string =>
  [
    `tsequence ${version}: balances, activity and transfers of a GetSequence account. Unofficial.`,
    ...COMMANDS.flatMap(([title, commands]) => ["", title, ...commands.map(line)]),
    "",
    "Every command takes --help, --json, and --sandbox, which needs no account: try tsequence pods --sandbox",
    "tsequence --completions bash|zsh|fish prints a completion script.",
    "",
    "Exit codes: 0 done · 1 failed · 2 command line or configuration · 3 refused, no money moved ·",
    "4 outcome not known, the money may have moved · 5 login · 6 something is not sound · 130 stopped",
  ].join("\n")

/** Tells if the arguments request this help. */
export const isAskedFor = (args: ReadonlyArray<string>): boolean =>
  args.length === 0 || (args.length === 1 && ["--help", "-h", "help"].includes(args[0] ?? ""))

const section = (title: string, lines: ReadonlyArray<Commands.Line>): ReadonlyArray<string> => {
  if (lines.length === 0) return []
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  return ["", title, ...lines.map(([name, description]) => `  ${name.padEnd(width)}${description}`)]
}

/** The help of one command, which it names in full. */
export const ofCommand = (path: ReadonlyArray<string>, command: Commands.Command): string => {
  const lines = Commands.linesOf(command)
  const commands = command.subcommands.map(
    (one): Commands.Line => [["tsequence", ...path, one.name].join(" "), Commands.descriptionOf(one)],
  )
  return [
    Commands.usageOf(path, command),
    "",
    Commands.descriptionOf(command),
    ...section("Commands", commands),
    ...section(
      "Arguments",
      lines.filter(([name]) => name.startsWith("<")),
    ),
    ...section(
      "Options",
      lines.filter(([name]) => name.startsWith("-")),
    ),
  ].join("\n")
}

const WORDS: ReadonlyArray<readonly [said: RegExp, better: string]> = [
  [/^Expected to find option: '(.*)'$/, "$1 is missing."],
  [/^Missing argument (.*)$/, "$1 is missing."],
  [/^Received unknown argument: '(.*)'$/, '"$1" does not belong here.'],
  [/^'(.*)' is not a integer$/, '"$1" is not a whole number.'],
]

/** Puts what the parser says of a command line in plain words, with the usage of the command. */
export const complaint = (said: string, { path, command }: Commands.Found): string => {
  const words = WORDS.reduce((text, [pattern, better]) => text.replace(pattern, better), said)
  return command === undefined ? words : `${words}\n${Commands.usageOf(path, command)}`
}
