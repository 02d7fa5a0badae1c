/**
 * `.audit.checkpoint.json`: what the lines of the audit log said up to one of them, so that a start need not take all of
 * them in again. It counts for nothing but an audit log that begins with the very same bytes, and may be deleted: then the
 * audit log is read from its first line.
 */
import { createHash, type Hash } from "node:crypto"
import * as path from "node:path"
import { VERSION } from "../../http/Version.js"
import { sha256 } from "../AuditEntry.js"
import type { SavedReader } from "../AuditReader.js"
import { type AppendFile, CHUNK, type FileSystem } from "../FileSystem.js"
import type { Line } from "../Lines.js"

/** The checkpoint's file. */
const CHECKPOINT = ".audit.checkpoint.json"

/** Bytes of audit log that are read faster than a checkpoint pays for itself. */
const LEAST = 1 << 20

/** A checkpoint is made again when the audit log has grown by this part: it is as long to write as the audit log is. */
const GROWTH = 0.25

/** Progress of reading an audit log. */
export interface CheckpointData {
  /** Number of bytes that were read. */
  readonly offset: number
  /** Offset of the last line in them. */
  readonly lastStart: number
  /** SHA-256 of these bytes. */
  readonly covers: string
  readonly reader: SavedReader
}

/** The place to continue from, and the hash of everything before it. */
export interface Resumed {
  readonly checkpoint: CheckpointData
  readonly last: Line
  readonly hash: Hash
}

/** First line of the checkpoint's file: the version and zone that it is for, and its hash. */
const seal = (timeZone: string, body: string) =>
  JSON.stringify({ version: VERSION, timeZone, sha256: sha256(body) })

// What this very version has written, as its hash says, has the shape that this version writes.
const isCheckpoint = (_content: unknown): _content is CheckpointData => true

const parse = (text: string | undefined, timeZone: string): CheckpointData | undefined => {
  if (text === undefined) return undefined
  const end = text.indexOf("\n")
  const body = text.slice(end + 1)
  if (end < 0 || text.slice(0, end) !== seal(timeZone, body)) return undefined
  const content: unknown = JSON.parse(body)
  return isCheckpoint(content) ? content : undefined
}

/** The checkpoint of one folder's audit log. */
export class AuditCheckpoint {
  readonly #fs: FileSystem
  readonly #file: string
  readonly #timeZone: string

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#file = path.join(folder, CHECKPOINT)
    this.#timeZone = timeZone
  }

  /** Finds where to go on in an audit log; `undefined` if it has to be read from its beginning. */
  async resume(log: AppendFile, size: number): Promise<Resumed | undefined> {
    if (size < LEAST) return undefined
    const checkpoint = parse(await this.#fs.read(this.#file), this.#timeZone)
    if (checkpoint === undefined || checkpoint.offset > size) return undefined
    const { offset, lastStart, covers } = checkpoint
    const hash = createHash("sha256")
    for (let at = 0; at < offset; at += CHUNK) {
      hash.update(await log.readFrom(at, Math.min(CHUNK, offset - at)))
    }
    if (hash.copy().digest("hex") !== covers) return undefined
    // Without its line break.
    const last = { bytes: await log.readFrom(lastStart, offset - lastStart - 1), start: lastStart }
    return { checkpoint, last, hash }
  }

  /** Tells if an audit log that was read this far, from a checkpoint on or from its beginning, is worth a new one. */
  isDue(offset: number, from: number): boolean {
    return offset >= LEAST && offset - from >= Math.max(LEAST, offset * GROWTH)
  }

  /** Keeps how far an audit log was read. Where that fails, the next start takes longer. */
  async write(checkpoint: CheckpointData): Promise<void> {
    const body = JSON.stringify(checkpoint)
    await this.#fs.replace(this.#file, `${seal(this.#timeZone, body)}\n${body}`).catch(() => {})
  }
}
