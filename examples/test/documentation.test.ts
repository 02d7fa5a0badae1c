import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { transform } from "esbuild"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")

const codeIn = (markdown: string, language = "ts") =>
  [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, code = ""]) =>
    found === language ? [code] : [],
  )

const variablesIn = (text: string) => new Set(text.match(/\bSEQUENCE_[A-Z0-9_]+/g))

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  return typeof address === "object" && address !== null ? address.port : 0
}

describe("documentation", () => {
  it("shows a program of the examples, word for word, in the package's README", () => {
    const [, program] = read("examples/src/twenty-lines.ts").split(/\/\/ #(?:end)?region readme\n/)
    expect(codeIn(read("sdk/README.md"))[0]).toBe(program)
  })

  it("names every variable that is read, and none that is not", () => {
    expect(variablesIn(read("docs/configuration.md"))).toEqual(
      variablesIn(read("sdk/src/client/Environment.ts")),
    )
  })

  it("names every error, and none that is not", () => {
    const classes = [...read("sdk/src/Errors.ts").matchAll(/readonly _tag = "(\w+)"/g)].map(([, tag]) => tag)
    const errors = read("docs/errors.md").split("## All errors")[1]?.split("\n## ")[0] ?? ""
    const named = [...errors.matchAll(/`([A-Z]\w+Error)`/g)].map(([, tag]) => tag)
    expect(new Set(named.filter((name) => name !== "AbortError"))).toEqual(new Set(classes))
  })

  it("asks the REST server for what it answers", { timeout: 90_000 }, async () => {
    const serverGuide = read("docs/rest-server.md")
    const [, apiKey = ""] = /SEQUENCE_API_KEY=(\S+) npm start/.exec(serverGuide) ?? []
    const asked = [
      ...serverGuide.matchAll(/^curl -H "X-API-Key: (\S+)" "?http:\/\/127\.0\.0\.1:8720([^"\s]+)/gm),
    ]
    expect(asked.length).toBeGreaterThan(4)
    const folder = mkdtempSync(join(tmpdir(), "tsequence-readme-"))
    const port = String(await freePort())
    const server = spawn(process.execPath, [join(root, "apps/api/bin/start.js")], {
      cwd: folder,
      env: { PATH: process.env.PATH, SEQUENCE_API_KEY: apiKey, SEQUENCE_SERVER_PORT: port },
      stdio: "ignore",
    })
    try {
      const address = `http://127.0.0.1:${port}`
      const isUp = () =>
        fetch(`${address}/api/health`).then(
          ({ ok }) => ok,
          () => false,
        )
      await expect.poll(isUp, { timeout: 60_000 }).toBe(true)
      for (const [, key = "", path = ""] of asked) {
        const { status } = await fetch(`${address}${path}`, { headers: { "X-API-Key": key } })
        expect([path, status]).toEqual([path, 200])
      }
      // The client's guide, as a program of its own.
      const guide = read("docs/rest-client.md")
      const programs = mkdtempSync(join(root, "examples/.rest-client-"))
      const { code } = await transform(codeIn(guide)[0] ?? "", { loader: "ts" })
      writeFileSync(join(programs, "groceries.js"), code)
      writeFileSync(join(programs, "main.js"), codeIn(guide, "js")[0] ?? "")
      const env = { PATH: process.env.PATH, SEQUENCE_SERVER_URL: address, SEQUENCE_API_KEY: apiKey }
      const said = execFileSync(process.execPath, [join(programs, "main.js")], { env, encoding: "utf8" })
      rmSync(programs, { recursive: true })
      expect(said).toMatch(/^Groceries \$/m)
      expect(said).toMatch(/^Accepted, on record as [0-9a-f-]{36}$/m)
    } finally {
      server.kill()
      await once(server, "exit")
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("leads to files that exist", () => {
    const guides = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))
    expect(guides.length).toBeGreaterThan(4)
    for (const page of [
      "README.md",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "schema/README.md",
      "apps/api/README.md",
      ...guides.map((name) => `docs/${name}`),
    ]) {
      for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(existsSync(join(root, page, "..", link)), `${page}: ${link}`).toBe(true)
      }
    }
  })
})
