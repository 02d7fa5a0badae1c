import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { read } from "../src/config/Config.js"
import { launch } from "./support.js"

const TEMPLATE = fileURLToPath(new URL("../../../bot-config.yaml", import.meta.url))

const ENVIRONMENT = {
  SEQUENCE_ACCESS_TOKEN: "token",
  SEQUENCE_ORG_ID: "org",
  SEQUENCE_KYC_ID: "kyc",
  TELEGRAM_BOT_TOKEN: "1:abc",
  ANTHROPIC_API_KEY: "key",
}

const MINIMUM = `
system_prompt: You help.
agent: { model: claude-opus-4-6 }
telegram: { group_id: -100, users: { 7: No } }
`

const withFile = async <A>(text: string, use: (path: string) => Promise<A>): Promise<A> => {
  const folder = await mkdtemp(join(tmpdir(), "tsequence-bot-config-"))
  try {
    await writeFile(join(folder, "bot-config.yaml"), text)
    return await use(join(folder, "bot-config.yaml"))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const readFile = (text: string, more: Record<string, string> = {}) =>
  withFile(text, (BOT_CONFIG) =>
    Effect.runPromise(Effect.either(read({ ...ENVIRONMENT, BOT_CONFIG, ...more }))),
  )

const problemsOf = async (text: string, more: Record<string, string> = {}) => {
  const result = await readFile(text, more)
  return result._tag === "Left" ? result.left.problems.map((one) => one.replace(/ \(in .*\)$/, "")) : []
}

describe("Configuration", () => {
  it("fills in the documented defaults, and keeps a user who is called No", async () => {
    const result = await readFile(MINIMUM)
    expect(result).toMatchObject({
      right: {
        dataDir: ".",
        warnings: [],
        file: {
          agent: { maxTokens: 1_024, maxHistory: 50, trimTo: 40, conversationTtl: 3_600_000 },
          safeguards: {
            maxTransferCents: 1_000_000,
            maxDailyTransferCents: 2_500_000,
            pendingTransferTtl: 300_000,
          },
          telegram: {
            groupId: -100,
            users: new Map([[7, "No"]]),
            rateLimitMessages: 10,
            rateLimitWindow: 60_000,
            maxMessageLength: 2_000,
          },
          memory: { maxFacts: 100 },
        },
      },
    })
  })

  it("takes a database for what it shares with others, and says nothing of a wrong one", async () => {
    const url = "postgresql://user:canary@host/name"
    const result = await readFile(MINIMUM, { SEQUENCE_DATABASE_URL: url })
    if (result._tag === "Left") throw result.left
    const { client, safeguards } = result.right
    for (const { databaseUrl } of [client, safeguards]) {
      expect(databaseUrl && Redacted.value(databaseUrl)).toBe(url)
    }
    expect(JSON.stringify({ client, safeguards })).not.toContain("canary")
    const [problem] = await problemsOf(MINIMUM, { SEQUENCE_DATABASE_URL: "mysql://user:canary@host" })
    expect(problem).toMatch(/^SEQUENCE_DATABASE_URL must be an address such as postgresql/)
  })

  it("takes the template at the top level, with its underscores", async () => {
    const result = await Effect.runPromise(read({ ...ENVIRONMENT, BOT_CONFIG: TEMPLATE }))
    expect(result.file.safeguards.maxTransferCents).toBe(50_000)
    expect(result.file.telegram.groupId).toBe(-1_001_234_567_890)
    expect(result.warnings).toEqual([])
  })

  it.each([
    [10, 8],
    [20, 50],
    [40, 40],
    [5, 40],
  ])("takes a max_history of %i with a trim_to of %i, as PySequence does", async (maxHistory, trimTo) => {
    const result = await readFile(
      MINIMUM.replace("-6 }", `-6, max_history: ${maxHistory}, trim_to: ${trimTo} }`),
    )
    expect(result).toMatchObject({ right: { file: { agent: { maxHistory, trimTo } } } })
  })

  it("names unknown keys in a warning, and goes on", async () => {
    const result = await readFile(`${MINIMUM}memory: { max_fact: 3 }\nextra: 1\n`)
    expect(result).toMatchObject({
      right: { warnings: ["The config file has keys that mean nothing: extra, memory.max_fact"] },
    })
  })

  it.each([
    ["no user", MINIMUM.replace("{ 7: No }", "{}"), "telegram.users must name at least one user"],
    ["an id that is none", MINIMUM.replace("7: No", "Ada: 7"), "telegram.users must map ids"],
    ["a name that is none", MINIMUM.replace("7: No", "7: 8"), "telegram.users must map ids"],
    ["no group", MINIMUM.replace("-100", "x"), "telegram.group_id must be"],
    ["nothing positive", `${MINIMUM}memory: { max_facts: 0 }`, "memory.max_facts must be"],
    [
      "a fraction",
      `${MINIMUM}safeguards: { max_transfer_cents: 0.5 }`,
      "safeguards.max_transfer_cents must be",
    ],
    ["no trim", MINIMUM.replace("-6 }", "-6, trim_to: 0 }"), "agent.trim_to must be"],
    ["the id of a user for the group's", MINIMUM.replace("-100", "100"), "telegram.group_id must be"],
    ["no prompt", MINIMUM.replace("You help.", ""), "system_prompt is missing"],
    ["a list", "- 1", "the config file must hold sections"],
    ["no YAML", "a: [", "the config file is not YAML that can be read (line 1"],
    ["the same key twice", `${MINIMUM}agent: {}`, "the config file is not YAML that can be read (line 5"],
  ])("refuses a file with %s", async (_, text, problem) => {
    expect((await problemsOf(text)).join("\n")).toContain(problem)
  })

  it("says every problem of environment and file at once, and no secret, and ends with 1", async () => {
    const text = MINIMUM.replace("model", "modle").replace("-100", "0")
    await withFile(text, async (path) => {
      const bot = launch({
        PATH: process.env.PATH ?? "",
        BOT_CONFIG: path,
        TELEGRAM_BOT_TOKEN: "canary with spaces",
        TELEGRAM_API_ROOT: "http://telegram.example",
        ANTHROPIC_BASE_URL: "nonsense",
        SEQUENCE_PASSWORD: "canary-password",
      })
      expect(await bot.exit).toBe(1)
      for (const expected of [
        "SEQUENCE_EMAIL",
        "SEQUENCE_ORG_ID",
        "SEQUENCE_KYC_ID",
        "TELEGRAM_BOT_TOKEN",
        "ANTHROPIC_API_KEY",
        "TELEGRAM_API_ROOT",
        "ANTHROPIC_BASE_URL",
        "agent.model",
        "telegram.group_id",
      ]) {
        expect(bot.output()).toContain(expected)
      }
      expect(bot.output()).not.toContain("canary")
      expect(bot.output()).not.toContain("    at ")
    })
  })

  it("says where the file should be, where there is none", async () => {
    const result = await Effect.runPromise(Effect.either(read({ ...ENVIRONMENT, BOT_DATA_DIR: "/nowhere" })))
    expect(result).toMatchObject({
      left: { message: expect.stringContaining("/nowhere/bot-config.yaml: copy bot-config.yaml there") },
    })
  })
})
