// Lints what containers are made from: the Dockerfile and its context, the compose files, the justfile and .env.example must
// name what is there. `npm run check:containers` builds and runs them.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { lintCompose } from "./deployment/compose.mjs"
import { readContext } from "./deployment/context.mjs"
import { lintDockerfile, readStages, settingsOf } from "./deployment/dockerfile.mjs"
import { lintJustfile } from "./deployment/justfile.mjs"
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

const content = readFileSync(join(root, "Dockerfile"), "utf8")
const stages = readStages(content)
const ofApi = documentedVariables(root, ["docs/configuration.md", "apps/api/README.md"])
const ofBot = documentedVariables(root, ["docs/bot.md"])
const settings = (target) => {
  const stage = stages.find(({ name }) => name === target)
  return stage === undefined ? undefined : settingsOf(stages, stage)
}
const problems = [
  ...lintDockerfile(content, { targets: ["dev", "prod", "bot"], checked: ["prod"] }),
  ...readContext(root).problems,
  ...lintCompose(root, "compose.api.yaml", { settings, variables: ofApi }),
  ...lintCompose(root, "compose.bot.yaml", { settings, variables: [...ofApi, ...ofBot], required: ofBot }),
  ...lintJustfile(root, RECIPES),
  ...lintExample(root, [
    ...new Set([...ofApi, ...ofBot, ...documentedVariables(root, ["docs/postgres.md"])]),
  ]),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log("Dockerfile, compose files, justfile and .env.example agree")
