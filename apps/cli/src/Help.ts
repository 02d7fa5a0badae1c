/** What `tsequence` says about itself as a whole; the help of each command is made from its options. */

const COMMANDS: ReadonlyArray<readonly [title: string, ReadonlyArray<readonly [string, string]>]> = [
  [
    "Reading",
    [
      ["pods [NAME]", "pods and what is in them"],
      ["accounts", "pods, ports and outside accounts"],
      ["activity", "what moved, newest first; --follow waits for more"],
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
    "tsequence --completions bash|zsh|fish prints a completion script. Options go before a name or an id.",
    "",
    "Exit codes: 0 done · 1 failed · 2 command line or configuration · 3 refused, no money moved ·",
    "4 outcome not known, the money may have moved · 5 login · 6 something is not sound · 130 stopped",
  ].join("\n")

/** Whether arguments ask for it. */
export const isAskedFor = (args: ReadonlyArray<string>): boolean =>
  args.length === 0 || (args.length === 1 && ["--help", "-h", "help"].includes(args[0] ?? ""))
