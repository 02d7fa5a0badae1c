import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AuditLog, DailyLimits, GuardedTransfers, Reconciliation, Unresolved } from "../../src/safeguards.js"
import { booked, ends, failure, inFolder, start } from "./world.js"

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox()
})
afterEach(() => sandbox.close())

const transfer = (
  request: Parameters<GuardedTransfers.Service["transfer"]>[0],
  options?: GuardedTransfers.TransferOptions,
) => Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) => guarded.transfer(request, options))

const lines = async (folder: string) =>
  (await readFile(join(folder, ".audit.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line))

describe("GuardedTransfers", () => {
  it("records intent and outcome, and counts the amount", () =>
    inFolder(async (folder) => {
      const process = start(sandbox, folder)
      const request = { ...ends(sandbox), amountCents: 5_000 }
      const receipt = await process.runPromise(transfer(request))
      const today = await process.runPromise(
        Effect.flatMap(DailyLimits.DailyLimits, (limits) => limits.today()),
      )
      await process.dispose()
      const [requested, completed, ...rest] = await lines(folder)
      expect(receipt.id).toBe(sandbox.ledger().payments[0]?.id)
      expect(requested).toMatchObject({
        event_type: "transfer_requested",
        request_id: receipt.requestId,
        amount_cents: 5_000,
        source: request.source.id,
        limit_key: "__global__",
        seq: 1,
      })
      expect(completed).toMatchObject({ event_type: "transfer_completed", transfer_id: receipt.id, seq: 2 })
      expect(rest).toEqual([])
      expect(today).toMatchObject({ spentCents: 5_000, reservedCents: 0, remainingCents: 2_495_000 })
      expect((await stat(join(folder, ".audit.jsonl"))).mode & 0o777).toBe(0o600)
      const limits = JSON.parse(await readFile(join(folder, ".daily_limits.json"), "utf8"))
      expect(limits).toEqual({
        [today.day]: {
          __global__: [expect.objectContaining({ transfer_id: receipt.id, amount_cents: 5_000 })],
        },
      })
    }))
})
void [AuditLog, Reconciliation, Unresolved, booked, failure]
