/**
 * `.audit.jsonl`: read as it grows, and only ever appended to. What stands in it stays as it is; a line that
 * was cut off is closed off by the next one.
 */
import { createHash, type Hash } from "node:crypto"
import * as path from "node:path"
import { type Head, inspect, type Link, link, type Problem, stops } from "./Chain.js"
import { type Draft, type Entry, encodeLine, sha256 } from "./Entry.js"
import type { AppendFile, FileStatus, FileSystem } from "./FileSystem.js"
import { Ledger } from "./Ledger.js"

/** The trail's file. */
const TRAIL = ".audit.jsonl"
/** The file that names the newest flushed line of the trail. */
const HEAD = ".audit.head.json"

const NEWLINE = 10
const LINE_BREAK = new Uint8Array([NEWLINE])

/** A write that went in only in part. */
class ShortWrite extends Error {
  readonly code = "ENOSPC"
}

const parseHead = (text: string | undefined): Head | undefined => {
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
    // Not flushed, so a power cut may leave anything: it is written anew with the next line.
    return undefined
  }
}

const newest = (a: Head | undefined, b: Head | undefined): Head | undefined =>
  a === undefined || (b !== undefined && b.seq > a.seq) ? b : a

/** The lines of some bytes, empty ones left out, and what follows the last line break. */
const split = (
  bytes: Uint8Array,
): { readonly lines: ReadonlyArray<Uint8Array>; readonly tail: Uint8Array } => {
  const lines: Array<Uint8Array> = []
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (end > start) lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return { lines, tail: bytes.subarray(start) }
}

/** What was read of the file so far. */
interface Progress {
  readonly ledger: Ledger
  /** Of all bytes up to the first line of ours. */
  readonly root: Hash
  /** Where the first byte stands that was not taken in. */
  offset: number
  lines: number
  /** The last line taken in, to see that it still stands where it stood. */
  lastLine: Uint8Array
  lastStart: number
  lastHash: string | undefined
  lastSeq: number
  tail: Uint8Array
  version: string | undefined
  /** Whether some line did not fit the one before, or changes what is to be thought of those before it. */
  isSuspect: boolean
  /** Whether the line that the head names was found. */
  hasHead: boolean
  /** Of the last line that can be read. */
  readableHash: string | undefined
  /** Whether lines that cannot be read follow it. */
  isInterrupted: boolean
}

/** One trail in one folder. Its methods must not run at the same time. */
export class TrailFile {
  readonly file: string
  readonly #headFile: string
  readonly #fs: FileSystem
  readonly #timeZone: string
  #handle: AppendFile | undefined
  #progress: Progress
  #head: Head | undefined
  #isLoaded = false
  #isNameFlushed = false
  #problems: ReadonlyArray<Problem> = []

  constructor(fs: FileSystem, folder: string, timeZone: string) {
    this.#fs = fs
    this.#timeZone = timeZone
    this.file = path.join(folder, TRAIL)
    this.#headFile = path.join(folder, HEAD)
    this.#progress = this.#fresh()
  }

  get ledger(): Ledger {
    return this.#progress.ledger
  }

  /** How many lines there are. */
  get lines(): number {
    return this.#progress.lines
  }

