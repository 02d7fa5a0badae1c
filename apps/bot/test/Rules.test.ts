import { describe, expect, it } from "vitest"
import * as Rules from "../src/try/Rules.js"
import { withBotInside } from "./support.js"

const MONTH = 32 * 86_400_000

describe("The rules in Claude's place", () => {
  it("answer what was spent with this month's outgoing transfers that match, and their sum", () =>
    withBotInside(
      async ({ sandbox, ask }) => {
        const [food = "", gas = "", port = ""] = sandbox.update([
          { add: "pod", name: "Groceries" },
          { add: "pod", name: "Gas" },
          { add: "port", name: "Paycheck" },
        ])
        const activity = (source: string, destination: string, amountCents: number, more = {}) =>
          sandbox.update({ add: "activity", source, destination, amountCents, ...more })
        activity(food, "external:Corner Market", 4_210)
        activity(food, "external:Farm Stand", 1_005, { status: "PENDING" })
        activity(gas, "external:Pump 24", 3_000)
        activity(food, "external:Corner Market", 9_900, { status: "FAILED" })
        activity(food, "external:Corner Market", 8_800, { createdAt: Date.now() - MONTH })
        activity("external:Employer", port, 500_000)
        activity(port, food, 20_000)

        const { text } = await ask("what did I spend on groceries this month?")
        expect(text.split("\n")).toEqual([
          `You spent $52.15 on "groceries" this month, in 2 transfers:`,
          "- $10.05 from Groceries to Farm Stand (PENDING)",
          "- $42.10 from Groceries to Corner Market (COMPLETE)",
        ])
        expect((await ask("How much did we pay at the Pump?")).text).toContain(
          `$30.00 on "Pump" this month, in 1 transfer:`,
        )
        expect((await ask("what did I spend this month?")).text).toContain(
          "You spent $82.15 this month, in 3 transfers:",
        )
        expect((await ask("what did I spend on rent?")).text).toBe(
          'No transfer went out on "rent" this month.',
        )
      },
      { model: Rules.layer },
    ))

  it("know pods, ports and accounts in balances and lists, and ports in transfers", () =>
    withBotInside(
      async ({ sandbox, telegram, ask }) => {
        sandbox.update([
          { add: "pod", name: "Zinc Fund", balanceCents: 30_000 },
          { add: "port", name: "Zinc Income", balanceCents: 120_000 },
          { add: "account", name: "Zinc Checking", balanceCents: 45_678 },
        ])
        expect((await ask("how much is in zinc checking?")).text).toBe("Zinc Checking holds $456.78.")
        expect((await ask("balance of the zinc income port")).text).toBe("Zinc Income holds $1,200.00.")
        expect((await ask("how much is left in zinc fund")).text).toBe("Zinc Fund holds $300.00.")
        expect((await ask("how much is in narnia?")).text).toContain(
          'There is no pod, port, or account called "narnia". There are:',
        )
        const accounts = (await ask("list my accounts")).text.split("\n")
        expect(accounts).toEqual(
          expect.arrayContaining([
            "- Zinc Fund: $300.00",
            "- Zinc Income: $1,200.00",
            "- Zinc Checking: $456.78",
          ]),
        )
        expect((await ask("list my ports")).text).not.toMatch(/Zinc Fund|Zinc Checking/)
        expect((await ask("list my pods")).text).not.toMatch(/Zinc Income|Zinc Checking/)

        expect((await ask("move 20 from zinc income to zinc fund")).text).toBe(
          "$20.00 from Zinc Income to Zinc Fund waits for you to press Confirm. Nothing has been sent yet.",
        )
        const isCard = ({ buttons }: { readonly buttons: ReadonlyArray<unknown> }) => buttons.length === 2
        await telegram.until(() => telegram.seen(11).find(isCard), "the buttons")
        expect(sandbox.ledger().payments).toEqual([])
      },
      { model: Rules.layer },
    ))
})
