import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ADA, BEN, dataOf, GROUP, withBot, withBotProcess } from "./support.js"

const SUPERGROUP = -1_001_234_567_890

describe("A group that becomes a supergroup", () => {
  it("is served on at once, with its conversation and what waits for a button, and after restarts", () =>
    withBotProcess(async ({ telegram, claude, sandbox, stage, ask, says, trail, restart, bot, folder }) => {
      const old = await stage({}, ADA, GROUP)
      telegram.upgrade(GROUP, SUPERGROUP)
      const card = await telegram.until(() => telegram.seen(SUPERGROUP)[0], "the buttons in the new group")
      expect(card).toMatchObject({ text: old.text, buttons: old.buttons })
      claude.script({ text: "Still here." })
      expect((await ask("hello", ADA, SUPERGROUP)).text).toBe("Still here.")
      expect(claude.questions.at(-1)?.messages.length).toBeGreaterThan(1)

      const byBen = telegram.press(dataOf(card, "Confirm"), card.id, { user: BEN, chat: SUPERGROUP })
      await telegram.until(() => telegram.alerts.find(({ pressId }) => pressId === byBen), "an alert")
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: SUPERGROUP })
      await says(card, "accepted")
      expect(sandbox.ledger().payments).toHaveLength(1)
      expect((await trail())[1]).toMatchObject({ chat_id: SUPERGROUP, message_id: card.id })
      const warning = `Set telegram.group_id to ${SUPERGROUP} in the config file`
      expect(bot().output()).toContain(warning)

      await restart()
      claude.script({ text: "And after a restart." })
      expect((await ask("hello", BEN, SUPERGROUP)).text).toBe("And after a restart.")
      expect(JSON.stringify(claude.questions.at(-1)?.messages)).toContain("move 20 from main to gas")
      expect(bot().output()).toContain(warning)
      const kept = JSON.parse(await readFile(join(folder, ".telegram.json"), "utf8"))
      expect(kept.migrations).toEqual({ [GROUP]: SUPERGROUP })
    }))

  it("a press in either group confirms what waits, once", () =>
    withBot(async ({ telegram, sandbox, stage, says }) => {
      const old = await stage({}, ADA, GROUP)
      telegram.upgrade(GROUP, SUPERGROUP)
      const card = await telegram.until(() => telegram.seen(SUPERGROUP)[0], "the buttons in the new group")
      telegram.press(dataOf(old, "Confirm"), old.id, { user: ADA, chat: GROUP })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: SUPERGROUP })
      await says(card, "accepted")
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))

  it("while a payment is under way is told its outcome in the new group, and no other message is overwritten", () =>
    withBot(async ({ telegram, sandbox, stage }) => {
      const card = await stage({}, ADA, GROUP)
      sandbox.faults({ operation: "CreatePayment", delay: 500, act: true })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: GROUP })
      await expect.poll(() => sandbox.ledger().payments.length).toBe(1)
      telegram.upgrade(GROUP, SUPERGROUP)
      const outcome = await telegram.until(() => telegram.seen(SUPERGROUP)[0], "the outcome")
      expect(outcome.text).toContain("accepted")
      const edits = telegram.calls.filter(
        ({ method, payload }) => method === "editMessageText" && payload.chat_id === SUPERGROUP,
      )
      expect(edits).toEqual([])
    }))

  it("without a word about it is noticed by what the bot is refused", () =>
    withBotProcess(async ({ telegram, claude, ask, restart, bot }) => {
      claude.script({ text: "Noted." })
      await ask("my car is blue", ADA, GROUP)
      await restart("SIGKILL", () => telegram.upgrade(GROUP, SUPERGROUP, { isSilent: true }))
      claude.script({ text: "Found you." })
      expect((await ask("hello", ADA, SUPERGROUP)).text).toBe("Found you.")
      expect(JSON.stringify(claude.questions.at(-1)?.messages)).toContain("my car is blue")
      expect(bot().output()).toContain(`Set telegram.group_id to ${SUPERGROUP}`)
    }))

  it("of strangers is nobody's business, and a user in a chat that is not served leaves one line", () =>
    withBot(async ({ telegram, claude, ask, bot }) => {
      telegram.upgrade(-77, -1_007_777_777_777)
      for (const text of ["a", "b"]) telegram.write(text, { user: ADA, chat: -1_007_777_777_777 })
      claude.script({ text: "Only here." })
      await ask("hello", ADA, GROUP)
      expect(claude.questions).toHaveLength(1)
      const lines = bot()
        .output()
        .split("\n")
        .filter((line) => line.includes("-1007777777777"))
      expect(lines).toEqual([expect.stringContaining(`telegram.group_id is ${GROUP}`)])
      expect(bot().output()).not.toContain("supergroup")
    }))
})
