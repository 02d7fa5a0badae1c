import { execFile, execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const execute = promisify(execFile)
const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")

const guides = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)

const programs = ["README.md", ...guides].flatMap((page) =>
  [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""], i) => ({
    page,
    name: `${page.replaceAll(/\W/g, "-")}-${i + 1}`,
    code,
  })),
)

// The REST client's program runs in another test, which has a server for it.
const runElsewhere = new Set(["docs/rest-client.md"])

/** All programs beside the examples, so that they find what those find. */
const folder = mkdtempSync(join(root, "examples/.guides-"))

const compile = () => {
  for (const { name, code } of programs) writeFileSync(join(folder, `${name}.ts`), code)
  const compilerOptions = { composite: false, declaration: false, declarationMap: false, sourceMap: false }
  const settings = { extends: "../../tsconfig.base.json", compilerOptions }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings))
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
  execFileSync(process.execPath, [tsc, "-p", folder], { stdio: "inherit" })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the guides' programs", () => {
  beforeAll(compile, 120_000)

  it("are in the guides that are for people who write code", () => {
    const shown = new Set(programs.map(({ page }) => page))
    const wanted = ["getting-started", "authentication", "reading", "safeguards", "errors", "testing"]
    const more = ["rest-client", "effect", "migrating", "operating"]
    expect([...wanted, ...more].filter((name) => !shown.has(`docs/${name}.md`))).toEqual([])
  })

  it.concurrent.each(programs.filter(({ page }) => !runElsewhere.has(page)))(
    "run as they stand: $name",
    { timeout: 60_000 },
    async ({ name, code }) => {
      const cwd = mkdtempSync(join(tmpdir(), "tsequence-guide-"))
      const sandbox = await startSandbox()
      try {
        const { accessToken } = sandbox.issueTokens()
        const login = { ...sandbox.env, MY_TOKEN: accessToken }
        const account = code.includes("SEQUENCE_PLATFORM_API_KEY") ? sandbox.platformEnv : login
        const env = { PATH: process.env.PATH, ...account }
        // Ends with anything but 0 where the program fails; none of them writes a problem down and goes on.
        const { stderr } = await execute(process.execPath, [join(folder, `${name}.js`)], { cwd, env })
        expect(stderr).toBe("")
      } finally {
        await sandbox.close()
        rmSync(cwd, { recursive: true, force: true })
      }
    },
  )
})

/** Gives the imports and declarations that the examples of docstrings rely on. */
const given = (path: string) => {
  const client = path.includes("/rest/") ? "SequenceRest" : "Sequence"
  const from = path.includes("/rest/") ? "tsequence/rest" : "tsequence"
  return `import { formatCents, isSequenceError } from "tsequence"
    import { ${client} } from "${from}"
    declare const sequence: ${client}
    declare const main: { readonly id: string; readonly kind: "POD" }
    declare const month: string\n`
}

describe("docstrings", () => {
  it("show code that compiles", { timeout: 120_000 }, () => {
    const beside = mkdtempSync(join(root, "examples/.docstrings-"))
    try {
      const sources = readdirSync(join(root, "sdk/src"), { recursive: true, encoding: "utf8" })
      const examples = sources
        .filter((name) => name.endsWith(".ts"))
        .flatMap((name) => {
          const path = `sdk/src/${name}`
          const blocks = [...read(path).matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)]
          return blocks.map(([, block = ""]) => ({ path, code: block.replaceAll(/^ *\* ?/gm, "") }))
        })
      expect(examples.length).toBeGreaterThan(8)
      for (const [i, { path, code }] of examples.entries()) {
        const program = /^import /m.test(code) ? code : `${given(path)}${code}`
        writeFileSync(join(beside, `${path.replaceAll(/\W/g, "-")}-${i}.ts`), program)
      }
      // An example shows a value without using it.
      const compilerOptions = { noEmit: true, composite: false, noUnusedLocals: false }
      writeFileSync(
        join(beside, "tsconfig.json"),
        JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions }),
      )
      const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")
      execFileSync(process.execPath, [tsc, "-p", beside], { stdio: "inherit" })
    } finally {
      rmSync(beside, { recursive: true, force: true })
    }
  })
})

describe("the guide for users of PySequence", () => {
  it("names methods that are there", () => {
    const table = read("docs/migrating.md").split("## Names side by side")[1]?.split("\n\nFields")[0] ?? ""
    const rows = [...table.matchAll(/^\| (.+) \| (.+) \|$/gm)].slice(2)
    const surface = read("sdk/api/index.api.md") + read("sdk/api/rest.api.md")
    const named = rows.flatMap(([, , ours = ""]) =>
      [...ours.matchAll(/`([A-Za-z]+)/g)].map(([, name]) => name),
    )
    expect(named.length).toBeGreaterThan(20)
    const words = new Set([...surface.matchAll(/\w+/g)].map(([word]) => word))
    const foreign = ["await", "finally", "tsequence", "None"]
    expect(named.filter((name = "") => !words.has(name) && !foreign.includes(name))).toEqual([])
  })
})
