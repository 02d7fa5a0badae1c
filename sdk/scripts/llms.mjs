// What a language model should read about the package: `llms.txt`, a table of contents, and `llms-full.txt`, all guides
// and the whole public surface in one file. Both ship in the package.
import { readFile, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { pages } from "../../scripts/docs/pages.mjs"
import { entryPoints } from "./reach.mjs"

const sdk = join(import.meta.dirname, "..")
const root = join(sdk, "..")

const titleOf = (markdown) => /^# (.+)$/m.exec(markdown)?.[1] ?? ""

const plain = (text) =>
  text
    .trim()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1")

/** The first paragraph after the title, on one line. */
const summaryOf = (markdown) => plain(/^# .+\n+((?:(?!```|#|\||- ).+\n)+)/m.exec(markdown)?.[1] ?? "")

/** Reads the text that opens an entry point. */
const headOf = async (types) => {
  const source = types.replace("/dist/", "/src/").replace(".d.ts", ".ts")
  const [, text = ""] = /\/\*\*\n(.*?)\n \*\n? \* @module/s.exec(await readFile(source, "utf8")) ?? []
  return plain(text.replaceAll(/^ \* ?/gm, ""))
}

const reportOf = async (types) => {
  const report = await readFile(join(sdk, "api", basename(types).replace(".d.ts", ".api.md")), "utf8")
  return /```ts\n.*```/s.exec(report)?.[0] ?? ""
}

/** Reads all texts in the order of the site: the package's README, the guides, then each entry point. */
const read = async () => {
  const guides = await Promise.all(
    ["sdk/README.md", ...Object.keys(pages)].map(async (path) => {
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
  return { guides, points }
}

/** Writes both files. */
export const writeLlms = async () => {
  const [{ guides, points }, { description }] = await Promise.all([
    read(),
    readFile(join(sdk, "package.json"), "utf8").then(JSON.parse),
  ])
  const contents = [
    `# tsequence`,
    `> ${description}`,
    "[llms-full.txt](llms-full.txt) has all of it, in this order. Amounts are whole cents. A transfer that ends with `TransferOutcomeUnknownError` may have moved money and must not simply be sent again.",
    "## Guides",
    guides.map(({ title, summary }) => `- ${title}: ${summary}`).join("\n"),
    "## Entry points",
    points.map(({ title, file, summary }) => `- [${title}](${file}): ${summary}`).join("\n"),
  ]
  await writeFile(join(sdk, "llms.txt"), `${contents.join("\n\n")}\n`)
  const full = [...guides, ...points].map(({ text }) => text)
  await writeFile(join(sdk, "llms-full.txt"), `${full.join("\n\n---\n\n")}\n`)
}
