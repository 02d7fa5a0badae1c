/**
 * `.audit.jsonl`: read as it grows, and only ever appended to. What stands in it stays as it is; a line that
 * was cut off is closed off by the next one.
 */
import { createHash, type Hash } from "node:crypto"
import * as path from "node:path"
import { type AuditEntry, type AuditEntryDraft, endsSomething } from "../AuditEntry.js"
import { AuditReader } from "../AuditReader.js"
import { type AppendFile, CHUNK, type FileStatus, type FileSystem } from "../FileSystem.js"
import { type AuditProblem, type Inspected, inspect, link, readEntries, stops } from "../HashChain.js"
import { type Line, splitLines } from "../Lines.js"
import type { TransferLedger } from "../TransferLedger.js"
import { AuditCheckpoint } from "./AuditCheckpoint.js"
import { AuditHeadFile } from "./AuditHeadFile.js"

/** The trail's file. */
const TRAIL = ".audit.jsonl"

const LINE_BREAK = 10

/** How often a line is written again that another writer came before. */
const ROUNDS = 5

/** A write that went in only in part. */
class ShortWrite extends Error {
  readonly code = "ENOSPC"
}

/** How far the file was read. */
interface Progress {
  readonly reader: AuditReader
  /** Numbers that more than one line has. */
  readonly forked: ReadonlySet<number>
  /** Where the first byte stands that was not taken in. */
  offset: number
  /** The last line taken in, to see that it still stands where it stood. */
  last: Line
  /** What stands after it and is no line yet. */
  tail: Uint8Array
  version: string | undefined
  /** The head whose line was found. */
  foundHead: string | undefined
  /** Of all bytes before `offset`. */
  hash: Hash
  /** How much of them was not read as lines, since a checkpoint says what they say. */
  readonly resumedFrom: number
}

const NOTHING = new Uint8Array()

