// The package carries the license of the repository, and what language models read.
import { copyFileSync } from "node:fs"
import { writeLlms } from "./llms.mjs"

copyFileSync(new URL("../../LICENSE", import.meta.url), new URL("../LICENSE", import.meta.url))
await writeLlms()
