import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import { describe, expect, it } from "vitest"
import { BlockedBeforeSend, classifySend } from "../../src/audit/TransferOutcome.js"
import { StorageError, TransferOutcomeUnknownError, TransferRejectedError } from "../../src/Errors.js"

const rejected = new TransferRejectedError("Insufficient funds")
const unknown = new TransferOutcomeUnknownError("no response")
const broken = new StorageError("broken", { path: "" })
const blocked = new BlockedBeforeSend(new StorageError("full", { path: "" }))
const interrupted = Exit.interrupt(FiberId.none)

describe("classifySend", () => {
  it.each([
    { name: "a rejection", exit: Exit.fail(rejected), sent: true, tag: "Refused" },
    { name: "an unknown outcome", exit: Exit.fail(unknown), sent: false, tag: "Unknown" },
    { name: "an error after the request was sent", exit: Exit.fail(broken), sent: true, tag: "Unknown" },
    { name: "an error before the request was sent", exit: Exit.fail(broken), sent: false, tag: "NotSent" },
    { name: "a block before the first request", exit: Exit.fail(blocked), sent: false, tag: "NotSent" },
    { name: "a block before a second request", exit: Exit.fail(blocked), sent: true, tag: "Unknown" },
    { name: "an interruption after the request was sent", exit: interrupted, sent: true, tag: "Unknown" },
    { name: "an interruption before it was sent", exit: interrupted, sent: false, tag: "NotSent" },
  ])("classifies $name as $tag", ({ exit, sent, tag }) => {
    expect(classifySend(exit, sent, 5)._tag).toBe(tag)
  })

  it("keeps the time of the send of an unknown transfer", () => {
    expect(classifySend(Exit.fail(unknown), true, 5)).toMatchObject({ sentAt: 5, why: "no response" })
  })
})
