// Runs the long proofs of the safeguards: `npm run campaign -- crash|model|clocks|race|tampering|cost|postgres|wire|mutants [trials]`.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { mutants } from "./campaign-mutants.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const vitest = join(root, "node_modules/vitest/vitest.mjs")
const tests = "sdk/test"

const runTests = (cwd, files, env, stdio = "inherit") =>
  spawnSync(
    process.execPath,
    [
      vitest,
      "run",
      "--bail=1",
      ...files.map((file) => (/^(sdk|apps)\//.test(file) ? file : `${tests}/${file}`)),
    ],
    {
      cwd,
      stdio,
      env: { ...process.env, ...env },
      encoding: "utf8",
    },
  )

/** A copy of the repository in which sources can be spoiled. */
const copyTree = () => {
  const copy = mkdtempSync(join(tmpdir(), "tsequence-mutants-"))
  const skipped = /(^|\/)(node_modules|dist|\.git|\.cache)(\/|$)/
  for (const name of ["sdk", "package.json", "vitest.config.ts", "tsconfig.base.json"]) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !skipped.test(source.slice(root.length + 1)),
    })
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  return copy
}

/** Puts a bug in; returns how to take it out again. */
const spoil = (copy, { file, changes }) => {
  const originals = new Map()
  for (const [from, to, other = file] of changes) {
    const path = join(copy, "sdk/src", other)
    const source = readFileSync(path, "utf8")
    if (source.split(from).length !== 2) throw new Error(`${other} does not hold this once: ${from}`)
    if (!originals.has(path)) originals.set(path, source)
    writeFileSync(
      path,
      source.replace(from, () => to),
    )
  }
  return () => {
    for (const [path, source] of originals) writeFileSync(path, source)
  }
}

const runMutants = (only) => {
  const copy = copyTree()
  const survivors = []
  const chosen = mutants.filter(({ name }) => only === undefined || name.includes(only))
  try {
    const needed = [...new Set(chosen.flatMap((mutant) => mutant.tests))]
    if (runTests(copy, needed, {}, "ignore").status !== 0)
      throw new Error("the tests fail without any mutant")
    for (const mutant of chosen) {
      const restore = spoil(copy, mutant)
      const { status } = runTests(copy, mutant.tests, {}, "ignore")
      restore()
      console.log(`${status === 0 ? "SURVIVED" : "caught  "}  ${mutant.name}`)
      if (status === 0) survivors.push(mutant.name)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  console.log(`${chosen.length} mutants, ${chosen.length - survivors.length} caught by the tests`)
  return survivors.length === 0 ? 0 : 1
}

/** The paths of the Node versions whose own `fetch` may differ, as npm has them. */
const nodeVersions = () =>
  ["20", "22", "24"].map((version) => {
    const args = ["-y", "-p", `node@${version}`, "node", "-p", "process.execPath"]
    const { status, stdout } = spawnSync("npx", args, { encoding: "utf8" })
    if (status !== 0) throw new Error(`npx cannot get Node ${version}`)
    return stdout.trim()
  })

const [kind, trials] = process.argv.slice(2)

const campaigns = {
  crash: () => runTests(root, ["safeguards/crash.test.ts"], { CAMPAIGN_TRIALS: trials ?? "500" }).status,
  model: () => runTests(root, ["safeguards/model.test.ts"], { CAMPAIGN_TRIALS: trials ?? "200" }).status,
  clocks: () => runTests(root, ["safeguards/clocks.test.ts"], { CAMPAIGN_TRIALS: trials ?? "100" }).status,
  race: () => runTests(root, ["safeguards/race.test.ts"], { CAMPAIGN_RUNS: trials ?? "20" }).status,
  tampering: () => runTests(root, ["audit/tampering.test.ts"], { CAMPAIGN_TRIALS: trials ?? "10000" }).status,
  cost: () => runTests(root, ["safeguards/cost.test.ts"], { CAMPAIGN: "1" }).status,
  postgres: () =>
    runTests(root, ["sdk/test/postgres/crash.test.ts", "apps/api/test/Postgres.test.ts"], {
      CAMPAIGN_TRIALS: trials ?? "50",
    }).status,
  wire: () =>
    runTests(
      root,
      [
        ...["wire", "NetworkEvidence", "unreachable", "proxy"].map((name) => `sdk/test/http/${name}.test.ts`),
        "apps/api/test/wire.test.ts",
      ],
      { CAMPAIGN_NODES: nodeVersions().join(","), CAMPAIGN_TRIALS: trials ?? "300" },
    ).status,
  mutants: () => runMutants(trials),
}

const run = campaigns[kind]
if (run === undefined) {
  console.error(`Usage: npm run campaign -- ${Object.keys(campaigns).join("|")} [trials]`)
  process.exit(2)
}
process.exit(run() ?? 1)
