import { describe, expect, it } from "vitest"
import { sha256 } from "../../src/audit/AuditEntry.js"
import { newRecord, type TransferRecord } from "../../src/audit/TransferRecord.js"
import { decideKey } from "../../src/safeguards/IdempotentTransfers.js"
import { intent } from "./fixtures.js"

const holder = (status: TransferRecord["status"], body = "same"): TransferRecord => ({
  ...newRecord(intent({ idempotency: { key: sha256("key"), body: sha256(body) } }), { _tag: "Fits" }),
  status,
})

describe("decideKey", () => {
  it("sends a transfer under a free key", () => {
    expect(decideKey(undefined, "same")).toEqual({ _tag: "Send" })
  })

  it.each([
    { status: "unfit", decision: { _tag: "Send" } },
    { status: "not_sent", decision: { _tag: "Send" } },
    { status: "accepted", decision: { _tag: "Replay" } },
    { status: "open", decision: { _tag: "Wait", error: { _tag: "TransferHeldError" } } },
    { status: "refused", decision: { _tag: "Fail", error: { _tag: "TransferRejectedError" } } },
    { status: "not_found", decision: { _tag: "Fail", error: { _tag: "TransferRejectedError" } } },
    { status: "unknown", decision: { _tag: "Fail", error: { _tag: "TransferOutcomeUnknownError" } } },
    { status: "ambiguous", decision: { _tag: "Fail", error: { _tag: "TransferOutcomeUnknownError" } } },
  ] as const)("decides $decision._tag if the same transfer holds the key and is $status", (row) => {
    expect(decideKey(holder(row.status), "same")).toMatchObject(row.decision)
  })

  it.each(["accepted", "open", "unknown"] as const)(
    "fails if another transfer holds it and is %s",
    (status) => {
      const error = { _tag: "IdempotencyKeyError" }
      expect(decideKey(holder(status, "other"), "same")).toMatchObject({ _tag: "Fail", error })
    },
  )
})
