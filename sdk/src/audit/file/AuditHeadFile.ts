/**
 * `.audit.head.json`: the newest flushed entry of the audit log, kept beside it. It is not flushed itself, so a power
 * cut may leave any part of it: it is written again with the next entry.
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

/** The head of one folder's audit log. Its methods must not run at the same time. */
export class AuditHeadFile {
  readonly #file: string
  readonly #fs: FileSystem
  #version: string | undefined
  #isRead = false
  #head: ChainHead | undefined

  constructor(fs: FileSystem, folder: string) {
    this.#fs = fs
    this.#file = path.join(folder, HEAD)
  }

  /** Reads the head, if the file changed; `undefined` if there is none, or none that can be read. */
  async read(): Promise<ChainHead | undefined> {
    const version = (await this.#fs.status(this.#file))?.version
    if (this.#isRead && version === this.#version) return this.#head
    this.#head = parse(await this.#fs.read(this.#file))
    this.#version = version
    this.#isRead = true
    return this.#head
  }

  /** Names an entry that was flushed. If this fails, the next write repairs it. */
  async write(head: ChainHead): Promise<void> {
    await this.#fs.replace(this.#file, `${JSON.stringify(head)}\n`).catch(() => {})
  }
}
