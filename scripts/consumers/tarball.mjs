// What a tarball must hold and must not: checked in the folder that it was unpacked to.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { entryPoints, unreachable } from "../../sdk/scripts/reach.mjs"
import { pages } from "../docs/pages.mjs"

const TOP = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dist",
  "llms-full.txt",
  "llms.txt",
  "migrations",
  "package.json",
  "src",
]
const NEEDED = ["LICENSE", "README.md", "llms-full.txt", "llms.txt"]
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"]

const json = (path) => JSON.parse(readFileSync(path, "utf8"))

/** Sources that a map names and the tarball does not hold, and files whose map is missing. */
const mapProblems = (folder, file) => {
  const path = join(folder, file)
  if (!file.endsWith(".map")) {
    const [, map] = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(path, "utf8")) ?? []
    return map === undefined || existsSync(join(dirname(path), map)) ? [] : [`${file}: its map is missing`]
  }
  const { sources, sourceRoot = "", sourcesContent = [] } = json(path)
  return sources.flatMap((source, i) =>
    existsSync(join(dirname(path), sourceRoot, source)) || typeof sourcesContent[i] === "string"
      ? []
      : [`${file}: its source ${source} is not in the package`],
  )
}

/** Guides and entry points that the texts for language models do not tell of. */
const textProblems = (folder, points) => {
  const [short, full] = ["llms.txt", "llms-full.txt"].map((name) => readFileSync(join(folder, name), "utf8"))
  const lines = [...short.matchAll(/^- ([^:]+): ?(.*)$/gm)]
  const named = lines.map(([, title]) => /^\[(.+)\]/.exec(title)?.[1] ?? title)
  return [
    ...lines
      .filter(([, , summary]) => summary === "")
      .map(([, title]) => `llms.txt says nothing of ${title}`),
    ...points.filter(({ name }) => !named.includes(name)).map(({ name }) => `llms.txt does not name ${name}`),
    ...named.filter((name) => !full.includes(`# ${name}\n`)).map((name) => `llms-full.txt lacks ${name}`),
    // The README stands before the guides.
    ...(named.length === points.length + 1 + Object.keys(pages).length ? [] : ["llms.txt lacks a guide"]),
  ]
}

/** Lists the problems of an unpacked SDK. */
export const problemsWith = async (folder) => {
  const { scripts = {}, sideEffects } = json(join(folder, "package.json"))
  const top = readdirSync(folder)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
  const code = files.filter((file) => /^dist\/.*\.(js|d\.ts|map)$/.test(file))
  const points = await entryPoints(folder)
  return [
    ...top.filter((name) => !TOP.includes(name)).map((name) => `${name} is of no use in the package`),
    ...NEEDED.filter((name) => !top.includes(name)).map((name) => `${name} is missing`),
    ...INSTALL_SCRIPTS.filter((name) => name in scripts).map((name) => `has a script ${name}`),
    ...(sideEffects === false ? [] : ["does not say that importing it has no side effects"]),
    ...points.flatMap(({ name, code, types }) =>
      [code, types].filter((file) => !existsSync(file)).map((file) => `${name}: ${file} is missing`),
    ),
    ...(await unreachable(folder)).map((file) => `dist/${file} cannot be imported by anybody`),
    ...code.flatMap((file) => mapProblems(folder, file)),
    ...textProblems(folder, points),
  ]
}
