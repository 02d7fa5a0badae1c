/** The command `tsequence`, composed of its parts. */
import { Command } from "@effect/cli"
import { audit } from "./admin/Audit.js"
import { data } from "./admin/Data.js"
import { doctor } from "./admin/Doctor.js"
import { limits } from "./admin/Limits.js"
import { transfers } from "./admin/Transfers.js"
import * as Commands from "./Commands.js"
import { login } from "./login/Login.js"
import { logout } from "./login/Logout.js"
import { accounts } from "./query/Accounts.js"
import { activity } from "./query/Activity.js"
import { pods } from "./query/Pods.js"
import { rules } from "./query/Rules.js"
import { summary } from "./query/Summary.js"
import { show } from "./query/TransferShow.js"
import { transfer } from "./transfer/Transfer.js"

const all = [
  pods,
  accounts,
  activity,
  summary,
  rules,
  Command.withSubcommands(transfer, [show]),
  transfers,
  limits,
  audit,
  data,
  doctor,
  login,
  logout,
] as const

const root = Command.make("tsequence").pipe(
  Command.withDescription("Balances, activity and transfers of a GetSequence account. Unofficial."),
  Command.withSubcommands(all),
)

/** The commands, as they are defined. */
export const commands: ReadonlyArray<Commands.Command> = all.map(({ descriptor }) =>
  Commands.describe(descriptor),
)

/** Runs a command line, given as `process.argv` is. */
export const run = (version: string) =>
  Command.run(root, { name: "tsequence", version, executable: "tsequence" })