  /** Takes in what was added since, or everything anew where the file is no longer the one that was read. */
  async refresh(): Promise<void> {
    if (!this.#isLoaded) this.#head = newest(this.#head, parseHead(await this.#fs.read(this.#headFile)))
    const status = await this.#fs.status(this.file)
    if (this.#isLoaded && status?.version === this.#progress.version) return
    if (status !== undefined) await this.#take(status)
    else {
      await this.close()
      this.#progress = this.#fresh()
    }
    this.#progress.version = status?.version
    const isBehind = this.#head !== undefined && !this.#progress.hasHead
    if (this.#progress.isSuspect || isBehind || !this.#isLoaded) await this.#inspect()
    this.#isLoaded = true
  }

  /** The problem that stops transfers, if there is one. */
  stopper(now: number): Problem | undefined {
    return this.#problems.find((problem) => stops(problem, now))
  }

  /** Appends lines in one write, and takes them in with whatever stands before them by then. */
  async append(drafts: ReadonlyArray<Draft>, at: number, durable: boolean): Promise<void> {
    if (drafts.length === 0) return
    const handle = await this.#open()
    const { content, head } = this.#encode(drafts, at)
    if ((await handle.append(content)) !== content.length) throw new ShortWrite("only a part was written")
    if (durable) {
      await handle.flush()
      if (!this.#isNameFlushed) await this.#fs.flushFolder(path.dirname(this.file))
      this.#isNameFlushed = true
      this.#head = head
      // A view of what was flushed: the next line mends what a failure here leaves.
      await this.#fs.replace(this.#headFile, `${JSON.stringify(head)}\n`).catch(() => {})
    }
    await this.refresh()
  }

  /** Reads all lines. */
  async links(): Promise<{ readonly links: ReadonlyArray<Link>; readonly problems: ReadonlyArray<Problem> }> {
    const bytes = this.#handle === undefined ? new Uint8Array() : await this.#handle.readFrom(0)
    const { lines, tail } = split(bytes)
    const links = (tail.length > 0 ? [...lines, tail] : lines).map(link)
    const first = links.findIndex(({ entry }) => entry?.seq !== undefined)
    const firstLine = lines[first]
    const rootEnd = firstLine === undefined ? bytes.length : firstLine.byteOffset - bytes.byteOffset
    const rootHash = sha256(bytes.subarray(0, rootEnd))
    const problems = inspect({ links, rootHash, isTorn: tail.length > 0, head: this.#head })
    return { links, problems }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  #fresh(): Progress {
    return {
      ledger: new Ledger(this.#timeZone),
      root: createHash("sha256"),
      offset: 0,
      lines: 0,
      lastLine: new Uint8Array(),
      lastStart: 0,
      lastHash: undefined,
      lastSeq: 0,
      tail: new Uint8Array(),
      version: undefined,
      isSuspect: false,
      hasHead: false,
      readableHash: undefined,
      isInterrupted: false,
    }
  }

  async #open(): Promise<AppendFile> {
    if (this.#handle !== undefined) return this.#handle
    await this.#fs.makeFolder(path.dirname(this.file))
    this.#handle = await this.#fs.openAppend(this.file)
    return this.#handle
  }

  async #take(status: FileStatus): Promise<void> {
    const progress = this.#progress
    const taken = progress.offset + progress.tail.length
    // Written without growing: some line was edited in place.
    const isEdited = progress.version !== undefined && status.size === taken
    if (
      this.#handle === undefined ||
      this.#handle.identity !== status.identity ||
      status.size < progress.offset ||
      isEdited
    ) {
      await this.close()
      this.#progress = this.#fresh()
      await this.#open()
    }
    const bytes = (await this.#handle?.readFrom(this.#progress.lastStart)) ?? new Uint8Array()
    const known = this.#progress.lastLine.length
    const isSame =
      known === 0 ||
      (Buffer.compare(bytes.subarray(0, known), this.#progress.lastLine) === 0 && bytes[known] === NEWLINE)
    if (!isSame) {
      this.#progress = this.#fresh()
      return this.#consume((await this.#handle?.readFrom(0)) ?? new Uint8Array(), 0)
    }
    this.#consume(bytes.subarray(this.#progress.offset - this.#progress.lastStart), this.#progress.offset)
  }

  #consume(bytes: Uint8Array, start: number): void {
    const progress = this.#progress
    const { lines, tail } = split(bytes)
    for (const line of lines) {
      const lineStart = start + (line.byteOffset - bytes.byteOffset)
      this.#addLine(line, lineStart)
    }
    progress.tail = tail
    progress.offset = start + bytes.length - tail.length
  }

  #addLine(line: Uint8Array, start: number): void {
    const progress = this.#progress
    const { hash, entry } = link(line)
    if (entry?.seq === undefined) {
      if (progress.lastSeq === 0) progress.root.update(line).update(LINE_BREAK)
      if (entry === undefined) progress.isSuspect = true
    } else {
      const before = progress.lastSeq === 0 ? progress.root.copy().digest("hex") : progress.lastHash
      if (entry.prev !== before || entry.seq !== progress.lastSeq + 1) progress.isSuspect = true
      // What somebody accepted is to be seen in another light from here on.
      if (entry.event_type === "audit_accepted") progress.isSuspect = true
      if (entry.seq === this.#head?.seq && hash === this.#head.hash) progress.hasHead = true
      progress.lastSeq = Math.max(progress.lastSeq, entry.seq)
    }
    if (entry !== undefined) progress.ledger.add(entry)
    progress.isInterrupted = entry === undefined
    if (entry !== undefined) progress.readableHash = hash
    progress.lines += 1
    progress.lastHash = hash
    progress.lastLine = Uint8Array.from(line)
    progress.lastStart = start
  }

  async #inspect(): Promise<void> {
    const isClean = !this.#progress.isSuspect && (this.#head === undefined || this.#progress.hasHead)
    this.#problems = isClean ? [] : (await this.links()).problems
    this.#progress.isSuspect = false
  }

  #encode(drafts: ReadonlyArray<Draft>, at: number): { readonly content: Uint8Array; readonly head: Head } {
    const { tail, lastHash, root } = this.#progress
    const torn = tail.length > 0 ? link(tail) : undefined
    const lastSeq = Math.max(this.#progress.lastSeq, torn?.entry?.seq ?? 0)
    const rootHash = () => {
      const hash = root.copy()
      return (torn === undefined ? hash : hash.update(tail).update(LINE_BREAK)).digest("hex")
    }
    let prev = lastSeq === 0 ? rootHash() : (torn?.hash ?? lastHash ?? rootHash())
    // Numbers go on; after lines were lost and that was accepted, beyond the lost ones.
    const isAccept = drafts[0]?.event_type === "audit_accepted"
    let seq = (isAccept ? Math.max(lastSeq, this.#head?.seq ?? 0) : lastSeq) + 1
    // `prev` is the hash of what was torn; what stands before that would be vouched for by nobody.
    const isInterrupted = torn === undefined ? this.#progress.isInterrupted : torn.entry === undefined
    const resumes = isInterrupted ? this.#progress.readableHash : undefined
    const lines = drafts.map((draft, index) => {
      const line = encodeLine(index === 0 ? { ...draft, resumes } : draft, at, seq, prev)
      prev = sha256(line)
      seq += 1
      return line
    })
    const content = Buffer.from(`${torn === undefined ? "" : "\n"}${lines.join("\n")}\n`)
    return { content, head: { seq: seq - 1, hash: prev } }
  }
}

/** An entry of a link, where it can be read. */
export const entriesOf = (links: ReadonlyArray<Link>): ReadonlyArray<Entry> =>
  links.flatMap(({ entry }) => entry ?? [])
