/** The command `tsequence`, composed of its parts. */
import { Command } from "@effect/cli"
import * as Commands from "./Commands.js"
import { login } from "./login/Login.js"
import { logout } from "./login/Logout.js"
import { transfer } from "./moving/Transfer.js"
import { audit } from "./operating/Audit.js"
import { data } from "./operating/Data.js"
import { doctor } from "./operating/Doctor.js"
import { limits } from "./operating/Limits.js"
import { transfers } from "./operating/Transfers.js"
import { accounts } from "./reading/Accounts.js"
import { activity } from "./reading/Activity.js"
import { pods } from "./reading/Pods.js"
import { rules } from "./reading/Rules.js"
import { summary } from "./reading/Summary.js"
import { show } from "./reading/TransferShow.js"

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
