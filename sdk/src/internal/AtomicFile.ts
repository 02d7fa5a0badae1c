/**
 * Whole files that are either the old ones or the new ones, whatever happens while they are written, and
 * that only their owner can read.
 */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { StorageError } from "../Errors.js"
import { makeFolder } from "./Folder.js"
import { tighten } from "./OwnerOnly.js"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error"

const NO_RIGHT = "Give this user the right to it, or choose another data folder (SEQUENCE_DATA_DIR)."
const NO_SPACE = "Free some space on the disk."
const NO_FOLDER = "There can be no folder. Choose another data folder (SEQUENCE_DATA_DIR)."

/** Advice for each error of the file system. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: NO_RIGHT,
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  ENOENT: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  ELOOP: NO_FOLDER,
  ENAMETOOLONG: NO_FOLDER,
}

/** Makes a `StorageError` out of what `node:fs` threw: what was being done, to which file, and what to do. */
export const storageError = (
  doing: "read" | "write" | "lock",
  file: string,
  error: unknown,
): StorageError => {
  const code = codeOf(error)
  const hint = HINTS[code] ?? "Check the data folder (SEQUENCE_DATA_DIR)."
  return new StorageError(`Could not ${doing} ${file}: ${code}. ${hint}`, { path: file })
}

/** Reads a text file, and leaves it to its owner alone; `undefined` if there is none. */
export const read = (file: string): Effect.Effect<string | undefined, StorageError> =>
  Effect.tryPromise({
    try: async () => {
      const text = await fs.readFile(file, "utf8")
      await tighten(file)
      return text
    },
    catch: (error) => error,
  }).pipe(
    Effect.catchAll((error) =>
      codeOf(error) === "ENOENT" ? Effect.succeed(undefined) : Effect.fail(storageError("read", file, error)),
    ),
  )

/**
 * Options of a write.
 *
 * @category options
 */
export interface WriteOptions {
  /** True if the content must survive a power cut. @default true */
  readonly flush?: boolean
}

/** Errors of platforms that cannot flush a folder. These offer no stronger guarantee. */
const NO_FOLDER_FLUSH = new Set(["EISDIR", "EPERM", "EINVAL", "ENOTSUP"])

const flushFolder = async (folder: string): Promise<void> => {
  try {
    const handle = await fs.open(folder, "r")
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!NO_FOLDER_FLUSH.has(codeOf(error))) throw error
  }
}

const temporaryPrefix = (file: string): string => `.${path.basename(file)}.`

const replace = async (file: string, text: string, flush: boolean): Promise<void> => {
  const folder = path.dirname(file)
  await makeFolder(folder)
  const temporary = path.join(folder, `${temporaryPrefix(file)}${randomUUID()}.tmp`)
  try {
    // "wx" and the mode at creation: no other user can read the file at any moment.
    const handle = await fs.open(temporary, "wx", 0o600)
    try {
      await handle.writeFile(text)
      if (flush) await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.rename(temporary, file)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
  // The rename itself is durable only once the folder is.
  if (flush) await flushFolder(folder)
}

/** Replaces a text file as a whole: mode 0600, and flushed to disk together with its folder. */
export const write = (
  file: string,
  text: string,
  { flush = true }: WriteOptions = {},
): Effect.Effect<void, StorageError> =>
  Effect.tryPromise({
    try: () => replace(file, text, flush),
    catch: (error) => storageError("write", file, error),
  }).pipe(Effect.uninterruptible)

/** Age of a leftover file, in milliseconds: no write takes this long, but the clocks of folder and machine may differ. */
const LEFT_OVER = 10 * 60_000

/**
 * Removes what processes that died while writing a file have left beside it: copies with old tokens in them.
 * Does what it can, and never fails.
 */
export const removeLeftOvers = (file: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const folder = path.dirname(file)
    const names = await fs.readdir(folder).catch(() => [])
    for (const name of names) {
      if (!name.startsWith(temporaryPrefix(file)) || !name.endsWith(".tmp")) continue
      const leftOver = path.join(folder, name)
      const written = await fs.stat(leftOver).then(
        ({ mtimeMs }) => mtimeMs,
        () => Number.POSITIVE_INFINITY,
      )
      if (Date.now() - written > LEFT_OVER) await fs.rm(leftOver, { force: true }).catch(() => {})
    }
  })
