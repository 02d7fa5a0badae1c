// Builds the site into a folder of its own, lets no warning pass, and follows every link in it. Every guide is on it.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { entryPoints } from "../sdk/scripts/reach.mjs"
import { followLinks } from "./docs/links.mjs"
import { pages as listed } from "./docs/pages.mjs"

const folder = mkdtempSync(join(tmpdir(), "tsequence-site-"))
try {
  execFileSync("npm", ["run", "--silent", "docs", "--", "--out", folder], { stdio: "inherit" })
  const { followed, pages, dead } = followLinks(folder)
  for (const { file, link } of dead) console.error(`${file}: ${link} leads nowhere`)
  const guides = readdirSync("docs").filter((name) => name.endsWith(".md"))
  const missing = guides.filter((name) => !(`docs/${name}` in listed))
  for (const name of missing) console.error(`docs/${name} does not stand in scripts/docs/pages.mjs`)
  const documented = JSON.parse(readFileSync("typedoc.json", "utf8")).entryPoints
  const published = (await entryPoints("sdk")).map(({ types }) =>
    relative(".", types).replace("/dist/", "/src/").replace(".d.ts", ".ts"),
  )
  const undocumented = published.filter((path) => !documented.includes(path))
  for (const path of undocumented) console.error(`${path} is missing from "entryPoints" of typedoc.json`)
  if (dead.length + missing.length + undocumented.length > 0) process.exitCode = 1
  else console.log(`${followed} links on ${pages} pages of the site lead somewhere.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
