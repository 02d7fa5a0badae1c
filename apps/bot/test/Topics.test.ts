import { describe, expect, it } from "vitest"
import { ADA, BEN, dataOf, GROUP, withBot, withBotProcess } from "./support.js"

const RENT = 44
const FUEL = 45

describe("In a group with topics", () => {
  it("answers, typing, buttons and outcomes stay in the topic where it was asked, though General is closed", () =>
    withBot(async ({ telegram, claude, ask, stage, says, sandbox, trail }) => {
      telegram.topics(GROUP, { 1: "closed", [RENT]: "open", [FUEL]: "open" })
      claude.script({ text: "Hello, Ada." })
      expect(await ask("hello", ADA, GROUP, RENT)).toMatchObject({ text: "Hello, Ada.", thread: RENT })
      expect(await ask("/start", BEN, GROUP, FUEL)).toMatchObject({ thread: FUEL })
      const typing = telegram.calls.filter(({ method }) => method === "sendChatAction")
      expect(typing.at(-1)?.payload).toMatchObject({ chat_id: GROUP, message_thread_id: RENT })

      const card = await stage({}, ADA, GROUP, FUEL)
      expect(card).toMatchObject({ thread: FUEL, buttons: [{}, {}] })
      // The edit fails, so that the outcome is a message of its own.
      telegram.fail({ method: "editMessageText", status: 400, description: "message can't be edited" })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: GROUP, topic: FUEL })
      const outcome = await telegram.until(
        () => telegram.seen(GROUP).find(({ text }) => text.includes("accepted")),
        "the outcome",
      )
      expect(outcome.thread).toBe(FUEL)
      expect(sandbox.ledger().payments).toHaveLength(1)
      for (const entry of (await trail()).slice(0, 2)) {
        expect(entry).toMatchObject({ chat_id: GROUP, message_thread_id: FUEL })
      }

      const second = await stage({}, ADA, GROUP, RENT)
      telegram.press(dataOf(second, "Cancel"), second.id, { user: ADA, chat: GROUP, topic: RENT })
      await says(second, "Canceled")
      expect(telegram.seen(GROUP).every(({ thread }) => thread === RENT || thread === FUEL)).toBe(true)
    }))

  it("what is found of an unknown payment after a restart is told in the topic where it was asked", () =>
    withBotProcess(async ({ telegram, sandbox, stage, says, restart }) => {
      telegram.topics(GROUP, { 1: "closed", [FUEL]: "open" })
      const card = await stage({}, ADA, GROUP, FUEL)
      sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        { operation: "ActivityLogV2Transfers", after: 1, status: 503, times: "always" },
      ])
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: GROUP, topic: FUEL })
      await says(card, "Not known yet")
      await restart("SIGTERM", () => {
        sandbox.clearFaults()
        telegram.fail({
          method: "editMessageText",
          status: 400,
          description: "message can't be edited",
          times: 9,
        })
      })
      const outcome = await telegram.until(
        () => telegram.seen(GROUP).find(({ text }) => text.includes("accepted")),
        "the outcome",
      )
      expect(outcome.thread).toBe(FUEL)
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))

  it("a press on a message that Telegram does not show any more is answered in the topic of its transfer", () =>
    withBotProcess(async ({ telegram, stage, restart }) => {
      telegram.topics(GROUP, { 1: "closed", [FUEL]: "open" })
      const card = await stage({}, ADA, GROUP, FUEL)
      await restart("SIGKILL")
      telegram.fail({ method: "editMessageText", status: 400, description: "message can't be edited" })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: GROUP })
      const told = await telegram.until(
        () => telegram.seen(GROUP).find(({ text }) => text.includes("Nothing was sent")),
        "what became of it",
      )
      expect(told.thread).toBe(FUEL)
    }))

  it("an outcome goes to General when its topic was closed or deleted, and General is addressed by no number", () =>
    withBot(async ({ telegram, stage, ask }) => {
      telegram.topics(GROUP, { [FUEL]: "open" })
      expect(await ask("hello", ADA, GROUP)).toMatchObject({ thread: undefined })
      const card = await stage({}, ADA, GROUP, FUEL)
      telegram.topics(GROUP, { [FUEL]: "closed" })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA, chat: GROUP, topic: FUEL })
      const outcome = await telegram.until(
        () => telegram.seen(GROUP).find(({ text }) => text.includes("accepted")),
        "the outcome",
      )
      expect(outcome.thread).toBeUndefined()
    }))

  it("the thread of a reply in a group without topics is not taken for a topic", () =>
    withBot(async ({ telegram, claude }) => {
      claude.script({ text: "Here." })
      const { message } = telegram.message("hello", { user: ADA, chat: GROUP })
      telegram.push({ message: { ...message, message_thread_id: 7 } })
      const answer = await telegram.until(() => telegram.seen(GROUP)[0], "the answer")
      expect(answer).toMatchObject({ text: "Here.", thread: undefined })
    }))
})
