// Measures the size of each entry point in a bundle, and the time that a program waits for its import, beside the packages
// of Anthropic and Stripe in the same run. Ends with an error if a budget is not kept. `--quick` times only the
// imports that a budget speaks of.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { entryPoints } from "../sdk/scripts/reach.mjs"
import { hold, inRounds } from "./rounds.mjs"

const isQuick = process.argv.includes("--quick")
const ROUNDS = isQuick ? 5 : 11
const root = join(import.meta.dirname, "..")
const PEERS = ["@anthropic-ai/sdk", "stripe"]

const points = await entryPoints(join(root, "sdk"))
const { peerDependencies = {} } = JSON.parse(readFileSync(join(root, "sdk/package.json"), "utf8"))
const names = [...points.map(({ name }) => name), ...PEERS]

/** Files that are read as soon as the first one is: an `import()` inside them asks for more only when it runs. */
const readAtStart = (outputs) => {
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path) || outputs[path] === undefined) return
    seen.add(path)
    for (const { kind, path: imported } of outputs[path].imports) {
      if (kind === "import-statement") visit(imported)
    }
  }
  visit(
    Object.keys(outputs).find((path) => outputs[path].entryPoint !== undefined && path.endsWith("stdin.js")),
  )
  return seen
}

const sizeOf = async (name) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)}`, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: root,
    format: "esm",
    splitting: true,
    platform: "node",
    mainFields: ["module", "main"],
    external: Object.keys(peerDependencies),
    logLevel: "error",
  })
  const start = readAtStart(metafile.outputs)
  const total = (files, weigh) => files.reduce((sum, { contents }) => sum + weigh(contents), 0)
  const zipped = (content) => gzipSync(content).byteLength
  const atStart = outputFiles.filter(({ path }) => start.has(relative(root, path)))
  return {
    minified: total(outputFiles, (content) => content.byteLength),
    gzipped: total(outputFiles, zipped),
    atStart: total(atStart, zipped),
  }
}

const importing = (name) => () => {
  const program = `const start = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - start)`
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: root,
      encoding: "utf8",
    }),
  )
}

const sizes = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await sizeOf(name)])))
const timed = isQuick ? ["tsequence", "@anthropic-ai/sdk"] : names
const imports = inRounds(Object.fromEntries(timed.map((name) => [name, importing(name)])), ROUNDS)

const kB = (bytes) => `${(bytes / 1_000).toFixed(1)} kB`
console.table(
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        minified: kB(sizes[name].minified),
        gzipped: kB(sizes[name].gzipped),
        "of it at start": kB(sizes[name].atStart),
        "cold import": name in imports ? `${imports[name].toFixed(0)} ms` : "-",
      },
    ]),
  ),
)

hold([
  {
    what: "cold import of tsequence",
    value: imports.tsequence / imports["@anthropic-ai/sdk"],
    most: 1,
    unit: "times that of @anthropic-ai/sdk",
  },
  { what: "tsequence/rest", value: sizes["tsequence/rest"].gzipped / 1_000, most: 17, unit: "kB gzipped" },
])
