import { describe, expect, it } from "vitest"
import { ADA, BEN, dataOf, GROUP, withBot } from "./support.js"

describe("A transfer", () => {
  it("moves money once, as shown, by the one who asked, however often the button is pressed", () =>
    withBot(async ({ sandbox, telegram, stage, says, trail, pods }) => {
      const card = await stage({}, ADA, GROUP)
      expect(card.text).toContain("Amount: $20.00\nFrom: Main\nTo: Gas\nNote: fuel")
      expect(card.markdown).toBe(false)
      expect(sandbox.ledger().payments).toEqual([])

      const byBen = telegram.press(dataOf(card, "Confirm"), card.id, { user: BEN, chat: GROUP })
      const alert = await telegram.until(() => telegram.alerts.find((a) => a.pressId === byBen), "an alert")
      expect(alert).toMatchObject({ alert: true, text: expect.stringContaining("Only Ada") })
      expect(card.buttons).toHaveLength(2)

      const confirm = dataOf(card, "Confirm")
      for (let i = 0; i < 200; i++) telegram.press(confirm, card.id, { user: ADA, chat: GROUP })
      await says(card, "accepted")
      await telegram.until(() => telegram.alerts.length === 201, "an answer to every press")
      expect(card).toMatchObject({ buttons: [], edits: 1 })
      expect(sandbox.ledger().payments).toMatchObject([
        { amountCents: 2_000, source: { id: pods.main }, destination: { id: pods.gas }, description: "fuel" },
      ])
      expect(card.text).toContain(sandbox.ledger().payments[0]?.id)
      expect((await trail()).map(({ event_type }) => event_type)).toEqual([
        "transfer_staged",
        "transfer_requested",
        "transfer_confirmed",
      ])
      expect((await trail())[1]).toMatchObject({ user_id: ADA, chat_id: GROUP, message_id: card.id })
    }))
})
