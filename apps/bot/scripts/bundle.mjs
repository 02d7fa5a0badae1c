// The bot needs nothing but Node.
import { fileURLToPath } from "node:url"
import { bundleProgram } from "../../../sdk/scripts/bundle-program.mjs"

await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entries: { main: "src/main.ts" },
  // Node warns of its own one, which a dependency of Telegraf's asks for, everywhere but in node_modules.
  alias: { punycode: fileURLToPath(import.meta.resolve("punycode/")) },
})
