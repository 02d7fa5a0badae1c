import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"

const sources = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../src")

const HEAVY = ["ky", "tough-cookie", "htmlparser2", "otplib"]

/** The modules of the login that options are checked with. They import nothing heavy. */
const LIGHT = ["TokenText.ts", "Totp.ts"]

/** Collects the modules that a module imports, directly or not, other than for types alone. */
const reach = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = fs.readFileSync(file, "utf8")
  for (const [, names, from = ""] of text.matchAll(/^(?:import|export) (?!type )(.*?from )?"([^"]+)"/gms)) {
    const onlyTypes = names !== undefined && /^\{(\s*type [^,}]+,?)+\s*\} from/.test(names)
    if (onlyTypes) continue
    if (from.startsWith(".")) reach(path.resolve(path.dirname(file), from.replace(/\.js$/, ".ts")), seen)
    else seen.add(from)
  }
  return seen
}

describe("what loads with the modules that are needed at start", () => {
  it.each(["AccessTokens.ts", "TokenStore.ts", "login/Totp.ts"])(
    "%s brings along nothing that only a login needs",
    (name) => {
      const reached = reach(path.join(sources, "auth", name))
      expect([...reached].filter((one) => HEAVY.includes(one))).toEqual([])
      const login = [...reached].filter((one) => one.includes(`${path.sep}login${path.sep}`))
      expect(login.filter((one) => !LIGHT.includes(path.basename(one)))).toEqual([])
    },
  )

  it("would see it", () => {
    const reached = reach(path.join(sources, "auth/login/Auth0.ts"))
    expect(HEAVY.filter((one) => reached.has(one))).toEqual(HEAVY)
  })

  it("imports Effect by single modules, and awaits nothing at the top", () => {
    const files = fs.readdirSync(path.join(sources, "auth"), { recursive: true, encoding: "utf8" })
    for (const file of files.filter((one) => one.endsWith(".ts"))) {
      const text = fs.readFileSync(path.join(sources, "auth", file), "utf8")
      expect(text).not.toMatch(/from "effect"/)
      expect(text).not.toMatch(/^(const .* = )?await /m)
    }
  })
})
