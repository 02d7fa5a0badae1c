/** Runs a command line with the streams, the environment and the signals that it is given. */
import { createRequire } from "node:module"
import { stripVTControlCharacters } from "node:util"
import { CliConfig, ValidationError } from "@effect/cli"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { type Console, Effect, Layer } from "effect"
import * as Arguments from "./Arguments.js"
import * as Commands from "./Commands.js"
import * as Exit from "./Exit.js"
import * as Help from "./Help.js"
import * as Program from "./Program.js"
import { type Service, Session } from "./Session.js"
import * as Ask from "./terminal/Ask.js"
import * as Interrupts from "./terminal/Interrupts.js"
import * as Screen from "./terminal/Screen.js"
import * as Text from "./terminal/Text.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

/** The parts of a process that a command line uses. */
export interface CliProcess extends Interrupts.Signals {
  /** The arguments after the script's name. */
  readonly args: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly stdin: Ask.Input
  readonly stdout: Screen.Stream
  readonly stderr: Screen.Stream
}

/** Writes what is wrong with a command line, and ends with the exit code for that. */
const refuse = (
  { screen, finish }: Service,
  args: ReadonlyArray<string>,
  complaint: string,
): Promise<void> => {
  finish(Exit.CODES.usage)
  return args.includes("--json") ? screen.line(Exit.toJson("UsageError", complaint)) : Promise.resolve()
}

/** The answer to a command line that runs nothing: help, or what is wrong with it. */
const answer = (session: Service, args: ReadonlyArray<string>): Promise<void> | undefined => {
  const { screen } = session
  if (Help.isAskedFor(args)) return screen.line(Help.text(manifest.version))
  const { path, command, rest } = Commands.find(Program.commands, args)
  if (
    command !== undefined &&
    (Arguments.asksForHelp(args) || (rest.length === 0 && Commands.isGroup(command)))
  ) {
    return screen.line(Help.ofCommand(path, command))
  }
  const wrong = Arguments.complaint(args, Program.commands)
  if (wrong === undefined) return undefined
  screen.note(Text.lines(wrong))
  return refuse(session, args, wrong)
}

/** Parses a command line, and runs its command. */
const execute = (session: Service, args: ReadonlyArray<string>): Promise<void> => {
  const { screen } = session
  const found = Commands.find(Program.commands, args)
  let complaint = ""
  /** Help and complaints about the command line go where everything else goes, with colours only in a terminal. */
  const console = (fallback: Console.Console): Console.Console => ({
    ...fallback,
    log: (text) =>
      Effect.promise(() =>
        screen.line(screen.width === undefined ? stripVTControlCharacters(String(text)) : String(text)),
      ),
    error: (text) =>
      Effect.sync(() => {
        complaint = Help.complaint(stripVTControlCharacters(String(text)).trim(), found)
        screen.note(Text.lines(complaint))
      }),
  })
  const layer = Layer.mergeAll(
    NodeContext.layer,
    CliConfig.layer({ isCaseSensitive: true, showBuiltIns: false }),
    Layer.succeed(Session, session),
  )
  const parsed = Program.run(manifest.version)([
    "node",
    "tsequence",
    ...Arguments.normalize(args, Program.commands),
  ]).pipe(
    Effect.catchIf(ValidationError.isValidationError, () =>
      Effect.promise(() => refuse(session, args, complaint)),
    ),
    Effect.provide(layer),
  )
  return Effect.runPromise(Effect.consoleWith((fallback) => Effect.withConsole(parsed, console(fallback))))
}

/** Runs a command line to its end, and gives its exit code. A second signal ends the process before that. */
export const run = async (process: CliProcess): Promise<Exit.Code> => {
  const { args, env, stdin, stdout, stderr } = process
  const interrupts = Interrupts.make(process, Exit.CODES.interrupted)
  const questions = Ask.make(stdin, stderr, interrupts)
  let code: Exit.Code = Exit.CODES.done
  const session: Service = {
    environment: env,
    screen: Screen.make(stdout, stderr, env),
    interrupts,
    ask: questions.ask,
    finish: (reached) => {
      code = reached
    },
  }
  await (answer(session, args) ?? execute(session, args))
  questions.close()
  return code
}
