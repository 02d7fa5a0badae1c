/** Real folders that cannot be written, or no longer: who asks is told at once, and nothing waits for a lock. */
import { execFile } from "node:child_process"
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { StorageError } from "../../src/index.js"
import * as FolderLock from "../../src/internal/FolderLock.js"
import { GuardedTransfers } from "../../src/safeguards.js"
import { booked, ends, inFolder, start } from "./world.js"

const run = promisify(execFile)

const mounted = async (folder: string) => run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder])
const unmount = (folder: string) => run("umount", ["--lazy", folder])

/** The reason why this machine does not allow mounting; `undefined` if it does. */
const whyNot = await inFolder((folder) =>
  mounted(folder).then(
    () => unmount(folder).then(() => undefined),
    (error: Error) => error.message.trim(),
  ),
)
if (whyNot !== undefined) console.log(`Passes over disks that fill up: ${whyNot}`)

/** Well below the 8 seconds after which a lock counts as left behind. */
const AT_ONCE = 4_000

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox({ transfers: 1 })
})
afterEach(() => sandbox.close())

const onSmallDisk = (use: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await mounted(folder)
    try {
      await use(folder)
    } finally {
      // One may lie over the other.
      await unmount(folder)
      await unmount(folder).catch(() => {})
    }
  })

const fill = async (folder: string) => {
  await writeFile(join(folder, "ballast"), Buffer.alloc(4 << 20)).catch(() => {})
}

/** As the system does when a disk fails, even under files that are open: what lies over it takes no writes. */
const freeze = (folder: string) =>
  inFolder(async (aside) => {
    await run("mount", ["--bind", folder, aside])
    await run("mount", ["-o", "remount,bind,ro", aside])
    await run("mount", ["--bind", aside, folder])
    await unmount(aside)
  })

/** Six transfers at once by two processes; gives their errors, and how long all took in milliseconds. */
const sixTransfers = async (folder: string, spoil: () => Promise<unknown>) => {
  const pods = ends(sandbox)
  const durable = { lock: { poll: 5 }, timeout: 60_000 }
  const processes = [start(sandbox, folder, durable), start(sandbox, folder, durable)]
  const transfer = (amountCents: number) =>
    Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) => guarded.transfer({ ...pods, amountCents }))
  for (const [index, process] of processes.entries()) await process.runPromise(transfer(100 + index))
  await spoil()
  const startedAt = performance.now()
  const errors = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      processes[index % 2]?.runPromise(Effect.flip(transfer(1_000 + index))),
    ),
  )
  const duration = performance.now() - startedAt
  return { errors, duration, processes, transfer, paid: () => booked(sandbox, pods.source.id).length }
}

describe("a disk", () => {
  it.skipIf(whyNot !== undefined)("that is full refuses six transfers at once without a wait", () =>
    onSmallDisk(async (folder) => {
      const { errors, duration, processes, transfer, paid } = await sixTransfers(folder, () => fill(folder))
      for (const error of errors) {
        expect(error).toBeInstanceOf(StorageError)
        expect(error?.message).toMatch(/ENOSPC.*Free some space/)
      }
      expect(duration).toBeLessThan(AT_ONCE)
      expect(paid()).toBe(2)
      await rm(join(folder, "ballast"))
      for (const [index, process] of processes.entries()) await process.runPromise(transfer(2_000 + index))
      expect(paid()).toBe(4)
      await Promise.all(processes.map((process) => process.dispose()))
    }),
  )

  it.skipIf(whyNot !== undefined)("that becomes read-only refuses six transfers at once without a wait", () =>
    onSmallDisk(async (folder) => {
      const { errors, duration, processes, paid } = await sixTransfers(folder, () => freeze(folder))
      for (const error of errors) {
        expect(error).toBeInstanceOf(StorageError)
        expect(error?.message).toMatch(/EROFS.*choose another data folder/)
      }
      expect(duration).toBeLessThan(AT_ONCE)
      expect(paid()).toBe(2)
      await Promise.all(processes.map((process) => process.dispose()))
    }),
  )

  it.skipIf(whyNot !== undefined)("that fills up while a lock is held takes its release", () =>
    onSmallDisk(async (folder) => {
      await Effect.runPromise(FolderLock.withLock(folder, "test")(() => Effect.promise(() => fill(folder))))
      expect(await readFile(join(folder, "test.lock.1"), "utf8")).toBe("free")
      const next = FolderLock.withLock(folder, "test")(() => Effect.void)
      expect(await Effect.runPromise(Effect.flip(next))).toBeInstanceOf(StorageError)
      expect(await readdir(folder)).toEqual(["ballast", "test.lock.1"])
    }),
  )

  it.skipIf(whyNot !== undefined)(
    "that becomes read-only keeps nobody waiting for a lock that another holds",
    () =>
      onSmallDisk(async (folder) => {
        await writeFile(join(folder, "test.lock.1"), "held")
        await freeze(folder)
        const startedAt = performance.now()
        const next = FolderLock.withLock(folder, "test")(() => Effect.void)
        expect((await Effect.runPromise(Effect.flip(next))).message).toMatch(/EROFS/)
        expect(performance.now() - startedAt).toBeLessThan(AT_ONCE)
      }),
  )
})
