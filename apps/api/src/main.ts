#!/usr/bin/env node
/** The command `tsequence-api`: serves the account that the environment names. */
import { giveUp, run } from "./Run.js"

await run(process.env).catch(giveUp)
