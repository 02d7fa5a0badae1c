import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { describe, expect, it } from "vitest"

const MAX_BYTES = 17_000

describe("tsequence/rest", () => {
  it("brings ky along and nothing of the SDK's other parts, in less than 17 kB", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL("../../src/rest.ts", import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
    })
    const packages = new Set(
      Object.keys(metafile.inputs).flatMap(
        (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? [],
      ),
    )
    expect([...packages]).toEqual(["ky"])
    const own = Object.keys(metafile.inputs).filter((input) => !input.includes("node_modules"))
    expect(own.filter((input) => /\/(auth|client|transport|safeguards|generated)\//.test(input))).toEqual([])
    const size = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).byteLength
    expect(size).toBeGreaterThan(1_000)
    expect(size).toBeLessThan(MAX_BYTES)
  })
})
