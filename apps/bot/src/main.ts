#!/usr/bin/env node
/** The command `tsequence-bot`: serves the Telegram group that the config file names. */
import { run } from "./Run.js"

await run(process.env)
