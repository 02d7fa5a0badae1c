/** A storage on a disk in memory, and where its files are. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Service } from "../../src/audit/AuditStorage.js"
import * as FileAuditStorage from "../../src/audit/file/FileAuditStorage.js"
import type { Disk } from "./Disk.js"

export const FOLDER = "/data"
export const TRAIL = join(FOLDER, ".audit.jsonl")
export const HEAD = join(FOLDER, ".audit.head.json")

/** Runs something with a storage that starts anew on the disk. */
export const over = <A, E>(disk: Disk, use: (storage: Service) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        FileAuditStorage.make(FOLDER, {
          fileSystem: disk.fileSystem,
          withLock: (work) => work(Effect.succeed(true)),
        }),
        use,
      ),
    ),
  )
