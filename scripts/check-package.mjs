// Packs the packages as they would be published, checks the tarballs with publint and attw and what is in them,
// installs the SDK's into empty projects of all kinds, and uses it in each against a sandbox, over HTTP.
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { cp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { startSandbox } from "../apps/sandbox/dist/index.js"
import { entryPoints } from "../sdk/scripts/reach.mjs"
import { projects } from "./consumers/projects.mjs"
import { startRestServer } from "./consumers/rest-server.mjs"
import { problemsWith } from "./consumers/tarball.mjs"

const execute = promisify(execFile)
const root = join(import.meta.dirname, "..")
const folder = mkdtempSync(join(tmpdir(), "tsequence-pack-"))

const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, stdio: "inherit" })

const pack = (workspace) => {
  const tarballs = join(folder, workspace)
  mkdirSync(tarballs, { recursive: true })
  run("npm", ["pack", "--silent", "--workspace", workspace, "--pack-destination", tarballs])
  return join(tarballs, readdirSync(tarballs)[0])
}

const npmInstall = async (packages) => {
  const cwd = mkdtempSync(join(folder, "installed-"))
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name: "project", private: true }))
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", ...packages]
  await execute("npm", args, { cwd })
  return cwd
}

const installed = new Map()

/** Installs packages into a folder; what was installed before is copied. */
const install = async (cwd, packages) => {
  const key = packages.join(" ")
  if (!installed.has(key)) installed.set(key, npmInstall(packages))
  const from = await installed.get(key)
  await Promise.all(
    ["package-lock.json", "node_modules"].map((name) =>
      cp(join(from, name), join(cwd, name), { recursive: true }),
    ),
  )
}

/** Packages that would run a script of their own when they are installed. */
const withInstallScript = (cwd) => {
  const { packages } = JSON.parse(readFileSync(join(cwd, "package-lock.json"), "utf8"))
  return Object.keys(packages).filter((path) => packages[path].hasInstallScript === true)
}

/** Makes one of the projects, and runs it against a sandbox of its own. */
const use = async (name, { type, files, packages = [], run: runProject }, { tarball, environment }) => {
  const cwd = mkdtempSync(join(folder, "project-"))
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name: "project", private: true, type }))
  for (const [path, content] of Object.entries(files)) writeFileSync(join(cwd, path), content)
  await install(cwd, [tarball, ...packages])
  // What a project installs besides is not the SDK's to answer for.
  const scripts = packages.length === 0 ? withInstallScript(cwd) : []
  if (scripts.length > 0)
    throw new Error(`${name}: would run scripts of ${scripts.join(", ")} at installation`)
  const sandbox = await startSandbox()
  try {
    const env = { PATH: process.env.PATH, ...sandbox.env, ...environment }
    const node = async (args, where = cwd) =>
      (await execute(process.execPath, args, { cwd: where, env })).stdout.trim()
    console.log(`${name}: ${await runProject({ folder: cwd, node })}`)
  } finally {
    await sandbox.close()
  }
  return cwd
}

/** Every entry point can be imported, and nothing else of the package. */
const checkExports = async (project) => {
  const points = await entryPoints(join(project, "node_modules/tsequence"))
  const imports = [...points.map(({ name }) => name), "tsequence/dist/Errors.js", "tsequence/src/Errors.ts"]
  const program = `for (const name of ${JSON.stringify(imports)})
    await import(name).then(() => console.log(name), (error) => console.log(name, error.code, error.message))`
  const args = ["--input-type=module", "--eval", program]
  const { stdout } = await execute(process.execPath, args, { cwd: project })
  const lines = stdout.trim().split("\n")
  const { peerDependenciesMeta: optional = {} } = JSON.parse(
    readFileSync(join(project, "node_modules/tsequence/package.json"), "utf8"),
  )
  const isFine = (line) => {
    const [name, code] = line.split(" ")
    if (!points.some((point) => point.name === name)) return code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
    // An entry point over a package that users bring themselves says which one is missing.
    const isMissing = Object.keys(optional).some((peer) => line.includes(`'${peer}'`))
    return code === undefined || (code === "ERR_MODULE_NOT_FOUND" && isMissing)
  }
  const wrong = lines.filter((line) => !isFine(line))
  if (wrong.length > 0 || lines.length !== imports.length) throw new Error(`imports: ${wrong.join("; ")}`)
  console.log(`Importable: ${points.map(({ name }) => name).join(", ")}, and nothing else`)
}

const report = (problems) => {
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) throw new Error(`${problems.length} problems with the package`)
}

let server
try {
  const [tarball, sandbox] = ["sdk", "apps/sandbox"].map(pack)
  for (const packed of [tarball, sandbox]) {
    run("npm", ["run", "--silent", "publint", "--", packed])
    // The packages are ESM only, by decision: what CommonJS and old resolvers see is not checked.
    run("npm", ["run", "--silent", "attw", "--", packed])
  }
  server = await startRestServer(folder)
  const context = { tarball, environment: server.environment }
  const made = []
  // Two at a time: what continuous integration has cores for.
  const waiting = Object.entries(projects)
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      made.push(await use(...next, context))
    }
  }
  await Promise.all([work(), work()])
  report(await problemsWith(join(made[0], "node_modules/tsequence")))
  await checkExports(made[0])
} finally {
  await server?.close()
  // Programs that are still ending may write yet.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
