// Holds the repository's automation together without running it: workflows fit their schema, what they call is there,
// actions are pinned, and updates keep to the lines that Node 20 can run.
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { parse } from "yaml"
import { withAddress } from "./release-publish.mjs"

const read = (path) => readFileSync(path, "utf8")
const manifest = JSON.parse(read("package.json"))
const folder = ".github/workflows"
const workflows = readdirSync(folder).map((name) => `${folder}/${name}`)

// Majors that must not come by themselves.
const HELD = [
  "effect",
  "@effect/*",
  "graphql",
  "vitest",
  "typescript",
  "ky",
  "@types/node",
  "@changesets/cli",
]
const NODES = ["20.19", "22", "24"]

const schemaProblems = (path) => {
  try {
    execFileSync("npm", ["run", "--silent", "validate-action", "--", path], { stdio: "pipe" })
    return []
  } catch (error) {
    return [`${path}: ${error.stdout}${error.stderr}`]
  }
}

const stepsOf = (path) => Object.values(parse(read(path)).jobs).flatMap(({ steps = [] }) => steps)

const callProblems = (path) =>
  stepsOf(path).flatMap(({ run = "", uses = "" }) => {
    const scripts = [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name)
    const files = [...run.matchAll(/bash (\S+)/g)].map(([, file]) => file)
    return [
      ...scripts.filter((name) => !(name in manifest.scripts)).map((name) => `${path}: no script ${name}`),
      ...files.filter((file) => !existsSync(file)).map((file) => `${path}: no file ${file}`),
      ...(uses === "" || uses.startsWith("./") || /@(v\d+|[0-9a-f]{40})/.test(uses)
        ? []
        : [`${path}: ${uses} is not pinned`]),
    ]
  })

const matrixProblems = () => {
  const { jobs } = parse(read(`${folder}/ci.yml`))
  const tested = jobs.check.strategy.matrix.node
  return NODES.filter((node) => !tested.includes(node)).map((node) => `ci.yml does not run on Node ${node}`)
}

const updateProblems = () => {
  const [{ ignore }] = parse(read(".github/dependabot.yml")).updates
  const isHeld = (name) =>
    ignore.some(
      (rule) =>
        rule["dependency-name"] === name &&
        (rule["update-types"] ?? ["version-update:semver-major"]).includes("version-update:semver-major"),
    )
  return HELD.filter((name) => !isHeld(name)).map((name) => `dependabot.yml lets majors of ${name} in`)
}

const addressProblems = () => {
  const address = "https://example.org/some/where"
  const { repository } = withAddress({ name: "x" }, { address, directory: "sdk" })
  return repository.url === `git+${address}.git` && repository.directory === "sdk" ? [] : ["wrong address"]
}

const problems = [
  ...workflows.flatMap((path) => [...schemaProblems(path), ...callProblems(path)]),
  ...matrixProblems(),
  ...updateProblems(),
  ...addressProblems(),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`${workflows.length} workflows and the updates' configuration hold together.`)
