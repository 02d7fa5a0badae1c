import * as fs from "node:fs/promises"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FolderLock from "../../src/internal/FolderLock.js"
import { bundle } from "../auth/child.js"
import { run } from "../auth/processes.js"
import { temporaryFolder, turnOfEvents } from "../auth/support.js"

describe("FolderLock, between processes", () => {
  it.live(
    "never lets two in, with four processes in a hurry",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const child = yield* bundle("children/locker.ts")
          const outputs = yield* Effect.all(
            Array.from({ length: 4 }, () => run(child, folder, "150")),
            { concurrency: "unbounded" },
          )
          expect(outputs).toEqual(Array.from({ length: 4 }, () => ".".repeat(150)))
          const left = yield* Effect.promise(() => fs.readdir(path.join(folder, "lock")))
          expect(left.length).toBeLessThanOrEqual(2)
        }),
      ),
    60_000,
  )

  it.live(
    "is taken over after kill -9 of its holder, by one alone, time after time",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const child = yield* bundle("children/locker.ts")
          for (let round = 0; round < 2; round++) {
            // Two of four die with the lock in hand; the others meet a stale one each time.
            const outputs = yield* Effect.all(
              ["-1", "3", "7", "-1"].map((dieAt) => run(child, folder, "12", dieAt)),
              { concurrency: "unbounded" },
            )
            expect(outputs).toEqual([".".repeat(12), "...", ".".repeat(7), ".".repeat(12)])
          }
        }),
      ),
    120_000,
  )

  it.live("tells a holder that was stopped for too long that it has lost the lock", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const quick = { heartbeat: 10_000, staleAfter: 30, poll: 1 }
        const lock = FolderLock.withLock(folder, "test", quick)
        const answers = yield* lock((held) =>
          Effect.gen(function* () {
            const before = yield* held.isMine
            // Its heart stands still, as it does in a process that is stopped.
            yield* FolderLock.withLock(folder, "test", quick)(() => turnOfEvents)
            return [before, yield* held.isMine]
          }),
        )
        expect(answers).toEqual([true, false])
      }),
    ),
  )
})
