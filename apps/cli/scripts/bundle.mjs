// A command is started anew each time. The sandbox and the browser's driver stay packages of their own, loaded by those
// who ask for them.
import { fileURLToPath } from "node:url"
import { bundleProgram } from "../../../sdk/scripts/bundle-program.mjs"

await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entries: { tsequence: "src/main.ts" },
  external: ["tsequence-sandbox", "playwright-core"],
  isPublished: true,
})
