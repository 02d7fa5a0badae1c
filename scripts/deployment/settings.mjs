// Which variables are documented, and whether .env.example has each of them.
import { readFileSync } from "node:fs"
import { join } from "node:path"

const NAME = /(?:SEQUENCE|OTEL|BOT|TELEGRAM|ANTHROPIC|COMPOSE|POSTGRES)_[A-Z0-9_]+/g

/** The variables in the tables of some documents. */
export const documentedVariables = (root, documents) => {
  const rows = documents
    .flatMap((name) => readFileSync(join(root, name), "utf8").split("\n"))
    .filter((line) => /^\| `[A-Z]/.test(line))
  // Of a row, the first cell names variables; the others may name some of another row.
  return [...new Set(rows.flatMap((row) => (row.split("|")[1] ?? "").match(NAME) ?? []))].sort()
}

/** Lists the problems of .env.example: variables that it lacks or that no guide documents, and values. */
export const lintExample = (root, variables) => {
  const lines = readFileSync(join(root, ".env.example"), "utf8").split("\n")
  const found = lines.flatMap((line, index) => {
    const [, isOff, name, value] = /^(#\s?)?([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [{ isOff: isOff !== undefined, name, value, at: index + 1 }]
  })
  return [
    ...variables
      .filter((name) => !found.some((one) => one.name === name))
      .map((name) => `${name} is documented and missing`),
    ...found
      .filter(({ name }) => !variables.includes(name))
      .map(({ name, at }) => `line ${at}: ${name} is in no documentation`),
    ...found
      .filter(({ isOff, value }) => !isOff && value !== "")
      .map(({ name, at }) => `line ${at}: ${name} has a value`),
  ].map((problem) => `.env.example: ${problem}`)
}
