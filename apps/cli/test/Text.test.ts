import { describe, expect, it } from "vitest"
import * as Text from "../src/terminal/Text.js"

describe("times", () => {
  it.each([
    ["2026-01-31T14:30:00Z", "2026-01-31 09:30 EST"],
    ["2026-07-31T14:30:00Z", "2026-07-31 10:30 EDT"],
    // The hour that comes twice when the clocks go back.
    ["2026-11-01T05:30:00Z", "2026-11-01 01:30 EDT"],
    ["2026-11-01T06:30:00Z", "2026-11-01 01:30 EST"],
  ])("name their zone: %s is %s", (iso, shown) => {
    expect(Text.time(new Date(iso))).toBe(shown)
  })
})
