/**
 * A file system in memory that forgets what was not flushed, can be full or read-only, tears writes, and counts
 * flushes.
 */
import * as path from "node:path"
import type { FileSystem } from "../../src/audit/FileSystem.js"

interface Node {
  readonly inode: number
  content: Buffer
  /** The bytes that a power cut leaves at least. */
  durable: Buffer
  version: number
}

class DiskError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** A number from 0 to 1. */
export type Chance = () => number

/** A disk that outlives the power cuts of those who use it. */
export class Disk {
  flushes = 0
  writes = 0
  /** Bytes that still fit. */
  space = Number.POSITIVE_INFINITY
  isReadOnly = false
  /** True if flushes do nothing, as if they had been forgotten in the code. */
  ignoresFlushes = false
  #inodes = 0
  #names = new Map<string, Node>()
  #durableNames = new Map<string, Node>()

  /** Cuts the power: of what was not flushed, anything may be left. */
  cutPower(chance: Chance): void {
    const names = new Map(this.#durableNames)
    for (const [name, node] of this.#names) if (!names.has(name) && chance() < 0.5) names.set(name, node)
    for (const [name, node] of this.#names)
      if (names.get(name) !== node && chance() < 0.5) names.set(name, node)
    for (const node of names.values()) {
      const lost = node.content.length - node.durable.length
      // Appended bytes may be there in part; a file that was written anew may be empty.
      const kept = node.durable.length + Math.floor(chance() * (lost + 1))
      node.content = lost >= 0 ? Buffer.from(node.content.subarray(0, kept)) : Buffer.from(node.durable)
      node.durable = Buffer.from(node.content)
    }
    this.#names = names
    this.#durableNames = new Map(names)
  }

  text(file: string): string {
    return this.#names.get(file)?.content.toString("utf8") ?? ""
  }

  /** Changes a file from outside. */
  edit(file: string, content: string | undefined): void {
    if (content === undefined) this.#names.delete(file)
    else this.#put(file, Buffer.from(content))
    this.#durableNames = new Map(this.#names)
    for (const node of this.#names.values()) node.durable = Buffer.from(node.content)
  }

  names(): ReadonlyArray<string> {
    return [...this.#names.keys()]
  }

  readonly fileSystem: FileSystem = {
    makeFolder: async () => this.#mustWrite(0),
    flushFolder: async () => {
      this.flushes += 1
      if (!this.ignoresFlushes) this.#durableNames = new Map(this.#names)
    },
    openAppend: async (file) => {
      if (!this.#names.has(file)) this.#mustWrite(0)
      const node = this.#names.get(file) ?? this.#put(file, Buffer.alloc(0))
      return {
        identity: String(node.inode),
        append: async (content) => {
          this.#mustWrite(0)
          const fits = Math.min(content.length, Math.max(0, this.space))
          if (fits === 0) throw new DiskError("ENOSPC")
          this.#change(node, Buffer.concat([node.content, content.subarray(0, fits)]))
          return fits
        },
        flush: async () => {
          this.flushes += 1
          if (!this.ignoresFlushes) node.durable = Buffer.from(node.content)
        },
        readFrom: async (offset, length = node.content.length) =>
          Buffer.from(node.content.subarray(offset, offset + length)),
        close: async () => {},
      }
    },
    status: async (file) => {
      const node = this.#names.get(file)
      return (
        node && {
          identity: String(node.inode),
          size: node.content.length,
          version: `${node.inode}:${node.version}`,
        }
      )
    },
    read: async (file) => this.#names.get(file)?.content.toString("utf8"),
    replace: async (file, content) => {
      this.#mustWrite(content.length)
      this.#names.delete(file)
      this.#put(file, Buffer.from(content))
    },
    overwrite: async (file, content) => {
      const node = this.#names.get(file)
      if (node === undefined) throw new DiskError("ENOENT")
      this.#mustWrite(0)
      this.#change(node, Buffer.from(content))
    },
    rename: async (from, to) => {
      this.#mustWrite(0)
      const node = this.#names.get(from)
      if (node === undefined) throw new DiskError("ENOENT")
      this.#names.delete(from)
      this.#names.set(to, node)
    },
    remove: async (file) => {
      this.#mustWrite(0)
      this.#names.delete(file)
    },
    list: async (folder) =>
      [...this.#names.keys()]
        .filter((name) => path.dirname(name) === folder)
        .map((name) => path.basename(name)),
  }

  #mustWrite(bytes: number): void {
    if (this.isReadOnly) throw new DiskError("EROFS")
    if (bytes > this.space) throw new DiskError("ENOSPC")
  }

  #put(file: string, content: Buffer): Node {
    this.#inodes += 1
    const node = { inode: this.#inodes, content, durable: Buffer.alloc(0), version: 0 }
    const before = this.#names.get(file)
    if (before === undefined) this.#names.set(file, node)
    else this.#change(before, content)
    this.writes += 1
    return before ?? node
  }

  #change(node: Node, content: Buffer): void {
    this.space -= Math.max(0, content.length - node.content.length)
    node.content = content
    node.version += 1
    this.writes += 1
  }
}
