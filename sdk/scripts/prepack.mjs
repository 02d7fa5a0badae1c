// The package carries the README and the licence of the repository, and what language models read.
import { copyFileSync } from "node:fs"
import { writeLlms } from "./llms.mjs"

for (const file of ["README.md", "LICENSE"]) {
  copyFileSync(new URL(`../../${file}`, import.meta.url), new URL(`../${file}`, import.meta.url))
}
await writeLlms()
