#!/usr/bin/env node
/** The command `tsequence`. */
import { run } from "./Run.js"

const { env, stdin, stdout, stderr } = process
process.exit(
  await run({
    args: process.argv.slice(2),
    env,
    stdin,
    stdout,
    stderr,
    on: (name, listener) => process.on(name, listener),
    exit: (code) => process.exit(code),
  }),
)
