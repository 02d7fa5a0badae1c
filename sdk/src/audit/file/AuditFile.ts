/**
 * `.audit.jsonl`: read as it grows, and only ever appended to. Its content stays as it is; the next entry closes off
 * one that was cut off.
 */
import { createHash, type Hash } from "node:crypto"
import * as path from "node:path"
import { type AuditEntry, type AuditEntryDraft, endsSomething } from "../AuditEntry.js"
import {
  type AuditLogState,
  concludeRead,
  expectedHead,
  initial,
  lacksHead,
  mustInspect,
  noteDuplicates,
  noteHead,
  noteInspection,
  startOver,
  stopper,
} from "../AuditLogState.js"
import { AuditReader } from "../AuditReader.js"
import { type AppendFile, CHUNK, type FileStatus, type FileSystem } from "../FileSystem.js"
import { type AuditProblem, type Inspected, inspect, link, readEntries } from "../HashChain.js"
import { type Line, splitLines } from "../Lines.js"
import type { TransferLedger } from "../TransferLedger.js"
import { AuditCheckpoint } from "./AuditCheckpoint.js"
import { AuditHeadFile } from "./AuditHeadFile.js"

/** Name of the audit log's file. */
const AUDIT_LOG = ".audit.jsonl"

const LINE_BREAK = 10

/** Number of times that an entry is written again because another writer came before. */
const ROUNDS = 5

/** A write of which only a part went in. */
class ShortWrite extends Error {
  readonly code = "ENOSPC"
}

/** Progress of reading the file. */
interface Progress {
  readonly reader: AuditReader
  /** Offset of the first byte that was not read as part of a line. */
  offset: number
  /** The last line that was read, to check that it is still in its place. */
  last: Line
  /** Bytes after it that are no whole line yet. */
  tail: Uint8Array
  version: string | undefined
  /** Hash of all bytes before `offset`. */
  hash: Hash
  /** Bytes that a checkpoint stands in for. */
  readonly resumedFrom: number
}

const NOTHING = new Uint8Array()

