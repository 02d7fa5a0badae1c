/** A storage on a disk in memory, and where its files are. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileStorage from "../../src/safeguards/FileStorage.js"
import type { Service } from "../../src/safeguards/SafeguardStorage.js"
import type { Disk } from "./Disk.js"

export const FOLDER = "/data"
export const TRAIL = join(FOLDER, ".audit.jsonl")
export const HEAD = join(FOLDER, ".audit.head.json")

/** Runs something with a storage that starts anew on the disk. */
export const over = <A, E>(disk: Disk, use: (storage: Service) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        FileStorage.make(FOLDER, {
          fileSystem: disk.fileSystem,
          withLock: (work) => work(Effect.succeed(true)),
        }),
        use,
      ),
    ),
  )
