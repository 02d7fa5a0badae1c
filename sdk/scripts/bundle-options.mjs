// What all bundles of the workspace have in common, as options of esbuild's.
export const bundleOptions = {
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20.19",
  // The ESM builds of graphql and others are half the size; Node alone would choose CommonJS.
  mainFields: ["module", "main"],
  minifySyntax: true,
  metafile: true,
  logLevel: "warning",
}
