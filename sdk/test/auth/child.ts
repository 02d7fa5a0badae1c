/** Bundles a program of the tests, so that it can run as a process of its own. */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as esbuild from "esbuild"
import { temporaryFolder } from "./support.js"

/**
 * Makes one file of a program and all that it imports.
 *
 * @param program - path from this folder
 * @returns the file, to be run by Node; it goes with the scope
 */
export const bundle = (program: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.flatMap(temporaryFolder, (folder) =>
    Effect.promise(async () => {
      const file = path.join(await fs.realpath(folder), "child.mjs")
      await esbuild.build({
        entryPoints: [path.join(path.dirname(fileURLToPath(import.meta.url)), program)],
        outfile: file,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        logLevel: "error",
        // Some of what is bundled still calls `require`.
        banner: {
          js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
        },
      })
      return file
    }),
  )
