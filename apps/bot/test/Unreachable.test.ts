import { describe, expect, it } from "vitest"
import { explain } from "../src/chat/Unreachable.js"
import { environmentFor, launch, withBot } from "./support.js"

const withCode = (code: string) => Object.assign(new Error("https://api.telegram.org/bot7:canary/"), { code })

describe("Telegram that cannot be reached", () => {
  it.each([
    ["ENOTFOUND", "look at the DNS"],
    ["EAI_AGAIN", "look at the DNS"],
    ["ECONNREFUSED", "it refuses connections"],
    ["ENETUNREACH", "there is no route to it"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "its certificate is not accepted"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "its certificate is not accepted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is not accepted"],
    ["ETIMEDOUT", "it does not answer in time"],
    ["ECONNRESET", "the connection was lost"],
    ["ERR_PROXY_TUNNEL", "the proxy does not let requests through"],
  ])("because of %s is said so in the log, without the token", (code, meaning) => {
    const said = explain(
      "api.telegram.org",
      new TypeError("fetch failed", { cause: withCode(code) }),
      "HTTPS_PROXY",
    )
    expect(said).toMatch(/^no answer from api.telegram.org through the proxy of HTTPS_PROXY: /)
    expect(said).toContain(meaning)
    expect(said).toContain(`(${code})`)
    expect(said).not.toContain("canary")
  })

  it("is named in the log together with the reason", () =>
    withBot(async ({ sandbox, claude, folder }) => {
      // A name below .invalid exists nowhere.
      const urls = { telegram: "https://telegram.invalid", claude: claude.url }
      const bot = launch(environmentFor(folder, urls, sandbox))
      try {
        await expect
          .poll(() => bot.output(), { timeout: 25_000 })
          .toMatch(/no answer from telegram.invalid: its name cannot be resolved: look at the DNS \(E/)
      } finally {
        bot.child.kill("SIGKILL")
        await bot.exit
      }
    }))

  it("through a proxy that is not used ends the bot with one line that says what to set", () =>
    withBot(async ({ sandbox, claude, folder }) => {
      const urls = { telegram: "https://telegram.invalid", claude: claude.url }
      const environment = environmentFor(folder, urls, sandbox)
      const bot = launch({ ...environment, HTTPS_PROXY: "http://user:canary@127.0.0.1:9" })
      expect(await bot.exit).toBe(1)
      expect(bot.output().trim().split("\n").at(-1)).toMatch(/HTTPS_PROXY .* set NODE_USE_ENV_PROXY=1/)
      expect(bot.output()).not.toContain("canary")
    }))
})
