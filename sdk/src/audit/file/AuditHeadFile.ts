/**
 * `.audit.head.json`: the newest flushed line of the trail, kept beside it. It is not flushed itself, so a power
 * cut may leave anything of it: it is written anew with the next line.
 */
import * as path from "node:path"
import type { FileSystem } from "../FileSystem.js"
import type { ChainHead } from "../HashChain.js"

/** The head's file. */
const HEAD = ".audit.head.json"

const parse = (text: string | undefined): ChainHead | undefined => {
  if (text === undefined) return undefined
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content !== "object" || content === null || !("seq" in content) || !("hash" in content))
      return undefined
    const { seq, hash } = content
    return typeof seq === "number" && Number.isSafeInteger(seq) && typeof hash === "string"
      ? { seq, hash }
      : undefined
  } catch {
    return undefined
  }
}

/** The head of one folder's trail. Its methods must not run at the same time. */
export class AuditHeadFile {
  readonly #file: string
  readonly #fs: FileSystem
  #version: string | undefined
  #isRead = false
  #onDisk: ChainHead | undefined
  /** The newest line that this process saw, where the trail has lost lines since. */
  #seen: ChainHead | undefined

  constructor(fs: FileSystem, folder: string) {
    this.#fs = fs
    this.#file = path.join(folder, HEAD)
  }

  /** What the trail must hold at least; `undefined` where nothing is known. */
  get value(): ChainHead | undefined {
    if (this.#seen === undefined) return this.#onDisk
    return this.#onDisk !== undefined && this.#onDisk.seq > this.#seen.seq ? this.#onDisk : this.#seen
  }

  /** Reads the file where it changed. */
  async refresh(): Promise<void> {
    const version = (await this.#fs.status(this.#file))?.version
    if (this.#isRead && version === this.#version) return
    this.#onDisk = parse(await this.#fs.read(this.#file))
    this.#version = version
    this.#isRead = true
  }

  /** The trail is no longer the one that was read, and must still hold what was read of it. */
  remember(newest: ChainHead | undefined): void {
    if (newest !== undefined && (this.#seen === undefined || newest.seq > this.#seen.seq)) this.#seen = newest
  }

  /** Somebody accepted the trail as it is. */
  forget(): void {
    this.#seen = undefined
  }

  /** Names a line that was flushed. A failure is mended with the next one. */
  async write(head: ChainHead): Promise<void> {
    await this.#fs.replace(this.#file, `${JSON.stringify(head)}\n`).catch(() => {})
  }
}