/** The audit log of one folder. Its methods must not run at the same time. */
export class AuditFile {
  readonly file: string
  readonly #fs: FileSystem
  readonly #timeZone: string
  readonly #head: AuditHeadFile
  readonly #checkpoint: AuditCheckpoint
  #handle: AppendFile | undefined
  #state: AuditLogState = initial
  #progress: Progress
  #isNameFlushed = false

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#timeZone = timeZone
    this.file = path.join(folder, AUDIT_LOG)
    this.#head = new AuditHeadFile(fs, folder)
    this.#checkpoint = new AuditCheckpoint(fs, folder, timeZone)
    this.#progress = this.#fresh()
  }

  get ledger(): TransferLedger {
    return this.#progress.reader.ledger
  }

  /** Number of lines that are not blank. */
  get lines(): number {
    return this.#progress.reader.lines
  }

  /** The problem that stops transfers, if there is one. */
  get stopper(): AuditProblem | undefined {
    return stopper(this.#state)
  }

  /** Reads what was added, or the whole file again if it is no longer the one that was read. */
  async refresh(): Promise<void> {
    const isFirst = !this.#state.isLoaded
    this.#state = noteHead(this.#state, await this.#head.read())
    await this.#readChanges(isFirst)
    this.#state = concludeRead(this.#state, this.#progress.reader)
    if (mustInspect(this.#state, this.#progress.reader)) await this.#inspectAll()
    if (isFirst && !this.#state.isHeadMissing) await this.#writeCheckpoint()
  }

  /**
   * Appends entries in one write, and reads them back with the entries that other writers put before them. An entry that
   * ends something counts only as a link of the chain, so it is written again if another writer came before.
   */
  async append(drafts: ReadonlyArray<AuditEntryDraft>, at: number, durable: boolean): Promise<void> {
    let left = drafts
    for (let round = 0; left.length > 0 && round < ROUNDS; round++) {
      const hashes = await this.#write(left, at, durable)
      await this.refresh()
      const { reader } = this.#progress
      left = left.filter((draft, index) => endsSomething(draft) && !reader.isLink(hashes[index] ?? ""))
    }
  }

  /** Reads all entries. */
  async entries(): Promise<ReadonlyArray<AuditEntry>> {
    return readEntries(await this.#all())
  }

  /** Checks all lines. */
  async inspect(): Promise<Inspected> {
    return inspect({ bytes: await this.#all(), head: expectedHead(this.#state) })
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #all(): Promise<Uint8Array> {
    return (await this.#handle?.readFrom(0)) ?? NOTHING
  }

  async #inspectAll(): Promise<void> {
    this.#state = noteInspection(this.#state, await this.inspect())
    this.#progress.reader.isSuspect = false
  }

  async #readChanges(isFirst: boolean): Promise<void> {
    const status = await this.#fs.status(this.file)
    if (!isFirst && status?.version === this.#progress.version) return
    if (status !== undefined && isFirst) await this.#resume(status.size)
    if (status !== undefined) await this.#read(status)
    else if (this.#progress.version !== undefined) await this.#startOver()
    this.#progress.version = status?.version
  }

  #fresh(): Progress {
    return {
      reader: new AuditReader(this.#timeZone, this.#state.duplicateSeqs),
      offset: 0,
      last: { bytes: NOTHING, start: 0 },
      tail: NOTHING,
      version: undefined,
      hash: createHash("sha256"),
      resumedFrom: 0,
    }
  }

  /** Continues from the checkpoint, if there is one of this very log. */
  async #resume(size: number): Promise<void> {
    const found = await this.#checkpoint.resume(await this.#open(), size)
    if (found === undefined) return
    const { checkpoint, last, hash } = found
    const fresh = this.#fresh()
    fresh.reader.restore(checkpoint.reader, last.bytes)
    this.#progress = { ...fresh, hash, last, offset: checkpoint.offset, resumedFrom: checkpoint.offset }
  }

  /** Saves what the entries so far say, if that makes the next start faster. */
  async #writeCheckpoint(): Promise<void> {
    const { reader, offset, last, hash, resumedFrom } = this.#progress
    const isAtEnd = last.start + last.bytes.length + 1 === offset
    if (!isAtEnd || !this.#checkpoint.isDue(offset, resumedFrom)) return
    const saved = reader.save()
    if (saved === undefined) return
    const covers = hash.copy().digest("hex")
    await this.#checkpoint.write({ offset, lastStart: last.start, covers, reader: saved })
  }

  /** Forgets the content that was read: the file is another one, or lost lines. */
  async #startOver(): Promise<void> {
    this.#state = startOver(this.#state, this.#progress.reader.newest)
    this.#progress = this.#fresh()
    await this.close()
  }

  async #open(): Promise<AppendFile> {
    if (this.#handle !== undefined) return this.#handle
    await this.#fs.makeFolder(path.dirname(this.file))
    this.#handle = await this.#fs.openAppend(this.file)
    return this.#handle
  }

  async #read(status: FileStatus): Promise<void> {
    const { offset, tail, version } = this.#progress
    // Written without growing: some line was edited in place.
    const isEdited = version !== undefined && status.size === offset + tail.length
    const isOther = this.#handle !== undefined && this.#handle.identity !== status.identity
    if (isOther || status.size < offset || isEdited) await this.#startOver()
    const handle = await this.#open()
    const { last } = this.#progress
    const bytes = await handle.readFrom(last.start, CHUNK)
    const known = last.bytes.length
    const isSame =
      Buffer.compare(bytes.subarray(0, known), last.bytes) === 0 &&
      (bytes.length <= known || known === 0 || bytes[known] === LINE_BREAK)
    if (isSame) {
      const isAll = bytes.length < CHUNK
      await this.#consume(handle, bytes.subarray(this.#progress.offset - last.start), isAll)
    } else {
      await this.#startOver()
      await this.#consumeAll()
    }
    const { forks } = this.#progress.reader
    if (forks.size === 0) return
    this.#state = noteDuplicates(this.#state, forks)
    this.#progress = this.#fresh()
    await this.#consumeAll()
  }

  async #consumeAll(): Promise<void> {
    await this.#consume(await this.#open(), NOTHING, false)
  }

  /**
   * Reads what follows, a piece at a time: the log of years is larger than what should be in memory at once, and other
   * work must go on between the pieces.
   *
   * @param first - the next bytes, as far as they were read
   * @param isAll - whether there are no more
   */
  async #consume(handle: AppendFile, first: Uint8Array, isAll: boolean): Promise<void> {
    let rest = this.#addLines(first)
    let isEnd = isAll
    while (!isEnd) {
      const more = await handle.readFrom(this.#progress.offset + rest.length, CHUNK)
      isEnd = more.length < CHUNK
      rest = this.#addLines(rest.length === 0 ? more : Buffer.concat([rest, more]))
    }
    // A whole line may lack nothing but its line break.
    const isLine = rest.length > 0 && link(rest).entry !== undefined
    const progress = this.#progress
    if (isLine) this.#add({ bytes: rest, start: progress.offset }, false)
    progress.tail = isLine ? NOTHING : Uint8Array.from(rest)
    if (isLine) progress.hash.update(rest)
    progress.offset += isLine ? rest.length : 0
    progress.last = { bytes: Uint8Array.from(progress.last.bytes), start: progress.last.start }
  }

  /** Adds all whole lines, and gives the bytes after the last of them. */
  #addLines(bytes: Uint8Array): Uint8Array {
    const { lines, tail } = splitLines(bytes, this.#progress.offset)
    for (const line of lines) this.#add(line, true)
    this.#progress.hash.update(bytes.subarray(0, bytes.length - tail.bytes.length))
    this.#progress.offset = tail.start
    return tail.bytes
  }

  #add(line: Line, isClosed: boolean): void {
    this.#progress.reader.add(line.bytes, isClosed)
    if (line.bytes.length > 0) this.#progress.last = line
  }

  async #write(
    drafts: ReadonlyArray<AuditEntryDraft>,
    at: number,
    durable: boolean,
  ): Promise<ReadonlyArray<string>> {
    const handle = await this.#open()
    const isAccept = drafts.some(({ event_type }) => event_type === "audit_accepted")
    const { tail, reader } = this.#progress
    // Numbers continue; after a loss is accepted, they continue above those of the lost entries.
    const above = isAccept ? (expectedHead(this.#state)?.seq ?? 0) : 0
    const all = isAccept ? await handle.readFrom(0) : NOTHING
    const { content, hashes, newest } = reader.encode(drafts, at, { tail, above, all })
    if ((await handle.append(content)) !== content.length) throw new ShortWrite("only a part was written")
    if (durable) {
      await handle.flush()
      if (!this.#isNameFlushed) await this.#fs.flushFolder(path.dirname(this.file))
      this.#isNameFlushed = true
      // As long as entries are missing, the old head shows it.
      if (isAccept || !lacksHead(this.#state, reader)) await this.#head.write(newest)
    }
    return hashes
  }
}
