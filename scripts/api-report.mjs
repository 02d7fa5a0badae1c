// Holds what the package's entry points export, with all their types, against the reports in `sdk/api`, and shows the
// difference, so that the public surface never changes by accident. With `--write` it replaces the reports.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor"
import { entryPoints } from "../sdk/scripts/reach.mjs"

const sdk = join(import.meta.dirname, "../sdk")
const reports = join(sdk, "api")
const folder = mkdtempSync(join(tmpdir(), "tsequence-api-"))
// Inside the package, so that what they import is found.
const declarations = mkdtempSync(join(sdk, "dist-declarations-"))
const silent = { default: { logLevel: "none" } }

/** Compiles them from nothing: what an earlier compilation knew decides the order in which types are written. */
const compile = () => {
  const options = ["--emitDeclarationOnly", "--declaration", "--incremental", "false", "--composite", "false"]
  const tsc = fileURLToPath(import.meta.resolve("typescript/bin/tsc"))
  const args = [tsc, "-p", sdk, ...options, "--tsBuildInfoFile", "null", "--outDir", declarations]
  if (spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0) throw new Error("tsc failed")
}

const configurationFor = (types, reportFileName) =>
  ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(sdk, "package.json"),
    configObject: {
      projectFolder: sdk,
      mainEntryPointFilePath: types,
      compiler: { tsconfigFilePath: join(sdk, "tsconfig.json") },
      newlineKind: "lf",
      apiReport: { enabled: true, reportFileName, reportFolder: folder, reportTempFolder: folder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // TypeDoc checks the docstrings and tsc the types; here it is the shape alone.
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  })

const isProblem = ({ logLevel, messageId }) =>
  logLevel === "error" || (logLevel === "warning" && messageId !== "console-api-report-created")

const extract = (types) => {
  const name = basename(types).replace(".d.ts", ".api.md")
  Extractor.invoke(configurationFor(types, name), {
    // It creates a report that is not there; which one is the right one is decided below.
    localBuild: true,
    messageCallback: (message) => {
      message.handled = true
      if (isProblem(message)) throw new Error(`${types}: ${message.text}`)
    },
  })
  return name
}

/** Tells whether a report matches the committed one; prints the difference if it does not. */
const isUnchanged = (name) => {
  const committed = join(reports, name)
  const args = ["diff", "--no-index", "--exit-code", existsSync(committed) ? committed : "/dev/null"]
  return spawnSync("git", [...args, join(folder, name)], { stdio: "inherit" }).status === 0
}

const write = (names) => {
  mkdirSync(reports, { recursive: true })
  for (const name of readdirSync(reports)) rmSync(join(reports, name))
  for (const name of names) writeFileSync(join(reports, name), readFileSync(join(folder, name)))
  console.log(`Wrote ${names.join(", ")}`)
}

try {
  compile()
  const names = (await entryPoints(sdk)).map(({ types }) => extract(join(declarations, basename(types))))
  const left = existsSync(reports) ? readdirSync(reports).filter((name) => !names.includes(name)) : []
  if (process.argv.includes("--write")) write(names)
  else if (names.map(isUnchanged).includes(false) || left.length > 0) {
    if (left.length > 0) console.error(`No entry point has these reports: ${left.join(", ")}`)
    console.error(
      'The public surface changed. If that is meant, run "npm run fix:api" and commit the result.',
    )
    process.exitCode = 1
  } else console.log(`The public surface is as reported in sdk/api: ${names.join(", ")}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
  rmSync(declarations, { recursive: true, force: true })
}
