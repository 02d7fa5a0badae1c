// What a language model should read about the package: `llms.txt`, a table of contents, and `llms-full.txt`, all guides
// and the whole public surface in one file. Both ship in the package.
import { readFile, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { entryPoints } from "./reach.mjs"

const sdk = join(import.meta.dirname, "..")
const root = join(sdk, "..")

const titleOf = (markdown) => /^# (.+)$/m.exec(markdown)?.[1] ?? ""

/** The first paragraph after the title, on one line. */
const summaryOf = (markdown) =>
  /^# .+\n+((?:(?!```|#|\||- ).+\n)+)/m.exec(markdown)?.[1].trim().replaceAll(/\s+/g, " ") ?? ""

/** What begins a page of reference. */
const headOf = async (types) => {
  const [, text = ""] = /\/\*\*\n(.*?)\n \*\n? \* @module/s.exec(await readFile(types, "utf8")) ?? []
  return text
    .replaceAll(/^ \* ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim()
}

const reportOf = async (types) => {
  const report = await readFile(join(sdk, "api", basename(types).replace(".d.ts", ".api.md")), "utf8")
  return /```ts\n.*```/s.exec(report)?.[0] ?? ""
}

/** Everything in the order of the site: the README, the guides, then each entry point. */
const read = async () => {
  const { projectDocuments } = JSON.parse(await readFile(join(root, "typedoc.json"), "utf8"))
  const pages = await Promise.all(
    ["README.md", ...projectDocuments].map(async (path) => {
      const text = await readFile(join(root, path), "utf8")
      return { title: titleOf(text), summary: summaryOf(text), text: text.trim() }
    }),
  )
  const points = await Promise.all(
    (await entryPoints(sdk)).map(async ({ name, types }) => {
      const head = await headOf(types)
      const file = types.slice(sdk.length + 1)
      return { title: name, file, summary: head, text: `# ${name}\n\n${head}\n\n${await reportOf(types)}` }
    }),
  )
  return { pages, points }
}

/** Writes both files. */
export const writeLlms = async () => {
  const [{ pages, points }, { description }] = await Promise.all([
    read(),
    readFile(join(sdk, "package.json"), "utf8").then(JSON.parse),
  ])
  const contents = [
    `# tsequence`,
    `> ${description}`,
    "All of it stands in [llms-full.txt](llms-full.txt), in this order. Amounts are whole cents. A transfer that ends with `TransferOutcomeUnknownError` may have moved money and must not simply be sent again.",
    "## Guides",
    pages.map(({ title, summary }) => `- ${title}: ${summary}`).join("\n"),
    "## Entry points",
    points.map(({ title, file, summary }) => `- [${title}](${file}): ${summary}`).join("\n"),
  ]
  await writeFile(join(sdk, "llms.txt"), `${contents.join("\n\n")}\n`)
  const full = [...pages, ...points].map(({ text }) => text)
  await writeFile(join(sdk, "llms-full.txt"), `${full.join("\n\n---\n\n")}\n`)
}
