/** What `tsequence` says about itself as a whole; the help of each command is made from its options. */

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

/** Whether arguments ask for it. */
export const isAskedFor = (args: ReadonlyArray<string>): boolean =>
  args.length === 0 || (args.length === 1 && ["--help", "-h", "help"].includes(args[0] ?? ""))

/**
 * What the parser says of a command line, in words for its author: where the options of a command do not fit, the
 * parser goes on to look for a command of another name.
 */
export const complaint = (args: ReadonlyArray<string>, said: string): string => {
  const [command = ""] = args
  const isKnown = COMMANDS.some(([, all]) => all.some(([usage]) => usage.split(/[ |]/)[0] === command))
  return isKnown && said.startsWith("Invalid subcommand for tsequence")
    ? `Something in this command line does not fit, or has no value: tsequence ${command} --help lists the options.`
    : said
}
