// MIT and others ask for their notice to go where the code goes.
import { readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const modules = join(dirname(fileURLToPath(import.meta.url)), "../../node_modules")

const LICENCE_FILES = [
  "LICENSE",
  "LICENSE.md",
  "LICENSE.txt",
  "LICENCE",
  "license",
  "LICENSE-MIT",
  "License.md",
]

const textOf = async (folder) => {
  for (const name of LICENCE_FILES) {
    const text = await readFile(join(folder, name), "utf8").catch(() => "")
    if (text !== "") return text.trim()
  }
  return ""
}

/** Writes the licences of all packages that a bundle of esbuild's holds, by its metafile. */
export const writeNotices = async (metafile, file) => {
  const bundled = new Set(
    Object.keys(metafile.inputs).flatMap(
      (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? [],
    ),
  )
  const notices = await Promise.all(
    [...bundled].sort().map(async (name) => {
      const folder = join(modules, name)
      const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
      return `${name} ${version} (${license})\n\n${await textOf(folder)}\n`
    }),
  )
  await writeFile(file, notices.join(`\n${"-".repeat(72)}\n\n`))
}
