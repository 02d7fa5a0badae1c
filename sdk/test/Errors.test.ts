import { describe, expect, it } from "vitest"
import { AmbiguousNameError, DailyLimitError, TransferLimitError } from "../src/Errors.js"

describe("Errors", () => {
  it.each([
    [
      new TransferLimitError(2_000_000, 1_000_000),
      "$20,000.00 is over the limit of $10,000.00 for one transfer",
    ],
    [new TransferLimitError(1, 0), "$0.01 is over the limit of $0.00 for one transfer"],
    [
      new DailyLimitError({ amountCents: 50_000, remainingCents: 2_050, limitCents: 100_000 }),
      "$500.00 is over the $20.50 left of the daily limit of $1,000.00",
    ],
    [
      new DailyLimitError({ amountCents: 50_000, remainingCents: 0, limitCents: undefined }),
      "$500.00 is over the $0.00 left of the daily limit",
    ],
  ])("writes the amounts of a limit in dollars: %s", (error, message) => {
    expect(error.message).toBe(message)
  })

  it("lists what a name could mean in lines, at most twenty, and lets no name look like several", () => {
    const candidates = Array.from({ length: 25 }, (_, index) => ({
      id: `p${index}`,
      name: `Pod\n${index}`,
      kind: "POD" as const,
    }))
    const lines = new AmbiguousNameError("pod", candidates).message.split("\n")
    expect(lines.slice(0, 2)).toEqual([
      '"pod" could be any of 25. Use an id instead of the name:',
      "  Pod 0 (pod p0)",
    ])
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe("  and 5 more")
  })

  it("tells of an amount that is no whole number of cents as it was given", () => {
    expect(new TransferLimitError(1_500.5, 1_000).message).toContain(
      "1500.5 cents is over the limit of $10.00",
    )
  })
})
