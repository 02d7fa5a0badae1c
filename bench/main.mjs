// Measures everything that speed is promised for: `npm run bench [-- --quick] [-- --only calls] [-- --json FILE]`.
// The result is a table and `bench/results.json`. It ends with 1 if a target is missed by more than the noise seen.
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { print } from "./figures.mjs"

const SECTIONS = ["reads", "calls", "start", "server", "transfers", "growth"]

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
})
if (values.only !== undefined && !SECTIONS.includes(values.only)) {
  console.error(`--only takes one of ${SECTIONS.join(", ")}`)
  process.exit(2)
}

const rows = []
for (const section of values.only === undefined ? SECTIONS : [values.only]) {
  console.error(`measuring ${section} …`)
  const { measure } = await import(`./${section}.mjs`)
  rows.push(...(await measure({ isQuick: values.quick })).map((row) => ({ section, ...row })))
}
print(rows)
const { version } = JSON.parse(readFileSync(new URL("../sdk/package.json", import.meta.url), "utf8"))
const machine = { node: process.version, processors: cpus().length, model: cpus()[0]?.model }
writeFileSync(
  values.json,
  `${JSON.stringify({ version, machine, isQuick: values.quick, rows }, undefined, 2)}\n`,
)
process.exit(rows.some(({ result }) => result === "MISS") ? 1 : 0)
