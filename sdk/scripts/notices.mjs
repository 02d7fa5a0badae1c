// MIT and others ask for their notice to go where the code goes.
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"

/** The text of a package's licence, or who to thank where it brings none. */
const noticeOf = async (folder, { author, repository }) => {
  const names = await readdir(folder)
  const file = names.find((name) => /^(licen[cs]e|copying)(-mit)?(\.(md|txt))?$/i.test(name))
  if (file !== undefined) return (await readFile(join(folder, file), "utf8")).trim()
  const by = typeof author === "string" ? author : author?.name
  const from = typeof repository === "string" ? repository : repository?.url
  return [by && `By ${by}.`, from && `From ${from}.`].filter(Boolean).join(" ")
}

/** Writes the licences of all packages that a bundle of esbuild's holds, by its metafile. */
export const writeNotices = async (metafile, file) => {
  // The innermost package: one may bring others in folders of its own.
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap(
      (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
    ),
  )
  const notices = await Promise.all(
    [...folders].map(async (path) => {
      const folder = resolve(path)
      const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
      const { name, version, license } = manifest
      if (typeof license !== "string") throw new Error(`${name} does not say what its licence is`)
      return `${name} ${version} (${license})\n\n${await noticeOf(folder, manifest)}\n`
    }),
  )
  await writeFile(file, [...new Set(notices)].sort().join(`\n${"-".repeat(72)}\n\n`))
}
