// Tries out everything about deployment without a container engine: the Dockerfile is linted and its stages are
// replayed in a clean folder, what they start is started against a sandbox and asked, and compose files,
// justfile and .env.example must name what is there. Needs Node, npm and a shell.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { lintCompose } from "./deployment/compose.mjs"
import { readContext } from "./deployment/context.mjs"
import { lintDockerfile, readStages, settingsOf } from "./deployment/dockerfile.mjs"
import { contents, unwanted } from "./deployment/image.mjs"
import { lintJustfile } from "./deployment/justfile.mjs"
import { replay } from "./deployment/replay.mjs"
import { refusesToStart, serve } from "./deployment/serve.mjs"
import { documentedVariables, lintExample } from "./deployment/settings.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const RECIPES = [
  "api-up",
  "api-down",
  "api-logs",
  "bot-up",
  "bot-down",
  "bot-logs",
  "build",
  "compile",
  "test",
  "check",
  "docs",
  "fix",
]
const SANDBOX = "/app/apps/sandbox/dist/index.js"

const note = (text) => console.log(`  ${text}`)

/** Starts a target, with a data folder of its own, and looks at what it leaves behind. */
const tryOut = async (target, variables, { stages, at, folder }) => {
  const stage = stages.find(({ name }) => name === target)
  const settings = settingsOf(stages, stage)
  const dataDir = join(folder, `${target}-data`)
  mkdirSync(dataDir, { recursive: true })
  const app = at(target, settings.workdir)
  const before = contents(app).files
  const problems = await serve({ target, settings, folder: app, dataDir, variables })
  const added = contents(app).files.filter((path) => !before.includes(path))
  return [
    ...problems,
    ...added.map((path) => `${target}: wrote ${path}, which a read-only root does not allow`),
  ]
}

const tryStages = async (stages, files, folder) => {
  const at = replay(stages, { folder, context: { root, files }, note })
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
  const problems = []
  for (const target of ["prod", "bot"]) {
    const app = at(target, "/app")
    const { files: held, bytes } = contents(app)
    note(`${target}: ${held.length} files, ${(bytes / 1e6).toFixed(1)} MB, besides Node itself`)
    problems.push(...unwanted(app, lock).map((problem) => `${target}: ${problem}`))
    if (!held.some((path) => path.endsWith("bin/migrations/0001_tables.sql")))
      problems.push(`${target}: the migrations are missing`)
  }
  const bot = settingsOf(
    stages,
    stages.find(({ name }) => name === "bot"),
  )
  problems.push(...refusesToStart({ target: "bot", settings: bot, folder: at("bot", bot.workdir) }))
  const { startSandbox } = await import(pathToFileURL(at("dev", SANDBOX)).href)
  const sandbox = await startSandbox()
  try {
    // Spares the login, which may have to wait for a fresh one-time code.
    const token = { SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken }
    problems.push(...(await tryOut("prod", { ...sandbox.env, ...token }, { stages, at, folder })))
    // A database that is away: what speaks to it must be there all the same, and reads go on.
    const away = { SEQUENCE_DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:9/none" }
    problems.push(...(await tryOut("prod", { ...sandbox.env, ...token, ...away }, { stages, at, folder })))
    // Without an account it brings a sandbox of its own.
    problems.push(...(await tryOut("dev", {}, { stages, at, folder })))
  } finally {
    await sandbox.close()
  }
  return problems
}

const main = async (folder) => {
  const content = readFileSync(join(root, "Dockerfile"), "utf8")
  const stages = readStages(content)
  const { files, problems: leaks } = readContext(root)
  const ofApi = documentedVariables(root, ["docs/configuration.md", "apps/api/README.md"])
  const ofBot = documentedVariables(root, ["docs/bot.md"])
  const settings = (target) => {
    const stage = stages.find(({ name }) => name === target)
    return stage === undefined ? undefined : settingsOf(stages, stage)
  }
  const problems = [
    ...lintDockerfile(content, { targets: ["dev", "prod", "bot"], checked: ["prod"] }),
    ...leaks,
    ...lintCompose(root, "compose.api.yaml", { settings, variables: ofApi }),
    ...lintCompose(root, "compose.bot.yaml", {
      settings,
      variables: [...ofApi, ...ofBot],
      required: ofBot,
    }),
    ...lintJustfile(root, RECIPES),
    ...lintExample(root, [...new Set([...ofApi, ...ofBot])]),
  ]
  // What cannot be read right need not be built.
  if (problems.length === 0) problems.push(...(await tryStages(stages, files, folder)))
  return problems
}

const started = Date.now()
// The real path: macOS has its temporary folder behind a link.
const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsequence-deployment-")))
const clean = () => rmSync(folder, { recursive: true, force: true })
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    clean()
    process.exit(1)
  })
}
let problems
try {
  problems = await main(folder)
} catch (error) {
  problems = [error.message]
} finally {
  clean()
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`Deployment is as it should be (${((Date.now() - started) / 1000).toFixed(0)} s)`)
