// The server needs nothing but Node; only who starts it without an account needs the sandbox too.
import { fileURLToPath } from "node:url"
import { bundleProgram } from "../../../sdk/scripts/bundle-program.mjs"

await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entries: { main: "src/main.ts", start: "src/start.ts" },
  external: ["tsequence-sandbox"],
})
