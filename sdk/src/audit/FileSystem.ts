/**
 * The few things that the safeguards need of a file system, so that tests can put one under them that forgets
 * what was not flushed, is full, or cannot be written.
 */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { makeFolder } from "../internal/Folder.js"
import { tighten } from "../internal/OwnerOnly.js"

/** A file that is only appended to. */
export interface AppendFile {
  /** Tells the file apart from another of the same name. */
  readonly identity: string
  /** Appends in one write; gives how many bytes went in. */
  readonly append: (content: Uint8Array) => Promise<number>
  /** Makes everything that was appended survive a power cut. */
  readonly flush: () => Promise<void>
  /** Reads from an offset so many bytes, or to the end. */
  readonly readFrom: (offset: number, length?: number) => Promise<Uint8Array>
  /** Lets the file go; what was appended stays. */
  readonly close: () => Promise<void>
}

/** Facts about a file that are known without reading it. */
export interface FileStatus {
  readonly identity: string
  readonly size: number
  /** Changes whenever the file is written. */
  readonly version: string
}

/** Rejects with errors that have a `code`, as `node:fs` does. */
export interface FileSystem {
  /** Makes a folder and those above it, mode 0700, where they are missing. */
  readonly makeFolder: (folder: string) => Promise<void>
  /** Makes the names of a folder survive a power cut. */
  readonly flushFolder: (folder: string) => Promise<void>
  /** Opens a file for appending, made with mode 0600 where it is missing. */
  readonly openAppend: (file: string) => Promise<AppendFile>
  /** `undefined` if there is no such file. */
  readonly status: (file: string) => Promise<FileStatus | undefined>
  /** `undefined` if there is no such file. */
  readonly read: (file: string) => Promise<string | undefined>
  /** Replaces a file as a whole, with mode 0600, without flushing it. */
  readonly replace: (file: string, content: string) => Promise<void>
  /** Writes into a file that exists. */
  readonly overwrite: (file: string, content: string) => Promise<void>
  /** Gives a file another name, in place of what had it. */
  readonly rename: (from: string, to: string) => Promise<void>
  /** Removes a file; does nothing where there is none. */
  readonly remove: (file: string) => Promise<void>
  /** Names in a folder; none where there is no such folder. */
  readonly list: (folder: string) => Promise<ReadonlyArray<string>>
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined

const orUndefined = async <A>(run: Promise<A>): Promise<A | undefined> => {
  try {
    return await run
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    throw error
  }
}

const statusOf = (stat: { ino: bigint; dev: bigint; size: bigint; mtimeNs: bigint }): FileStatus => ({
  identity: `${stat.dev}:${stat.ino}`,
  size: Number(stat.size),
  version: `${stat.ino}:${stat.size}:${stat.mtimeNs}`,
})

/** Number of bytes of a long file that are read at once. */
export const CHUNK = 1 << 20
const SMALL = 8_192

const readFrom = async (
  handle: fs.FileHandle,
  offset: number,
  length = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  let read = 0
  // Mostly there is a line or two, and after less than was asked for there is hardly any more.
  let size = SMALL
  while (read < length) {
    const buffer = Buffer.allocUnsafe(Math.min(length - read, size))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset + read)
    if (bytesRead === 0) break
    size = bytesRead < buffer.length ? SMALL : CHUNK
    chunks.push(buffer.subarray(0, bytesRead))
    read += bytesRead
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

const openAppend = async (file: string): Promise<AppendFile> => {
  const handle = await fs.open(file, "a+", 0o600)
  await tighten(handle)
  const { identity } = statusOf(await handle.stat({ bigint: true }))
  return {
    identity,
    append: async (content) => (await handle.write(content)).bytesWritten,
    flush: () => handle.datasync(),
    readFrom: (offset, length) => readFrom(handle, offset, length),
    close: () => handle.close(),
  }
}

const replace = async (file: string, content: string): Promise<void> => {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`)
  try {
    await fs.writeFile(temporary, content, { flag: "wx", mode: 0o600 })
    await fs.rename(temporary, file)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
}

const overwrite = async (file: string, content: string): Promise<void> => {
  const handle = await fs.open(file, "r+")
  try {
    await handle.write(content, 0)
  } finally {
    await handle.close()
  }
}

/** Errors of platforms that cannot flush a folder. These offer no stronger guarantee. */
const NO_FOLDER_FLUSH: ReadonlySet<unknown> = new Set(["EISDIR", "EPERM", "EINVAL", "ENOTSUP"])

const flushFolder = async (folder: string): Promise<void> => {
  try {
    const handle = await fs.open(folder, "r")
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (!NO_FOLDER_FLUSH.has(codeOf(error))) throw error
  }
}

/** Node's own file system. */
export const node: FileSystem = {
  makeFolder,
  flushFolder,
  openAppend,
  status: async (file) => {
    const stat = await orUndefined(fs.stat(file, { bigint: true }))
    return stat === undefined ? undefined : statusOf(stat)
  },
  read: async (file) => {
    const text = await orUndefined(fs.readFile(file, "utf8"))
    if (text !== undefined) await tighten(file)
    return text
  },
  replace,
  overwrite,
  rename: (from, to) => fs.rename(from, to),
  remove: (file) => fs.rm(file, { force: true }),
  list: async (folder) => (await orUndefined(fs.readdir(folder))) ?? [],
}
