import { describe, expect, it } from "vitest"
import { ADA, BEN, dataOf, environmentFor, GROUP, launch, withBot, withBotProcess } from "./support.js"

describe("Telegram", () => {
  it("is asked again after 409, 429, 5xx and a lost connection, and nothing is worked on twice", () =>
    withBot(async ({ telegram, claude, ask, bot }) => {
      telegram.fail({ method: "getUpdates", status: 409, description: "Conflict: terminated" })
      telegram.fail({ method: "getUpdates", status: 429, retryAfter: 0 })
      telegram.fail({ method: "getUpdates", status: 502 })
      telegram.fail({ method: "getUpdates", status: 0, cut: true })
      claude.script({ text: "Still here." })
      // The first answer ends the question that is open now; the faults hit those after it.
      expect((await ask("hello")).text).toBe("Still here.")
      await ask("again")
      expect(claude.questions).toHaveLength(2)
      expect(bot().output()).toContain("Another program reads this bot's messages")
    }))

  it("gets an answer again after 429, 5xx and refused markup, and long ones in parts", () =>
    withBot(async ({ telegram, claude, ask }) => {
      telegram.fail({ method: "sendMessage", status: 429, retryAfter: 0 })
      telegram.fail({ method: "sendMessage", status: 500 })
      telegram.fail({ method: "sendChatAction", status: 500 })
      claude.script({ text: "It is *bold* and well." }, { text: "pods_with_one *star" })
      expect(await ask("a")).toMatchObject({ text: "It is *bold* and well.", markdown: true })
      expect(await ask("b")).toMatchObject({ text: "pods_with_one *star", markdown: false })
      const words = Array.from({ length: 2_000 }, (_, i) => `word${i}`).join(" ")
      claude.script({ text: words })
      await ask("c")
      const parts = () => telegram.seen(ADA).slice(2)
      await telegram.until(
        () =>
          parts()
            .map(({ text }) => text)
            .join(" ") === words,
        "all parts",
      )
      expect(parts().every(({ text }) => text.length <= 4_096)).toBe(true)
      expect(telegram.calls.filter(({ method }) => method === "sendChatAction").length).toBeGreaterThan(2)
    }))

  it("that refuses an edit gets the outcome as a new message; one that is away for a moment, the edit", () =>
    withBot(async ({ telegram, stage, says, sandbox }) => {
      const first = await stage()
      telegram.fail({ method: "editMessageText", status: 429, retryAfter: 0 })
      telegram.fail({ method: "answerCallbackQuery", status: 400, description: "query is too old" })
      telegram.press(dataOf(first, "Confirm"), first.id, { user: ADA })
      await says(first, "accepted")
      const second = await stage()
      telegram.fail({ method: "editMessageText", status: 400, description: "message to edit not found" })
      telegram.press(dataOf(second, "Confirm"), second.id, { user: ADA })
      await telegram.until(() => telegram.seen(ADA).at(-1)?.text.includes("accepted"), "the outcome")
      expect(sandbox.ledger().payments).toHaveLength(2)
    }))

  it("that cannot deliver the message with the buttons leaves nothing staged that could be confirmed", () =>
    withBot(async ({ telegram, claude, trail }) => {
      claude.script(
        {
          calls: [["request_transfer", { source_name: "Main", destination_name: "Gas", amount_dollars: 1 }]],
        },
        { text: "" },
      )
      telegram.fail({ method: "sendMessage", status: 403, description: "Forbidden: blocked", times: 3 })
      telegram.write("move 1", { user: ADA })
      await telegram.until(
        () => telegram.calls.filter(({ method }) => method === "sendMessage").length >= 3,
        "the tries",
      )
      const events = async () => (await trail()).map(({ event_type }) => event_type)
      await expect.poll(events).toEqual(["transfer_staged", "transfer_cancelled"])
    }))

  it("that does not know the token ends the bot, which does not say the token", () =>
    withBot(async ({ sandbox, telegram, claude, folder }) => {
      const urls = { telegram: telegram.url, claude: claude.url }
      const variables = { ...environmentFor(folder, urls, sandbox), TELEGRAM_BOT_TOKEN: "1:wrong-canary" }
      const wrong = launch(variables)
      expect(await wrong.exit).toBe(1)
      expect(wrong.output()).toContain("look at TELEGRAM_BOT_TOKEN")
      expect(wrong.output()).not.toContain("wrong-canary")
    }))
})

