// Copies the guides to where TypeDoc reads them, under the same paths, so that links between them hold. Each gets its
// heading as its title; links to files that are no page of the site become links to their source.
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"

const RELATIVE_LINK = /\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)/g

const IMAGES = "docs/images"

/** The first page of the site. */
const LANDING = "scripts/docs/landing.md"

const linkFrom = (page, { root, staged }) => {
  const folder = dirname(page)
  return (whole, path, anchor = "") => {
    const target = normalize(join(folder, path)).replace(/\/$/, "")
    if (staged.has(target) || target.startsWith(`${IMAGES}/`)) return whole
    return statSync(join(root, target)).isFile() ? `](source:${target}${anchor})` : "]()"
  }
}

/** Stages pages, given with the part of the sidebar that each stands in; gives their new paths. */
export const stage = (root, pages) => {
  const folder = join(root, "node_modules/.cache/tsequence-docs")
  rmSync(folder, { recursive: true, force: true })
  const staged = new Set([LANDING, ...Object.keys(pages)])
  cpSync(join(root, IMAGES), join(folder, IMAGES), { recursive: true })
  return [...staged].map((page, order) => {
    const text = readFileSync(join(root, page), "utf8")
      .replaceAll(RELATIVE_LINK, linkFrom(page, { root, staged }))
      // A link to a folder leads nowhere on the site.
      .replaceAll(/\[([^\]]+)\]\(\)/g, "$1")
    const [, title = page, body = text] = /^# ([^\n]+)\n(.*)$/s.exec(text) ?? []
    const matter = ["---", `title: ${JSON.stringify(title)}`, `category: ${pages[page]}`, "---"].join("\n")
    // TypeDoc gives the landing page a heading, and the others none.
    const content = order === 0 ? body : `${matter}\n${text}`
    const path = join(folder, page)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  })
}
