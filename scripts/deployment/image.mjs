// What lies in a folder that was made as an image would be.
import { existsSync, lstatSync, readdirSync, realpathSync } from "node:fs"
import { join, relative } from "node:path"

const walk = (root, folder = root) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(root, path) : [relative(root, path)]
  })

/** Every file below a folder, and the bytes of them all; links count as what they are. */
export const contents = (root) => {
  const files = walk(root)
  return { files, bytes: files.reduce((sum, path) => sum + lstatSync(join(root, path)).size, 0) }
}

const isDangling = (path) => {
  try {
    realpathSync(path)
    return false
  } catch {
    return true
  }
}

/** What must not be in an image: packages that are for development alone, sources, tests, links into nothing. */
export const unwanted = (root, lock) => {
  const development = Object.entries(lock.packages).flatMap(([path, { dev }]) => (dev === true ? [path] : []))
  const { files } = contents(root)
  const own = files.filter((path) => !path.includes("node_modules/"))
  return [
    ...development.filter((path) => existsSync(join(root, path))).map((path) => `${path} is for development`),
    ...own
      .filter((path) => /\.(ts|map)$|(^|\/)(tests?|src)\//.test(path))
      .map((path) => `${path} is a source`),
    ...files.filter((path) => isDangling(join(root, path))).map((path) => `${path} is a link into nothing`),
    ...own.filter((path) => /(^|\/)\.(env|npmrc)/.test(path)).map((path) => `${path} does not belong there`),
  ].map((problem) => `image: ${problem}`)
}
