import { describe, expect, it } from "vitest"
import * as Messages from "../src/transfers/Messages.js"

const transfer = {
  source: { type: "POD", id: "a", name: "Main" },
  destination: { type: "POD", id: "b", name: "Gas" },
  amountCents: 123_450,
  description: "fuel",
  instant: false,
  kycId: "k",
  organizationId: "o",
} as const

const outcomeOf = (status: Parameters<typeof Messages.outcome>[0]["status"]): string =>
  Messages.outcome({ intent: { transfer }, status, transferId: "t-1", error: "no such account" })

describe("What people read about a transfer", () => {
  it("says of a transfer that Sequence has only accepted that it was accepted, never that it moved", () => {
    for (const text of [Messages.accepted(transfer, "t-1"), outcomeOf("accepted")]) {
      expect(text).toBe(
        "✅ Sequence accepted the transfer: $1,234.50 from Main to Gas\nNote: fuel\nTransfer id: t-1",
      )
    }
  })

  it("names the amount in dollars and both ends, whatever became of it", () => {
    const statuses = [
      "accepted",
      "refused",
      "not_sent",
      "unfit",
      "not_found",
      "ambiguous",
      "unknown",
    ] as const
    for (const text of [
      ...statuses.map(outcomeOf),
      Messages.expired(transfer),
      Messages.cancelled(transfer),
    ]) {
      expect(text).toContain("$1,234.50 from Main to Gas")
      expect(text).not.toMatch(/\bcents\b|123450/)
    }
  })
})
