// What a user of the package can get at: the files that its entry points import, and those that these import.
import { readdir, readFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"

const IMPORTS = /(?:\bfrom|\bimport|\bnew URL)\s*\(?\s*["'](\.{1,2}\/[^"']+\.js)["']/g

const importsOf = async (file) =>
  [...(await readFile(file, "utf8")).matchAll(IMPORTS)].map(([, path]) => {
    const imported = join(dirname(file), path)
    return file.endsWith(".d.ts") ? imported.replace(/\.js$/, ".d.ts") : imported
  })

const reach = async (file, seen) => {
  if (seen.has(file)) return
  seen.add(file)
  for (const imported of await importsOf(file)) await reach(imported, seen)
}

/** The entry points of a package, by name, each with its file of code and of types. */
export const entryPoints = async (root) => {
  const { name, exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "object"
      ? [{ name: join(name, path), code: join(root, target.default), types: join(root, target.types) }]
      : [],
  )
}

/** Modules and declarations in `dist` that no entry point leads to, as paths from there. */
export const unreachable = async (root) => {
  const seen = new Set()
  for (const { code, types } of await entryPoints(root)) {
    await reach(code, seen)
    await reach(types, seen)
  }
  const dist = join(root, "dist")
  const files = await readdir(dist, { recursive: true })
  return files
    .filter((file) => /\.(js|d\.ts)$/.test(file) && !seen.has(join(dist, file)))
    .map((file) => relative(dist, join(dist, file)))
    .sort()
}
