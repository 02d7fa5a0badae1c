// Builds the site into a folder of its own, allows no warning, and follows every link in it. Every guide is on it, and
// the picture shows what the programs print today.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { entryPoints } from "../sdk/scripts/reach.mjs"
import { followLinks } from "./docs/links.mjs"
import { pages as listed } from "./docs/pages.mjs"
import { problemsWithPicture } from "./docs/picture.mjs"

/** Guides that the site does not have. */
const missingGuides = () =>
  readdirSync("docs")
    .filter((name) => name.endsWith(".md") && !(`docs/${name}` in listed))
    .map((name) => `docs/${name} is missing from scripts/docs/pages.mjs`)

/** Entry points that the reference does not have. */
const missingEntryPoints = async () => {
  const documented = JSON.parse(readFileSync("typedoc.json", "utf8")).entryPoints
  return (await entryPoints("sdk"))
    .map(({ types }) => relative(".", types).replace("/dist/", "/src/").replace(".d.ts", ".ts"))
    .filter((path) => !documented.includes(path))
    .map((path) => `${path} is missing from "entryPoints" of typedoc.json`)
}

const folder = mkdtempSync(join(tmpdir(), "tsequence-site-"))
try {
  execFileSync("npm", ["run", "--silent", "docs", "--", "--out", folder], { stdio: "inherit" })
  const { followed, pages, dead } = followLinks(folder)
  const problems = [
    ...dead.map(({ file, link }) => `${file}: the link to ${link} is dead`),
    ...missingGuides(),
    ...(await missingEntryPoints()),
    ...(await problemsWithPicture()),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  else console.log(`The site has ${pages} pages; ${followed} links work, and the picture is current.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
