/** Files that only their owner can read: PySequence makes them readable for all users. */
import type { FileHandle } from "node:fs/promises"
import * as fs from "node:fs/promises"

const OTHERS = 0o077

/** Takes all rights on a file from everybody but its owner. A file of another user keeps its mode: only that user may. */
export const tighten = async (file: string | FileHandle): Promise<void> => {
  try {
    const { mode } = typeof file === "string" ? await fs.stat(file) : await file.stat()
    if ((mode & OTHERS) === 0) return
    await (typeof file === "string" ? fs.chmod(file, 0o600) : file.chmod(0o600))
  } catch {
    // It can be used with its old mode too.
  }
}
