// Looks at the justfile: what its recipes call must be there. Needs no just.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const scriptsOf = (line) => [
  ...[...line.matchAll(/\bnpm (?:run )(?:--\S+ )*([\w:-]+)/g)].map(([, name]) => name),
  ...[...line.matchAll(/\bnpm (test|start)\b/g)].map(([, name]) => name),
]

const filesOf = (line) => [
  ...[...line.matchAll(/--file[ =](\S+)/g)].map(([, name]) => name),
  ...[...line.matchAll(/\bnode (\S+\.m?js)/g)].map(([, name]) => name),
]

/** The recipes and their lines, variables filled in: as much of the language as this justfile uses. */
const read = (text) => {
  const recipes = new Map()
  const variables = new Map()
  let current
  for (const line of text.split("\n")) {
    const [, variable, value] = /^(\w+)\s*:=\s*"(.*)"$/.exec(line) ?? []
    const [, recipe] = /^([a-z][\w-]*)[^:=]*:(?!=)/.exec(line) ?? []
    if (variable !== undefined) variables.set(variable, value)
    else if (recipe !== undefined) {
      current = []
      recipes.set(recipe, current)
    } else if (/^\s+\S/.test(line)) {
      current?.push(line.trim().replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => variables.get(name) ?? ""))
    }
  }
  return recipes
}

/** Gives the complaint of `just` itself, if it is installed. */
const complaintOfJust = (root) => {
  const { error, status, stderr } = spawnSync("just", ["--dump"], { cwd: root, encoding: "utf8" })
  return error !== undefined || status === 0 ? [] : [stderr.trim()]
}

/** Lists the problems of the justfile. */
export const lintJustfile = (root, wanted) => {
  const recipes = read(readFileSync(join(root, "justfile"), "utf8"))
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const problems = wanted.filter((name) => !recipes.has(name)).map((name) => `there is no recipe ${name}`)
  // As PySequence's recipe of that name does.
  const built = (recipes.get("build") ?? [])
    .filter((line) => /^docker compose .* build$/.test(line))
    .flatMap(filesOf)
  for (const file of ["compose.api.yaml", "compose.bot.yaml"]) {
    if (!built.includes(file)) problems.push(`build: does not build the images of ${file}`)
  }
  for (const [name, lines] of recipes) {
    for (const script of lines.flatMap(scriptsOf)) {
      if (!(script in scripts)) problems.push(`${name}: package.json has no script ${script}`)
    }
    for (const file of lines.flatMap(filesOf)) {
      if (!existsSync(join(root, file))) problems.push(`${name}: there is no ${file}`)
    }
  }
  return [...complaintOfJust(root), ...problems].map((problem) => `justfile: ${problem}`)
}
