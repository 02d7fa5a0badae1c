#!/usr/bin/env node
/** Starts the command line. */
import { createRequire } from "node:module"
import { CliConfig, ValidationError } from "@effect/cli"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import * as Exit from "./Exit.js"
import * as Program from "./Program.js"
import { Session } from "./Session.js"
import * as Ask from "./terminal/Ask.js"
import * as Interrupts from "./terminal/Interrupts.js"
import * as Screen from "./terminal/Screen.js"

const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const interrupts = Interrupts.make(() => process.exit(Exit.CODES.interrupted))
const session: Session["Type"] = {
  environment: process.env,
  screen: Screen.make(process.stdout, process.stderr, process.env),
  interrupts,
  ask: Ask.make(interrupts),
  finish: (code) => {
    process.exitCode = code
  },
}

const layer = Layer.mergeAll(
  NodeContext.layer,
  CliConfig.layer({ isCaseSensitive: true, showBuiltIns: false }),
  Layer.succeed(Session, session),
)

const program = Program.run(manifest.version)(process.argv).pipe(
  Effect.catchIf(ValidationError.isValidationError, () =>
    Effect.sync(() => session.finish(Exit.CODES.usage)),
  ),
  Effect.provide(layer),
)

await Effect.runPromise(program)
process.exit()
