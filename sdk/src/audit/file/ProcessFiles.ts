/**
 * Heartbeats in a folder: each process with open transfers has a file in `.owners/`, with
 * a number in it that goes up. A process that finds a heartbeat stopped removes the file, which tells the stopped process.
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { storageError } from "../../internal/AtomicFile.js"
import type { ProcessStore } from "../AuditStorage.js"
import type { FileSystem } from "../FileSystem.js"

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT"

// Always as long, so that a shorter number never leaves the end of a longer one behind.
const encode = (count: number) => String(count).padStart(12, "0")

/** Makes the store of a folder. */
export const fileProcesses = (fs: FileSystem, folder: string): ProcessStore => {
  const record = <A>(run: () => Promise<A>) =>
    Effect.tryPromise({ try: run, catch: (error) => storageError("write", folder, error) })
  const fileOf = (id: string) => path.join(folder, path.basename(id))
  return {
    create: (id) =>
      record(async () => {
        await fs.makeFolder(folder)
        await fs.replace(fileOf(id), encode(0))
      }),
    heartbeat: (id, count) =>
      record(async () => {
        try {
          await fs.overwrite(fileOf(id), encode(count))
          return true
        } catch (error) {
          if (isMissing(error)) return false
          throw error
        }
      }),
    isAlive: (id) => record(async () => (await fs.status(fileOf(id))) !== undefined),
    heartbeats: record(async () => {
      const names = (await fs.list(folder)).filter((name) => !name.startsWith("."))
      const pulses = await Promise.all(
        names.map(async (name) => [name, await fs.read(path.join(folder, name))] as const),
      )
      return new Map(pulses.flatMap(([name, pulse]) => (pulse === undefined ? [] : [[name, pulse] as const])))
    }),
    remove: (id) => record(() => fs.remove(fileOf(id))),
  }
}
