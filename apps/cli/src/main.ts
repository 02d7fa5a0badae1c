#!/usr/bin/env node
/** Starts the command line. */
import { createRequire } from "node:module"
import { stripVTControlCharacters } from "node:util"
import { CliConfig, ValidationError } from "@effect/cli"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { type Console, Effect, Layer } from "effect"
import * as Arguments from "./Arguments.js"
import * as Exit from "./Exit.js"
import * as Help from "./Help.js"
import * as Program from "./Program.js"
import { Session } from "./Session.js"
import * as Ask from "./terminal/Ask.js"
import * as Interrupts from "./terminal/Interrupts.js"
import * as Screen from "./terminal/Screen.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const interrupts = Interrupts.make(Exit.CODES.interrupted)
const screen = Screen.make(process.stdout, process.stderr, process.env)
const session: Session["Type"] = {
  environment: process.env,
  screen,
  interrupts,
  ask: Ask.make(interrupts),
  finish: (code) => {
    process.exitCode = code
  },
}

/** Help and complaints about the command line go where everything else goes, with colours only in a terminal. */
const console = (fallback: Console.Console): Console.Console => ({
  ...fallback,
  log: (text) =>
    Effect.promise(() =>
      screen.line(screen.width === undefined ? stripVTControlCharacters(String(text)) : String(text)),
    ),
  error: (text) => Effect.sync(() => screen.note(stripVTControlCharacters(String(text)).trim())),
})

const layer = Layer.mergeAll(
  NodeContext.layer,
  CliConfig.layer({ isCaseSensitive: true, showBuiltIns: false }),
  Layer.succeed(Session, session),
)

const [runtime = "", script = "", ...args] = process.argv

const parsed = Program.run(manifest.version)([runtime, script, ...Arguments.optionsFirst(args)]).pipe(
  Effect.catchIf(ValidationError.isValidationError, () =>
    Effect.sync(() => session.finish(Exit.CODES.usage)),
  ),
  Effect.provide(layer),
)

const program = Help.isAskedFor(args)
  ? Effect.promise(() => screen.line(Help.text(manifest.version)))
  : Effect.consoleWith((fallback) => Effect.withConsole(parsed, console(fallback)))

await Effect.runPromise(program)
process.exit()
