// Builds the site into a folder of its own, lets no warning pass, and follows every link in it.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { followLinks } from "./docs/links.mjs"

const folder = mkdtempSync(join(tmpdir(), "tsequence-site-"))
try {
  execFileSync("npm", ["run", "--silent", "docs", "--", "--out", folder], { stdio: "inherit" })
  const { followed, pages, dead } = followLinks(folder)
  for (const { file, link } of dead) console.error(`${file}: ${link} leads nowhere`)
  if (dead.length > 0) process.exitCode = 1
  else console.log(`${followed} links on ${pages} pages of the site lead somewhere.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
