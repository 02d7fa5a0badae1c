// Bundles the command into a few files, with everything that it needs to start: a command is started anew each
// time, what an import costs is the number of files that it opens, and `npx` has that much less to fetch. The
// sandbox and the browser's driver stay packages of their own, loaded by those who ask for them.
import { cp, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { writeNotices } from "../../../sdk/scripts/notices.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const sdk = join(root, "../../sdk/src")
const bin = join(root, "bin")

await rm(bin, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: { tsequence: join(root, "src/main.ts") },
  outdir: bin,
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20.19",
  mainFields: ["module", "main"],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // CommonJS packages in the bundle ask for Node's modules this way.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  // The SDK's own sources, so that what its entry points share is there once.
  alias: {
    "tsequence/browser": join(sdk, "browser.ts"),
    "tsequence/effect": join(sdk, "effect.ts"),
    "tsequence/postgres": join(sdk, "postgres.ts"),
    "tsequence/safeguards": join(sdk, "safeguards.ts"),
    tsequence: join(sdk, "index.ts"),
  },
  external: ["tsequence-sandbox", "playwright-core"],
  metafile: true,
  // The chunks of the SDK keep the order in which they are read; they do nothing when they are.
  logOverride: { "ignored-bare-import": "silent" },
  logLevel: "warning",
})
await cp(join(sdk, "../migrations"), join(bin, "migrations"), { recursive: true })
await writeNotices(metafile, join(bin, "THIRD_PARTY_LICENSES.txt"))
