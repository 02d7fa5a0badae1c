// Builds the site into a folder of its own, lets no warning pass, and follows every link in it. Every guide is on it.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
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
  if (dead.length + missing.length > 0) process.exitCode = 1
  else console.log(`${followed} links on ${pages} pages of the site lead somewhere.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
