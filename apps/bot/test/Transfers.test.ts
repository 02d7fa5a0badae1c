import { describe, expect, it } from "vitest"
import { ADA, BEN, dataOf, GROUP, withBot, withBotProcess } from "./support.js"

const isPayment = ({ operation }: { readonly operation?: string | null | undefined }): boolean =>
  operation === "CreatePayment"

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
      expect(telegram.calls.filter(({ method }) => method === "editMessageText")).toHaveLength(1)
      expect(sandbox.ledger().payments).toMatchObject([
        { amountCents: 2_000, source: { id: pods.main }, destination: { id: pods.gas }, description: "fuel" },
      ])
      expect(card.text).toContain(sandbox.ledger().payments[0]?.id)
      expect((await trail()).map(({ event_type }) => event_type)).toEqual([
        "transfer_staged",
        "transfer_requested",
        "transfer_confirmed",
      ])
      const staged = confirm.split(":")[1]
      expect((await trail()).map(({ staged_id }) => staged_id)).toEqual([staged, staged, staged])
      expect((await trail())[1]).toMatchObject({ user_id: ADA, chat_id: GROUP, message_id: card.id })
    }))

  it("is dropped by its Cancel button, and a late Confirm makes nothing of it", () =>
    withBot(async ({ sandbox, telegram, stage, says, trail }) => {
      const card = await stage()
      const confirm = dataOf(card, "Confirm")
      telegram.press(dataOf(card, "Cancel"), card.id, { user: ADA })
      await says(card, "Canceled, nothing was sent: $20.00 from Main to Gas")
      const late = telegram.press(confirm, card.id, { user: ADA })
      await telegram.until(() => telegram.alerts.find(({ pressId }) => pressId === late), "an answer")
      expect(card.buttons).toEqual([])
      expect(sandbox.ledger().payments).toEqual([])
      expect((await trail()).map(({ event_type }) => event_type)).toEqual([
        "transfer_staged",
        "transfer_cancelled",
      ])
    }))

  it("expires by itself, and a late press makes nothing of it", () =>
    withBot(
      async ({ sandbox, telegram, stage, says }) => {
        const card = await stage()
        const confirm = dataOf(card, "Confirm")
        await says(card, "Expired, nothing was sent")
        expect(card.buttons).toEqual([])
        const late = telegram.press(confirm, card.id, { user: ADA })
        await telegram.until(() => telegram.alerts.find(({ pressId }) => pressId === late), "an answer")
        expect(sandbox.ledger().payments).toEqual([])
      },
      { file: { safeguards: { pending_transfer_ttl: 1 } } },
    ))

  it("does not survive a restart: its button says so, to its owner alone, and sends nothing", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart }) => {
      const card = await stage({}, ADA, GROUP)
      const confirm = dataOf(card, "Confirm")
      await restart("SIGKILL")
      const byBen = telegram.press(confirm, card.id, { user: BEN, chat: GROUP })
      await telegram.until(() => telegram.alerts.find(({ pressId }) => pressId === byBen), "an alert")
      expect(card.buttons).toHaveLength(2)
      telegram.press(confirm, card.id, { user: ADA, chat: GROUP })
      await says(card, "the bot was restarted. Nothing was sent")
      expect(card.buttons).toEqual([])
      expect(sandbox.ledger().payments).toEqual([])
    }))

  it("that was made is not called lost by a press after a restart", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart }) => {
      const card = await stage()
      const confirm = dataOf(card, "Confirm")
      telegram.press(confirm, card.id, { user: ADA })
      await says(card, "accepted")
      await restart()
      telegram.press(confirm, card.id, { user: ADA })
      await telegram.until(() => telegram.alerts.find(({ alert }) => alert), "an alert")
      expect(card.text).toContain(`Transfer id: ${sandbox.ledger().payments[0]?.id}`)
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))

  it("whose message could not be edited before the bot was killed gets its outcome from the next run", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart }) => {
      const card = await stage()
      telegram.fail({ method: "editMessageText", status: 500, times: 1_000 })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      const isTried = () => telegram.calls.some(({ method }) => method === "editMessageText")
      await telegram.until(isTried, "the edit")
      await restart("SIGKILL", () => telegram.mend())
      await says(card, "accepted")
      expect(card).toMatchObject({ buttons: [], edits: 1 })
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))

  it("that is on its way when the bot is told to stop is recorded first, and its message follows", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart, bot, trail }) => {
      const card = await stage()
      sandbox.faults({ operation: "CreatePayment", delay: 1_000, act: true })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      const isSent = () => sandbox.ledger().payments.length + sandbox.requests().filter(isPayment).length
      await expect.poll(isSent).toBeGreaterThan(0)
      const stopped = bot()
      await restart("SIGTERM")
      expect(await stopped.exit).toBe(0)
      await says(card, "accepted")
      expect(sandbox.ledger().payments).toHaveLength(1)
      const events = (await trail()).map(({ event_type }) => event_type)
      expect(events).toEqual(["transfer_staged", "transfer_requested", "transfer_confirmed"])
    }))

  it("that was on its way when the bot was killed is never sent again, however often its button is pressed", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart, ask, trail }) => {
      const card = await stage()
      sandbox.faults({ operation: "CreatePayment", hang: true, act: true })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      await expect.poll(() => sandbox.ledger().payments.length).toBe(1)
      await restart("SIGKILL")
      for (let i = 0; i < 5; i++) telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      const after = await says(card, "Not known yet")
      expect(after.buttons).toEqual([])
      await ask("hello")
      expect(sandbox.ledger().payments).toHaveLength(1)
      const events = (await trail()).map(({ event_type }) => event_type)
      expect(events).toEqual(["transfer_staged", "transfer_requested"])
    }))

  it("that expires while the agent still works says so, and shows no buttons", () =>
    withBot(
      async ({ sandbox, telegram, claude }) => {
        let rounds = 0
        sandbox.faults({ operation: "ActivitySummary", delay: 1_500 })
        claude.think = () => {
          rounds += 1
          if (rounds > 2) return { text: "It waits for you." }
          const input = { source_name: "Main", destination_name: "Gas", amount_dollars: 20 }
          return { calls: [rounds === 1 ? ["request_transfer", input] : ["get_activity_summary", {}]] }
        }
        telegram.write("move", { user: ADA })
        await telegram.until(() => telegram.seen(ADA).length === 2, "both messages")
        expect(telegram.seen(ADA)[0]?.text).toContain("Expired, nothing was sent")
        expect(telegram.seen(ADA).flatMap(({ buttons }) => buttons)).toEqual([])
      },
      { file: { safeguards: { pending_transfer_ttl: 1 } } },
    ))

  it("without an answer is called unknown, looked up, and then called what it is", () =>
    withBot(async ({ sandbox, telegram, stage, says, trail }) => {
      const card = await stage()
      sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        // The first of these reads is made before the payment goes out.
        { operation: "ActivityLogV2Transfers", after: 1, delay: 700 },
      ])
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      await says(card, "the money may or may not have moved")
      expect(card.text).not.toMatch(/failed|try again/i)
      expect(card.buttons).toEqual([])
      await says(card, "accepted")
      expect(card.text).toContain(String(sandbox.ledger().payments[0]?.id))
      expect(sandbox.ledger().payments).toHaveLength(1)
      expect((await trail()).map(({ event_type }) => event_type)).toEqual([
        "transfer_staged",
        "transfer_requested",
        "transfer_unknown",
        "transfer_reconciled",
      ])
      expect(new Set((await trail()).map(({ staged_id }) => staged_id)).size).toBe(1)
    }))

  it("that was unknown when the bot was stopped is followed up, and its message edited, by the next run", () =>
    withBotProcess(async ({ sandbox, telegram, stage, says, restart }) => {
      const card = await stage()
      sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        { operation: "ActivityLogV2Transfers", after: 1, status: 503, times: "always" },
      ])
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      await says(card, "Not known yet")
      await restart("SIGTERM", () => sandbox.clearFaults())
      await says(card, "accepted")
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))

  it("that the bank refuses is not sent again, and says why", () =>
    withBot(async ({ sandbox, telegram, stage, says, trail }) => {
      const card = await stage()
      sandbox.faults({ operation: "CreatePayment", refuse: "The pod is frozen" })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      await says(card, "Sequence refused it: The pod is frozen")
      expect(card.text).toContain("No money moved.")
      expect(sandbox.ledger().payments).toEqual([])
      expect((await trail()).at(-1)).toMatchObject({ event_type: "transfer_failed" })
    }))

  it("is refused while it is staged: note, amount, limits, names, ends, balance, in this order", () =>
    withBot(
      async ({ sandbox, claude, ask, pods }) => {
        const calls: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
          [{ note: "x".repeat(101), amount_dollars: -1 }, "note is longer than 100"],
          [{ amount_dollars: "$10.005", source_name: "nowhere" }, "at most two decimals"],
          [{ amount_dollars: 10.005 }, "at most two decimals"],
          [{ amount_dollars: 1e21 }, "at most two decimals"],
          [{ amount_dollars: "1,00" }, "at most two decimals"],
          [{ amount_dollars: 0 }, "above $0.00"],
          [{ amount_dollars: -5 }, "above $0.00"],
          [{ amount_dollars: 101, source_name: "nowhere" }, "limit of $100.00 for one transfer"],
          [{ source_name: "nowhere" }, "There is no pod or port called"],
          [{ source_name: "a" }, "could be"],
          [{ source_name: "" }, "There is no pod or port called"],
          [{ destination_name: "MAIN " }, "the same"],
          [{ source_name: "Gas", destination_name: "Main", amount_dollars: 1 }, "holds $0.00"],
          [{ amount_dollars: null }, "Does not fit"],
          [{ amount_dollars: 1, urgent: true }, "Does not fit"],
        ]
        const base = { source_name: "Main", destination_name: "Gas", amount_dollars: 20 }
        claude.script(
          ...calls.map(([input]) => ({ calls: [["request_transfer", { ...base, ...input }] as const] })),
        )
        await ask("try it all")
        const answers = claude.questions.slice(1).map(({ messages }) => {
          const [block] = messages.at(-1)?.content ?? []
          return { isError: block?.is_error, content: String(block?.content) }
        })
        for (const [at, [, expected]] of calls.entries()) {
          expect(answers[at]).toEqual({ isError: true, content: expect.stringContaining(expected) })
        }
        sandbox.update({ change: pods.main, hide: "balance" })
        claude.script({ calls: [["request_transfer", base]] }, { text: "Hm." })
        await ask("and now")
        expect(claude.results).toMatchObject([{ isError: true }])
        expect(claude.problems).toEqual([])
        expect(sandbox.ledger().payments).toEqual([])
      },
      { file: { safeguards: { max_transfer_cents: 10_000 } } },
    ))

  it("counts what waits for its button towards the user's own day, and checks again at the button", () =>
    withBot(
      async ({ sandbox, telegram, claude, stage, says, trail }) => {
        const first = await stage({ amount_dollars: 60 })
        await stage({ amount_dollars: 60 }, BEN)
        claude.script({
          calls: [["request_transfer", { source_name: "Main", destination_name: "Gas", amount_dollars: 50 }]],
        })
        const asked = claude.questions.length
        telegram.write("more", { user: ADA })
        await claude.until(() => claude.questions.length === asked + 2, "the tool's answer")
        expect(claude.results).toMatchObject([
          { isError: true, value: { error: expect.stringContaining("$40.00") } },
        ])
        telegram.press(dataOf(first, "Confirm"), first.id, { user: ADA })
        await says(first, "accepted")
        expect(sandbox.ledger().payments).toHaveLength(1)
        expect((await trail()).filter(({ event_type }) => event_type === "transfer_rejected")).toHaveLength(1)
      },
      { file: { safeguards: { max_daily_transfer_cents: 10_000 } } },
    ))

  it("can be cancelled by the agent, for its owner alone", () =>
    withBot(async ({ telegram, claude, stage, says, ask }) => {
      const card = await stage({}, ADA, GROUP)
      const id = dataOf(card, "Cancel").split(":")[1]
      claude.script({ calls: [["cancel_transfer", { pending_transfer_id: id }]] })
      await ask("cancel Ada's", BEN, GROUP)
      expect(claude.results).toMatchObject([{ isError: true }])
      expect(card.buttons).toHaveLength(2)
      claude.script({ calls: [["cancel_transfer", { pending_transfer_id: id }]] })
      telegram.write("cancel mine", { user: ADA, chat: GROUP })
      await says(card, "Canceled, nothing was sent")
      expect(card.buttons).toEqual([])
    }))
})
