// Bundles the Promise API into one file with everything that it needs to start, Effect included: what an
// import costs is the number of files it opens. `Errors.js` stays a file of its own, so that the error classes
// of all entry points are the same; what only a login needs stays apart and is loaded by the first login.
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { bundleOptions } from "./bundle-options.mjs"
import { keepOwnSources } from "./maps.mjs"
import { writeNotices } from "./notices.mjs"
import { unreachable } from "./reach.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const dist = join(root, "dist")

const sharedErrors = {
  name: "shared-errors",
  setup: ({ onResolve }) => {
    // Chunks lie beside it, so that they all import it by the same relative path.
    onResolve({ filter: /\/Errors\.js$/ }, () => ({ path: "./Errors.js", external: true }))
  },
}

// Names of chunks change with their content; those of earlier builds must not be published.
for (const name of await readdir(dist)) {
  if (name.startsWith("chunk-")) await rm(join(dist, name))
}
const { metafile } = await build({
  ...bundleOptions,
  entryPoints: [join(root, "src/index.ts")],
  outdir: dist,
  allowOverwrite: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: "inline",
  external: ["ky", "otplib", "tough-cookie", "htmlparser2", "pg", "pg-connection-string", "pg-cursor"],
  plugins: [sharedErrors],
})

for (const output of Object.keys(metafile.outputs)) {
  if (!output.endsWith(".map")) continue
  await writeFile(output, keepOwnSources(await readFile(output, "utf8")))
}

// What needs packages that users bring themselves is found at run time alone: a bundler that follows it would fail for
// everybody who has not installed them.
for (const name of await readdir(dist, { recursive: true })) {
  if (!/^(chunk-[^/]+|postgres\/load)\.js$/.test(name)) continue
  const text = await readFile(join(dist, name), "utf8")
  const aside = text.replace(
    /\bimport\(("\.[^"]*\blayers[^"]*\.js")\)/g,
    "import(/* @vite-ignore */ new URL($1, import.meta.url).href)",
  )
  if (aside !== text) await writeFile(join(dist, name), aside)
}

// What nobody can import stays out of the tarball: modules whose code went into the bundle, and types of insides.
const unused = await unreachable(root)
await writeFile(
  join(dist, ".npmignore"),
  unused.flatMap((file) => [`/${file}`, `/${file}.map`, ""]).join("\n"),
)

await writeNotices(metafile, join(dist, "THIRD_PARTY_LICENSES.txt"))
