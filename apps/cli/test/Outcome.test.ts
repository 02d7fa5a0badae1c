import { describe, expect, it } from "vitest"
import * as Outcome from "../src/transfer/Outcome.js"

describe("Outcome.fromRecord", () => {
  it.each([
    ["open", "unknown"],
    ["unknown", "unknown"],
    ["ambiguous", "unknown"],
    ["unfit", "not_sent"],
    ["not_sent", "not_sent"],
    ["refused", "refused"],
    ["accepted", "accepted"],
    ["not_found", "not_found"],
  ] as const)("reads a record that is %s as %s", (status, state) => {
    const record = { status, transferId: "t-1", error: undefined }
    expect(Outcome.fromRecord(record)).toEqual({ state, transferId: "t-1", error: null })
  })
})
