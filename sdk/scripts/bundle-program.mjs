// Bundles a program over the SDK into a few files, with everything that it needs to start: what an import costs is the
// number of files that it opens, and what is installed or copied is that much less.
import { cp, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { bundleOptions } from "./bundle-options.mjs"
import { writeNotices } from "./notices.mjs"

const sdk = join(dirname(fileURLToPath(import.meta.url)), "..")
const source = (name) => join(sdk, `src/${name}.ts`)

/**
 * Writes `bin/` in the program's folder.
 *
 * @param folder - the program's
 * @param entries - the sources of what is started, by its name below `bin/`, without extensions
 * @param external - packages that stay packages of their own
 * @param alias - what stands in for a module, by its name
 * @param isPublished - whether size counts for more than where a stack trace points to
 */
export const bundleProgram = async ({ folder, entries, external = [], alias = {}, isPublished = false }) => {
  const bin = join(folder, "bin")
  await rm(bin, { recursive: true, force: true })
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, join(folder, path)]),
    ),
    outdir: bin,
    minifyWhitespace: isPublished,
    legalComments: "none",
    // CommonJS packages in the bundle ask for Node's modules this way.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    // The SDK's own sources, so that what its entry points share is there once.
    alias: {
      "tsequence/app": source("app"),
      "tsequence/browser": source("browser"),
      "tsequence/effect": source("effect"),
      "tsequence/postgres": source("postgres"),
      "tsequence/safeguards": source("safeguards"),
      tsequence: source("index"),
      ...alias,
    },
    external,
    // The chunks of the SDK keep the order in which they are read; they do nothing when they are.
    logOverride: { "ignored-bare-import": "silent" },
  })
  await cp(join(sdk, "migrations"), join(bin, "migrations"), { recursive: true })
  await writeNotices(metafile, join(bin, "THIRD_PARTY_LICENSES.txt"))
}
