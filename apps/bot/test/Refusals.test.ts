import { describe, expect, it } from "vitest"
import { kindOf } from "../src/agent/Refusal.js"
import { API_KEY, errorOf } from "./standins/claude.js"
import { withBotInside } from "./support.js"

const CREDIT =
  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."

describe("A request that the Messages API refuses", () => {
  it.each([
    [
      400,
      errorOf("invalid_request_error", CREDIT),
      "400 (invalid_request_error): Your credit",
      /no credit left/,
    ],
    [402, errorOf("billing_error", "Pay first."), "402 (billing_error): Pay first.", /no credit left/],
    [401, errorOf("authentication_error", "invalid x-api-key"), "invalid x-api-key", /ANTHROPIC_API_KEY/],
    [403, errorOf("permission_error", "Not for you."), "(permission_error): Not", /permissions/],
    [404, errorOf("not_found_error", "model: claude-tset"), "model: claude-tset", /agent\.model/],
    [413, errorOf("request_too_large", "Too much."), "413 (request_too_large)", /starting a new one/],
    [400, errorOf("invalid_request_error", "max_tokens: 9 > 8"), "max_tokens: 9 > 8", /look at its log/],
    [418, "<html>teapot</html>", "the Messages API answered 418", /look at its log/],
    [529, errorOf("overloaded_error", "Overloaded"), "529 (overloaded_error): Overloaded", /overloaded/],
    [500, errorOf("api_error", "Internal server error"), "500 (api_error): Internal", /does not answer/],
  ])(
    "%i: its code and words are in the log, and the user reads what to do (%#)",
    async (status, body, line, said) =>
      withBotInside(async ({ claude, ask, log }) => {
        claude.think = () => ({ status, body })
        expect((await ask("hello")).text).toMatch(said)
        expect(log()).toContain(line)
      }),
  )

  it("says no secret in the log, and not everything of a long refusal", () =>
    withBotInside(async ({ claude, ask, log }) => {
      const words = `Bad key ${API_KEY}\nor sk-ant-api03-another-canary ${"🏠".repeat(2_000)}`
      claude.script({ status: 400, body: errorOf("invalid_request_error", words) })
      await ask("hello")
      expect(log()).toContain("Bad key ••• or ••• 🏠")
      expect(log()).not.toContain("canary")
      expect(log().length).toBeLessThan(1_500)
    }))

  it("keeps the conversation where not the conversation is at fault", () =>
    withBotInside(async ({ claude, ask }) => {
      await ask("one")
      claude.script({ status: 401, body: errorOf("authentication_error", "invalid x-api-key") })
      await ask("two")
      claude.script({ status: 400, body: errorOf("invalid_request_error", "odd") })
      await ask("three")
      expect(claude.questions.at(-1)?.messages).toHaveLength(3)
      await ask("four")
      expect(claude.questions.at(-1)?.messages).toHaveLength(1)
      expect(claude.problems).toEqual([])
    }))

  it("that never arrives is logged with the reason", () =>
    withBotInside(async ({ claude, ask, log }) => {
      await claude.close()
      expect((await ask("hello")).text).toContain("does not answer")
      expect(log()).toContain("the Messages API gave no answer (ECONNREFUSED)")
    }))

  it("is told apart by status, type and words", () => {
    expect(kindOf(400, "invalid_request_error", "You have reached your specified API usage limits.")).toBe(
      "credit",
    )
    expect(kindOf(400, "billing_error", "")).toBe("credit")
    expect(kindOf(400, "invalid_request_error", "messages: at least one message is required")).toBe("other")
    expect(kindOf(422, "", "")).toBe("other")
  })
})
