// How long a program waits before the first line of its own: a cold import, in a process of its own each time.
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { ratioRow } from "./figures.mjs"

const root = join(import.meta.dirname, "..")

const importing = (name) => {
  const program = `const begun = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - begun); process.exit()`
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: root,
      encoding: "utf8",
    }),
  )
}

export const measure = async ({ isQuick }) => {
  const [ours, theirs] = [[], []]
  for (let round = 0; round < (isQuick ? 7 : 21); round++) {
    ours.push(importing("tsequence"))
    theirs.push(importing("@anthropic-ai/sdk"))
  }
  return [
    ratioRow({
      what: 'import("tsequence") / import("@anthropic-ai/sdk")',
      ours,
      theirs,
      unit: "ms",
      most: 1,
    }),
  ]
}
