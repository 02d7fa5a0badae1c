// The empty projects that the packed SDK is installed into, and what each of them does with it. None has a package
// besides what its `packages` say: nothing that the SDK calls optional is there.
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { build } from "esbuild"

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")

const program = (path) => readFileSync(new URL(path, import.meta.url), "utf8")

// The checks of libraries are on: the types must hold without the project's indulgence.
const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  target: "es2022",
  lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
  types: [],
  outDir: "out",
}

const typescript = ({ type, options, packages = [], compiler = () => tsc }) => ({
  type,
  packages,
  files: {
    "use.ts": program("typescript/use.ts"),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...compilerOptions, ...options },
      files: ["use.ts"],
    }),
  },
  run: async ({ folder, node }) => {
    await node([compiler(folder), "-p", "."])
    // What `bundler` leaves is for a bundler; it runs here since all imports name packages.
    return node(["out/use.js"])
  },
})

const oldTypescript = (version, options = {}) =>
  typescript({
    type: "module",
    options: { module: "node16", lib: ["esnext", "dom", "dom.iterable"], ...options },
    packages: [`typescript@${version}`],
    compiler: (folder) => join(folder, "node_modules/typescript/bin/tsc"),
  })

/** A project that has no types of Node's, as those for browsers and workers are. */
const withoutNode = (lib) => ({
  type: "module",
  files: {
    "use.ts": program("typescript/without-node.ts"),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true,
        types: [],
        noEmit: true,
        module: "esnext",
        moduleResolution: "bundler",
        target: "es2022",
        lib,
      },
      files: ["use.ts"],
    }),
  },
  run: async ({ node }) => {
    await node([tsc, "-p", "."])
    return "the types stand alone"
  },
})

const bundle = async ({ folder, node }) => {
  await build({
    entryPoints: [join(folder, "use.mjs")],
    outfile: join(folder, "bundled/use.mjs"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // What esbuild leaves of CommonJS in an ES module asks for Node's own modules with `require`.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)',
    },
    logLevel: "warning",
  })
  writeFileSync(join(folder, "bundled/package.json"), JSON.stringify({ type: "module" }))
  return node(["use.mjs"], join(folder, "bundled"))
}

const esm = { "use.mjs": program("esm/use.mjs") }

export const projects = {
  "JavaScript, ES modules": {
    type: "module",
    files: esm,
    run: ({ node }) => node(["use.mjs"]),
  },
  "JavaScript, require": {
    type: "commonjs",
    files: { "use.cjs": program("commonjs/use.cjs") },
    run: ({ node }) => node(["use.cjs"]),
  },
  "TypeScript, node16": typescript({ type: "module", options: { module: "node16" } }),
  "TypeScript, nodenext from CommonJS": typescript({ type: "commonjs", options: { module: "nodenext" } }),
  "TypeScript, bundler": typescript({
    type: "module",
    options: { module: "esnext", moduleResolution: "bundler" },
  }),
  // The oldest versions that the package's README names.
  "TypeScript 5.6": oldTypescript("5.6"),
  "TypeScript 5.4, libraries not checked": oldTypescript("5.4", { skipLibCheck: true }),
  "TypeScript, browser": withoutNode(["es2022", "dom", "dom.iterable"]),
  "TypeScript, worker": withoutNode(["es2022", "webworker"]),
  "esbuild, one file": { type: "module", files: esm, run: bundle },
  "Jest 30": {
    type: "module",
    packages: ["jest@30"],
    files: {
      "use.test.js": program("jest/use.test.js"),
      "jest.config.json": JSON.stringify({ testEnvironmentOptions: { globalsCleanup: "off" } }),
    },
    run: async ({ node }) => {
      await node(["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--watchman=false"])
      return "passed its test"
    },
  },
  "beside Effect 4": {
    type: "module",
    packages: ["effect@4"],
    files: esm,
    run: ({ node }) => node(["use.mjs"]),
  },
}
