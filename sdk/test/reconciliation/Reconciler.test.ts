import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { AuditStorage, GuardedTransfers } from "../../src/safeguards.js"
import { booked, ends, inFolder, start } from "../safeguards/world.js"

describe("Reconciler", () => {
  it("lets a process that was declared dead send nothing it has, and continue under a new id", () =>
    inFolder(async (folder) => {
      const sandbox = await startSandbox()
      const pods = ends(sandbox)
      const process = start(sandbox, folder, { heartbeat: 60_000 })
      const transfer = (amountCents: number) =>
        Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
          guarded.transfer({ ...pods, amountCents }),
        )
      sandbox.faults({ operation: "CreatePayment", delay: 300 })
      const first = process.runPromise(transfer(1))
      await expect
        .poll(() => sandbox.requests().some(({ operation }) => operation === "CreatePayment"))
        .toBe(true)
      const second = process.runPromise(Effect.flip(transfer(2)))
      const read = Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.read)
      const open = async () => [...(await process.runPromise(read)).ledger.records()].length
      await expect.poll(open, { interval: 5 }).toBe(2)
      const processes = join(folder, ".owners")
      for (const name of await readdir(processes)) await rm(join(processes, name))
      expect(await second).toMatchObject({ _tag: "StorageError" })
      expect((await first).amountCents).toBe(1)
      expect(booked(sandbox, pods.source.id)).toHaveLength(1)
      await process.runPromise(transfer(3))
      expect(booked(sandbox, pods.source.id)).toHaveLength(2)
      await process.dispose()
      expect(await readdir(processes)).toEqual([])
      await sandbox.close()
    }))
})
