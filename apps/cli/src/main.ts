#!/usr/bin/env node
/** Starts the command line. */
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
import { Session } from "./Session.js"
import * as Ask from "./terminal/Ask.js"
import * as Interrupts from "./terminal/Interrupts.js"
import * as Screen from "./terminal/Screen.js"
import * as Text from "./terminal/Text.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const interrupts = Interrupts.make(Exit.CODES.interrupted)
const screen = Screen.make(process.stdout, process.stderr, process.env)
const questions = Ask.make(interrupts)
const session: Session["Type"] = {
  environment: process.env,
  screen,
  interrupts,
  ask: questions.ask,
  finish: (code) => {
    process.exitCode = code
  },
}

const [runtime = "", script = "", ...args] = process.argv
const found = Commands.find(Program.commands, args)
let complaint = ""

const complain = (text: string) =>
  Effect.sync(() => {
    complaint = text
    screen.note(Text.lines(complaint))
  })

/** Help and complaints about the command line go where everything else goes, with colours only in a terminal. */
const console = (fallback: Console.Console): Console.Console => ({
  ...fallback,
  log: (text) =>
    Effect.promise(() =>
      screen.line(screen.width === undefined ? stripVTControlCharacters(String(text)) : String(text)),
    ),
  error: (text) => complain(Help.complaint(stripVTControlCharacters(String(text)).trim(), found)),
})

const layer = Layer.mergeAll(
  NodeContext.layer,
  CliConfig.layer({ isCaseSensitive: true, showBuiltIns: false }),
  Layer.succeed(Session, session),
)

const misused = Effect.promise(async () => {
  session.finish(Exit.CODES.usage)
  if (args.includes("--json")) await screen.line(Exit.toJson("UsageError", complaint))
})

const parsed = Program.run(manifest.version)([
  runtime,
  script,
  ...Arguments.normalize(args, Program.commands),
]).pipe(
  Effect.catchIf(ValidationError.isValidationError, () => misused),
  Effect.provide(layer),
)

/** What there is to say without running anything: help, and what is wrong with the command line. */
const answer = (): Effect.Effect<void> | undefined => {
  if (Help.isAskedFor(args)) return Effect.promise(() => screen.line(Help.text(manifest.version)))
  const { path, command } = found
  if (
    command !== undefined &&
    (Arguments.asksForHelp(args) || (found.rest.length === 0 && Commands.isGroup(command)))
  ) {
    return Effect.promise(() => screen.line(Help.ofCommand(path, command)))
  }
  const wrong = Arguments.complaint(args, Program.commands)
  return wrong === undefined ? undefined : Effect.zipRight(complain(wrong), misused)
}

const program = answer() ?? Effect.consoleWith((fallback) => Effect.withConsole(parsed, console(fallback)))

await Effect.runPromise(program)
questions.close()
process.exit()
