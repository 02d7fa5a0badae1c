/** Folders that files are kept in. */
import * as fs from "node:fs/promises"
import * as path from "node:path"

const isFolder = async (folder: string): Promise<boolean> => {
  try {
    return (await fs.stat(folder)).isDirectory()
  } catch {
    return false
  }
}

const makeOne = async (folder: string): Promise<void> => {
  try {
    await fs.mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been faster.
    if (!(await isFolder(folder))) throw error
  }
}

/**
 * Makes a folder and those above it with mode 0700 if they are missing. Node's own recursive `mkdir` never ends where a
 * file system refuses new folders with ENOENT, as `/proc` does. Rejects with the system's error, which has a `code`.
 */
export const makeFolder = async (folder: string): Promise<void> => {
  if (await isFolder(folder)) return
  const parent = path.dirname(folder)
  if (parent !== folder) await makeFolder(parent)
  await makeOne(folder)
}