/** One trail in one folder. Its methods must not run at the same time. */
export class AuditFile {
  readonly file: string
  readonly #fs: FileSystem
  readonly #timeZone: string
  readonly #head: AuditHeadFile
  readonly #checkpoint: AuditCheckpoint
  #handle: AppendFile | undefined
  #progress: Progress
  #isLoaded = false
  #wasBehind = false
  #isNameFlushed = false
  #problems: ReadonlyArray<AuditProblem> = []
  /** Accepts of all trails that stood here while this process ran. */
  readonly #accepts = new Set<string>()

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#timeZone = timeZone
    this.file = path.join(folder, TRAIL)
    this.#head = new AuditHeadFile(fs, folder)
    this.#checkpoint = new AuditCheckpoint(fs, folder, timeZone)
    this.#progress = this.#fresh()
  }

  get ledger(): TransferLedger {
    return this.#progress.reader.ledger
  }

  /** How many lines there are, blank ones left out. */
  get lines(): number {
    return this.#progress.reader.lines
  }

  /** Takes in what was added since, or everything anew where the file is no longer the one that was read. */
  async refresh(): Promise<void> {
    await this.#head.refresh()
    const status = await this.#fs.status(this.file)
    if (!this.#isLoaded || status?.version !== this.#progress.version) {
      if (status !== undefined && !this.#isLoaded) await this.#resume(status.size)
      if (status !== undefined) await this.#take(status)
      else if (this.#progress.version !== undefined) await this.#startOver()
      this.#progress.version = status?.version
      this.#noteAccepts()
    }
    const isBehind = this.#isBehind()
    if (this.#progress.reader.isSuspect || isBehind || this.#wasBehind) await this.#look()
    this.#wasBehind = isBehind
    if (!this.#isLoaded && !isBehind) await this.#keepCheckpoint()
    this.#isLoaded = true
  }

  /** The problem that stops transfers, if there is one. */
  get stopper(): AuditProblem | undefined {
    return this.#problems.find(stops)
  }

  /**
   * Appends lines in one write, and takes them in with whatever stands before them by then. What ends something is
   * heard only as a link of the chain, so it is written again where another writer came before.
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
    return inspect({ bytes: await this.#all(), head: this.#head.value })
  }

  async #all(): Promise<Uint8Array> {
    return (await this.#handle?.readFrom(0)) ?? NOTHING
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  #fresh(forked: ReadonlySet<number> = new Set()): Progress {
    return {
      reader: new AuditReader(this.#timeZone, forked),
      forked,
      offset: 0,
      last: { bytes: NOTHING, start: 0 },
      tail: NOTHING,
      version: undefined,
      foundHead: undefined,
      hash: createHash("sha256"),
      resumedFrom: 0,
    }
  }

  /** Goes on from the checkpoint, where there is one of this very trail. */
  async #resume(size: number): Promise<void> {
    const found = await this.#checkpoint.resume(await this.#open(), size)
    if (found === undefined) return
    const { checkpoint, last, hash } = found
    const fresh = this.#fresh()
    fresh.reader.restore(checkpoint.reader, last.bytes)
    this.#progress = { ...fresh, hash, last, offset: checkpoint.offset, resumedFrom: checkpoint.offset }
  }

  /** Keeps what the lines so far say, where the next start gains by it. */
  async #keepCheckpoint(): Promise<void> {
    const { reader, offset, last, hash, resumedFrom } = this.#progress
    const isAtEnd = last.start + last.bytes.length + 1 === offset
    if (!isAtEnd || !this.#checkpoint.isDue(offset, resumedFrom)) return
    const saved = reader.save()
    if (saved === undefined) return
    const covers = hash.copy().digest("hex")
    await this.#checkpoint.write({ offset, lastStart: last.start, covers, reader: saved })
  }

  /** The file is another one, or lost lines: what was read of it must still be in it. */
  async #startOver(): Promise<void> {
    this.#head.remember(this.#progress.reader.newest)
    this.#progress = this.#fresh()
    this.#problems = []
    await this.close()
  }

  async #open(): Promise<AppendFile> {
    if (this.#handle !== undefined) return this.#handle
    await this.#fs.makeFolder(path.dirname(this.file))
    this.#handle = await this.#fs.openAppend(this.file)
    return this.#handle
  }

  async #take(status: FileStatus): Promise<void> {
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
    // Two lines of one number, and the first is taken in already: with both known, neither ends anything.
    const { forks } = this.#progress.reader
    if (forks.size === 0) return
    this.#progress = this.#fresh(new Set([...this.#progress.forked, ...forks]))
    await this.#consumeAll()
  }

  async #consumeAll(): Promise<void> {
    await this.#consume(await this.#open(), NOTHING, false)
  }

  /**
   * Takes in what follows, a piece at a time: a trail of years is larger than what should be held at once, and others
   * want to go on meanwhile.
   *
   * @param first - what stands next, as far as it was read
   * @param isAll - whether there is no more
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

  /** Takes in all whole lines, and gives what follows the last of them. */
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

  /** What this process saw of another trail no longer counts once somebody has accepted this one. */
  #noteAccepts(): void {
    for (const accept of this.#progress.reader.accepts) {
      if (this.#isLoaded && !this.#accepts.has(accept)) this.#head.forget()
      this.#accepts.add(accept)
    }
  }

  /** Whether the line that the head names was not found. */
  #isBehind(): boolean {
    const head = this.#head.value
    const { reader, foundHead } = this.#progress
    if (head === undefined || head.hash === foundHead) return false
    if (!reader.has(head.hash)) return true
    this.#progress.foundHead = head.hash
    return false
  }

  async #look(): Promise<void> {
    const { hasHead, problems } = await this.inspect()
    if (hasHead) this.#progress.foundHead = this.#head.value?.hash
    this.#problems = problems
    this.#progress.reader.isSuspect = false
  }

  async #write(
    drafts: ReadonlyArray<AuditEntryDraft>,
    at: number,
    durable: boolean,
  ): Promise<ReadonlyArray<string>> {
    const handle = await this.#open()
    const isAccept = drafts.some(({ event_type }) => event_type === "audit_accepted")
    const { tail, reader } = this.#progress
    // Numbers go on; after lines were lost and that is accepted, beyond the lost ones.
    const above = isAccept ? (this.#head.value?.seq ?? 0) : 0
    const all = isAccept ? await handle.readFrom(0) : NOTHING
    const { content, hashes, newest } = reader.encode(drafts, at, { tail, above, all })
    if ((await handle.append(content)) !== content.length) throw new ShortWrite("only a part was written")
    if (durable) {
      await handle.flush()
      if (!this.#isNameFlushed) await this.#fs.flushFolder(path.dirname(this.file))
      this.#isNameFlushed = true
      // As long as lines are missing, the head is what shows it.
      if (isAccept || !this.#isBehind()) await this.#head.write(newest)
    }
    return hashes
  }
}
