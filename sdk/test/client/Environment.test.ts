import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { read } from "../../src/client/Environment.js"
import { ConfigError } from "../../src/Errors.js"

const complete = {
  SEQUENCE_EMAIL: "me@example.com",
  SEQUENCE_PASSWORD: "canary-password",
  SEQUENCE_TOTP: "JBSW Y3DP EHPK 3PXP",
  SEQUENCE_ORG_ID: "org",
  SEQUENCE_KYC_ID: "kyc",
  SEQUENCE_AUTH0_CLIENT_ID: "client",
}

const problems = (environment: Record<string, string>) => {
  const error = Either.getOrThrow(Either.flip(read(environment)))
  expect(error).toBeInstanceOf(ConfigError)
  return error.problems
}

describe("Environment", () => {
  describe("read", () => {
    it("reads the variables that PySequence has", () => {
      const options = Either.getOrThrow(read({ ...complete, SEQUENCE_DATA_DIR: "/data" }))
      expect(options).toMatchObject({
        organizationId: "org",
        kycId: "kyc",
        dataDir: "/data",
        credentials: { email: "me@example.com" },
        auth: { clientId: "client" },
      })
    })

    it("names every missing variable at once", () => {
      const { SEQUENCE_EMAIL } = complete
      expect(problems({ SEQUENCE_EMAIL }).map((problem) => problem.split(" ", 1)[0])).toEqual([
        "SEQUENCE_PASSWORD",
        "SEQUENCE_TOTP",
        "SEQUENCE_AUTH0_CLIENT_ID",
        "SEQUENCE_ORG_ID",
        "SEQUENCE_KYC_ID",
      ])
    })

    it.each([
      ["login", "tsequence login"],
      ["token", "SEQUENCE_ACCESS_TOKEN"],
      ["password", "SEQUENCE_EMAIL, SEQUENCE_PASSWORD, SEQUENCE_TOTP, SEQUENCE_AUTH0_CLIENT_ID"],
      ["sandbox", "npx tsequence-sandbox"],
    ])("names the %s as a way out when there is nothing to log in with", (_, wayOut) => {
      const [first = "", ...others] = problems({})
      expect(first).toContain(wayOut)
      expect(others.map((problem) => problem.split(" ", 1)[0])).toEqual([
        "SEQUENCE_ORG_ID",
        "SEQUENCE_KYC_ID",
      ])
    })

    it("takes empty variables for missing ones", () => {
      expect(problems({ ...complete, SEQUENCE_KYC_ID: " " })).toHaveLength(1)
    })

    it("needs no login where there is a token", () => {
      const { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID } = complete
      expect(Either.isRight(read({ SEQUENCE_ORG_ID, SEQUENCE_KYC_ID, SEQUENCE_ACCESS_TOKEN: "token" }))).toBe(
        true,
      )
    })

    it("needs no login where an earlier one left its tokens, unless the variables are there in part", async () => {
      const folder = await mkdtemp(join(tmpdir(), "tsequence-environment-"))
      await writeFile(join(folder, ".tokens.json"), "{}")
      const { SEQUENCE_PASSWORD: _, SEQUENCE_EMAIL, SEQUENCE_TOTP, ...others } = complete
      const environment = { ...others, SEQUENCE_DATA_DIR: folder }
      expect(Either.getOrThrow(read(environment))).toMatchObject({ storedLogin: true })
      expect(problems({ ...environment, SEQUENCE_EMAIL, SEQUENCE_TOTP })[0]).toContain("SEQUENCE_PASSWORD")
      await rm(folder, { recursive: true })
      expect(problems(environment)[0]).toContain("SEQUENCE_EMAIL")
    })

    it("needs no organization and KYC id beside a token, an override or an earlier login", () => {
      const { SEQUENCE_ORG_ID: _, SEQUENCE_KYC_ID: __, ...login } = complete
      expect(Either.isRight(read({ SEQUENCE_ACCESS_TOKEN: "token" }))).toBe(true)
      expect(Either.isRight(read({}, { accessToken: Redacted.make("token") }))).toBe(true)
      expect(Either.isRight(read({}, { tokenProvider: async () => "token" }))).toBe(true)
      expect(problems(login)).toHaveLength(2)
    })

    it("takes away the line ends of values out of files, and blank tokens for none", () => {
      const lines = Object.entries(complete).map(([name, value]) => [name, `${value}\r\n`])
      const options = Either.getOrThrow(read({ ...Object.fromEntries(lines), SEQUENCE_ACCESS_TOKEN: " \n" }))
      expect(options).toMatchObject({ organizationId: "org", kycId: "kyc", auth: { clientId: "client" } })
      expect(options.accessToken).toBeUndefined()
      expect(options.credentials?.email).toBe("me@example.com")
      expect(options.credentials && Redacted.value(options.credentials.password)).toBe("canary-password")
    })

    it.each(Object.keys(complete))("names %s if it holds a line break, without showing its value", (name) => {
      const found = problems({ ...complete, [name]: "canary\ncanary" })
      expect(found.filter((problem) => problem.startsWith(`${name} holds a line break`))).toHaveLength(1)
      expect(found.join()).not.toContain("canary")
    })

    it("takes an id with a space in it for a mistake", () => {
      expect(problems({ ...complete, SEQUENCE_KYC_ID: "kyc kyc" })).toEqual(["SEQUENCE_KYC_ID holds a space"])
    })

    it.each([
      "postgresql://user:can/ary@host/name",
      "postgresql://user:can#ary@host/name",
      "postgresql://user:can?ary@host/name",
      "postgresql://user:1/canary@host/name",
      "postgresql://user:1#canary@host/name",
      "postgresql://user:1?canary@host/name",
      "postgresql://user:canary%e9@host/name",
      "postgresql://user:canary@host:99999/name",
      "postgresql://user:canary@host:port/name",
    ])("refuses the database %s, which cannot be parsed, without showing it", (url) => {
      const [problem = "", ...others] = problems({ ...complete, SEQUENCE_DATABASE_URL: url })
      expect(problem).toMatch(/^SEQUENCE_DATABASE_URL must be an address .* cannot be parsed: .*%2F %23 %3F/)
      expect(problem).not.toContain("canary")
      expect(others).toEqual([])
    })

    it.each([
      "postgresql://user:p%2Fw%23%3F%40@host:5432/name?sslmode=verify-full",
      "postgres://user@/name?host=/var/run/postgresql",
      "postgresql:///name?user=me@example.com",
      "postgresql://host/name?user=me@example.com",
      "postgresql://user:100%@host/name",
    ])("takes the database %s", (url) => {
      expect(Either.isRight(read({ ...complete, SEQUENCE_DATABASE_URL: url }))).toBe(true)
    })

    it("needs the client id to refresh", () => {
      const { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID } = complete
      expect(problems({ SEQUENCE_ORG_ID, SEQUENCE_KYC_ID, SEQUENCE_REFRESH_TOKEN: "token" })[0]).toContain(
        "SEQUENCE_AUTH0_CLIENT_ID",
      )
    })

    it("refuses a one-time code secret that is none, without showing it", () => {
      const [problem = ""] = problems({ ...complete, SEQUENCE_TOTP: "canary-not-base32-0189" })
      expect(problem).toContain("SEQUENCE_TOTP")
      expect(problem).not.toContain("canary")
    })

    it.each([
      "http://app.getsequence.io",
      "ftp://app.getsequence.io",
      "app.getsequence.io",
      "https://user:canary@app.getsequence.io",
    ])("refuses to send secrets to %s", (url) => {
      for (const name of ["SEQUENCE_API_URL", "SEQUENCE_AUTH_URL", "SEQUENCE_APP_URL"]) {
        const [problem = ""] = problems({ ...complete, [name]: url })
        expect(problem).toContain(name)
        expect(problem).not.toContain("canary")
      }
    })

    it.each(["mysql://user:canary@host/name", "user:canary@host", "postgresql://user: canary@host"])(
      "refuses the database %s, without showing it",
      (url) => {
        const [problem = ""] = problems({ ...complete, SEQUENCE_DATABASE_URL: url })
        expect(problem).toContain("SEQUENCE_DATABASE_URL must be an address such as postgresql://")
        expect(problem).not.toContain("canary")
      },
    )

    it("takes a database, and prints nothing of it", () => {
      const options = Either.getOrThrow(
        read({ ...complete, SEQUENCE_DATABASE_URL: " postgresql://u:canary@/d " }),
      )
      expect(options.databaseUrl && Redacted.value(options.databaseUrl)).toBe("postgresql://u:canary@/d")
      expect(JSON.stringify(options)).not.toContain("canary")
    })

    it.each(["http://127.0.0.1:8721", "http://localhost:1", "http://[::1]:9", "https://example.com"])(
      "takes %s",
      (url) => {
        expect(Either.isRight(read({ ...complete, SEQUENCE_AUTH_URL: url }))).toBe(true)
      },
    )
  })
})
