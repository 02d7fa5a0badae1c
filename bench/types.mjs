// How long an editor and a build wait for the types of `tsequence`: a file that imports it is compiled beside one that
// imports Stripe's, in the same run. Ends with an error if it takes more than twice as long.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { hold, inRounds } from "./rounds.mjs"

const ROUNDS = 3
const root = join(import.meta.dirname, "..")
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
// Inside the workspace, so that it finds what is installed there.
const folder = mkdtempSync(join(root, "bench/.types-"))

const programs = {
  tsequence: `import { Sequence } from "tsequence"
    export const total = async (): Promise<number> => {
      const sequence = Sequence.fromEnv()
      const { totalCents } = await sequence.getTotalBalance()
      await sequence.close()
      return totalCents
    }`,
  stripe: `import Stripe from "stripe"
    export const total = async (): Promise<number> => {
      const { available } = await new Stripe("key").balance.retrieve()
      return available.reduce((sum, { amount }) => sum + amount, 0)
    }`,
}

const compiling = (name) => () => {
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"]
  const args = [tsc, ...options, "--skipLibCheck", "--types", "node", join(folder, `${name}.ts`)]
  const start = performance.now()
  execFileSync(process.execPath, args, { stdio: "inherit" })
  return performance.now() - start
}

try {
  for (const [name, program] of Object.entries(programs)) writeFileSync(join(folder, `${name}.ts`), program)
  const times = inRounds(
    Object.fromEntries(Object.keys(programs).map((name) => [name, compiling(name)])),
    ROUNDS,
  )
  const value = times.tsequence / times.stripe
  hold([{ what: "compiling a file that imports tsequence", value, most: 2, unit: "times one with stripe" }])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
