// Follows every link of the built site, and every anchor, inside the site and in its sidebar and search.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative } from "node:path"
import { inflateSync } from "node:zlib"

const attributes = (html, name) =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value]) =>
    value.replaceAll("&amp;", "&"),
  )

const isElsewhere = (link) => /^(https?:|mailto:|data:)/.test(link)

/** Addresses that a data file of TypeDoc's holds: packed JSON in a line of JavaScript. */
const packedLinks = (path) => {
  const [, packed = ""] = /"([^"]+)"/.exec(readFileSync(path, "utf8")) ?? []
  const text = inflateSync(Buffer.from(packed, "base64")).toString()
  return [...text.matchAll(/"(?:url|path)":"([^"]+)"/g)].map(([, link]) => link)
}

/** Finds every dead link of a site, with the page that it is on, and counts the links that were followed. */
export const followLinks = (site) => {
  const files = readdirSync(site, { recursive: true }).filter((file) => file.endsWith(".html"))
  const anchors = new Map()
  const links = []
  for (const file of files) {
    const html = readFileSync(join(site, file), "utf8")
    anchors.set(file, new Set(attributes(html, "id")))
    for (const link of [...attributes(html, "href"), ...attributes(html, "src")]) links.push({ file, link })
  }
  for (const data of ["assets/navigation.js", "assets/search.js"]) {
    for (const link of packedLinks(join(site, data))) links.push({ file: "index.html", link })
  }
  const followed = links.filter(({ link }) => !isElsewhere(link))
  const dead = followed.filter(({ file, link }) => {
    const [path, anchor] = link.split("#")
    const target = path === "" ? file : relative(site, normalize(join(site, dirname(file), decodeURI(path))))
    if (target.startsWith("..") || !existsSync(join(site, target))) return true
    const isPage = anchors.has(target) && anchor !== undefined && anchor !== ""
    return isPage && !anchors.get(target).has(decodeURIComponent(anchor))
  })
  return { followed: followed.length, pages: files.length, dead }
}