describe("Updates", () => {
  it("are worked on once, across restarts; what was written long before the start is not, and each chat is told once", () =>
    withBotProcess(async ({ telegram, claude, restart, ask }) => {
      await ask("first")
      const newest = telegram.write("second", { user: ADA })
      await telegram.until(() => telegram.seen(ADA).length === 2, "the second answer")
      // Delivered once more, as it happens where an answer got lost on its way.
      await telegram.until(() => telegram.isAsked, "the next question for updates")
      telegram.push(telegram.message("second", { user: ADA }), newest)
      await ask("not a second time", BEN)
      expect(claude.questions).toHaveLength(3)
      const old = Math.floor(Date.now() / 1_000) - 3_600
      await restart("SIGKILL", () => {
        telegram.push(telegram.message("second", { user: ADA }), newest)
        telegram.write("old", { user: ADA, date: old })
        telegram.write("old", { user: ADA, date: old })
        telegram.write("old", { user: BEN, chat: GROUP, date: old })
      })
      await telegram.until(() => telegram.seen(GROUP)[0]?.text.startsWith("I was offline"), "a word about it")
      claude.script({ text: "Third." })
      expect((await ask("third", BEN)).text).toBe("Third.")
      expect(claude.questions).toHaveLength(4)
      expect(telegram.seen(ADA).filter(({ text }) => text.startsWith("I was offline"))).toHaveLength(1)
    }))

  it("of one user are limited in number and length, and /start costs no question", () =>
    withBot(
      async ({ telegram, claude, ask }) => {
        expect((await ask("/start@House_bot")).text).toContain("presses Confirm")
        await ask("😀".repeat(50))
        expect(claude.questions.at(-1)?.messages.at(-1)?.content).toEqual([
          { type: "text", text: "😀".repeat(20) },
        ])
        await ask("third")
        for (const text of ["4", "5", "6"]) telegram.write(text, { user: ADA })
        await telegram.until(
          () => telegram.seen(ADA).at(3)?.text.startsWith("Please slow down"),
          "a word about it",
        )
        await ask("Ben is not slowed", BEN)
        expect(telegram.seen(ADA)).toHaveLength(4)
        expect(claude.questions).toHaveLength(3)
      },
      {
        file: {
          telegram: {
            group_id: GROUP,
            users: { [ADA]: "Ada", [BEN]: "Ben" },
            rate_limit_messages: 3,
            max_message_length: 20,
          },
        },
      },
    ))

  it("of one chat are worked on one after another, those of another chat meanwhile; a chat has one conversation", () =>
    withBot(async ({ telegram, claude }) => {
      const order: Array<string> = []
      claude.think = ({ messages }) => {
        const [block] = messages.at(-1)?.content ?? []
        order.push(String(block?.text ?? "result"))
        // The first takes a round more, so that a second could overtake it.
        return block?.text === "one" ? { calls: [["get_total_balance", {}]] } : { text: "ok" }
      }
      telegram.write("one", { user: ADA, chat: GROUP })
      telegram.write("two", { user: BEN, chat: GROUP })
      telegram.write("private", { user: BEN })
      await telegram.until(() => telegram.seen(GROUP).length === 2 && telegram.seen(BEN).length === 1, "all")
      expect(order.filter((text) => text !== "private")).toEqual(["one", "result", "two"])
      const two = claude.questions.find(({ messages }) => messages.at(-1)?.content[0]?.text === "two")
      expect(two?.messages.map(({ role }) => role)).toEqual([
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
      ])
      expect(String(two?.system[1]?.text)).toMatch(/The current user is Ben\.$/)
      const alone = claude.questions.find(({ messages }) => messages[0]?.content[0]?.text === "private")
      expect(alone?.messages).toHaveLength(1)
    }))
})
