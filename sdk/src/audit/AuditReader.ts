/**
 * Takes an audit log in line by line, as it grows: what it says of transfers, and what the next line must say of those
 * before it.
 */
import { createHash, type Hash } from "node:crypto"
import { type AuditEntry, type AuditEntryDraft, encodeLine, sha256 } from "./AuditEntry.js"
import { type ChainHead, link } from "./HashChain.js"
import { isBlank, LINE_BREAK } from "./Lines.js"
import { type SavedTransferLedger, TransferLedger } from "./TransferLedger.js"

/** Number of the newest entries whose hashes are remembered. */
const REMEMBERED = 512

const EMPTY = createHash("sha256")

/** The newest of some texts. */
class Recent {
  readonly #texts = new Set<string>()

  add(text: string): void {
    this.#texts.add(text)
    const [oldest] = this.#texts
    if (this.#texts.size > REMEMBERED && oldest !== undefined) this.#texts.delete(oldest)
  }

  has(text: string): boolean {
    return this.#texts.has(text)
  }
}

/** State of a reader after an entry of ours that is a link of the chain, as JSON can hold it. */
export interface SavedReader {
  readonly lines: number
  readonly newest: ChainHead
  readonly ledger: SavedTransferLedger
}

/** Number of pieces that may wait to be hashed: mostly, the next entry needs no hash of them. */
const WAITING = 64

/** Hash of bytes that come piece by piece, computed only when it is needed. */
class Covered {
  #hash: Hash = EMPTY
  #waiting: Array<Uint8Array> = []

  add(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    if (this.#waiting.length > WAITING) this.#take()
  }

  /** Begins again. */
  restart(bytes: Uint8Array): void {
    this.#hash = EMPTY
    this.#waiting = [bytes]
  }

  /** The hash of all bytes so far, and of some more. */
  digest(...more: ReadonlyArray<Uint8Array>): string {
    this.#take()
    const hash = this.#hash.copy()
    for (const bytes of more) hash.update(bytes)
    return hash.digest("hex")
  }

  #take(): void {
    const hash = this.#hash.copy()
    for (const bytes of this.#waiting) hash.update(bytes)
    this.#hash = hash
    this.#waiting = []
  }
}

/** Reads one audit log from its first line on. */
export class AuditReader {
  readonly ledger: TransferLedger
  /** Number of lines that are not blank. */
  lines = 0
  /** True if a line did not fit the one before, or changes the meaning of those before it. */
  isSuspect = false
  /** True if a line was ever suspect. */
  #wasSuspect = false
  /** The hash of each `audit_accepted` that is a link of the chain. */
  readonly accepts = new Set<string>()
  /** The newest line of ours. */
  newest: ChainHead | undefined
  /** Numbers that more than one line has, and that were not known to be such. */
  readonly forks = new Set<number>()
  readonly #forked: ReadonlySet<number>
  readonly #numbered = new Recent()
  readonly #links = new Recent()
  /** Of all bytes from our last line on; before our first, of all there are. */
  readonly #since = new Covered()
  /** True if lines of other programs follow our last entry. */
  #hasOthers = false
  #lastHash: string | undefined
  /** True if the last line has no line break yet. */
  #isOpen = false

  /**
   * @param forked - numbers that more than one line of this audit log has. It is unknown which of them was written
   * first and which was put before it, so none of them ends anything.
   */
  constructor(timeZone: string, forked: ReadonlySet<number> = new Set()) {
    this.ledger = new TransferLedger(timeZone)
    this.#forked = forked
  }

  /** Tells if an entry with this hash is among the newest of ours. */
  has(hash: string): boolean {
    return this.#numbered.has(hash)
  }

  /** Tells if it is also one that follows the line before it. */
  isLink(hash: string): boolean {
    return this.#links.has(hash)
  }

  /**
   * Saves the state so far; `undefined` if it cannot replace the lines: one of them was
   * not as it should be, or the last one is not ours.
   */
  save(): SavedReader | undefined {
    const { newest, lines, ledger } = this
    const isWhole = !this.#wasSuspect && this.#forked.size === 0 && !this.#isOpen
    if (newest === undefined || newest.hash !== this.#lastHash || !isWhole) return undefined
    return { lines, newest, ledger: ledger.save() }
  }

  /** Restores the state of another reader after an entry of ours, which is the last one and has its line break. */
  restore({ lines, newest, ledger }: SavedReader, last: Uint8Array): void {
    this.lines = lines
    this.newest = newest
    this.ledger.restore(ledger)
    this.#numbered.add(newest.hash)
    this.#links.add(newest.hash)
    this.#lastHash = newest.hash
    this.#since.restart(last)
    this.#since.add(LINE_BREAK)
  }

  /** Takes in the next line, given without its line break. */
  add(line: Uint8Array, isClosed = true): void {
    const closesLast = this.#isOpen && line.length === 0
    if (!closesLast && !isBlank(line)) this.#addContent(line)
    else this.#since.add(line)
    if (isClosed) this.#since.add(LINE_BREAK)
    this.#isOpen = !isClosed
  }

  /**
   * Writes drafts as lines that follow the last one.
   *
   * @param tail - bytes after the last line break that are no line yet
   * @param above - the number that the first line must be above, in any case
   * @param all - the whole file, for an `audit_accepted`
   */
  encode(
    drafts: ReadonlyArray<AuditEntryDraft>,
    at: number,
    { tail, above, all }: { readonly tail: Uint8Array; readonly above: number; readonly all: Uint8Array },
  ): { readonly content: Uint8Array; readonly hashes: ReadonlyArray<string>; readonly newest: ChainHead } {
    const isTorn = tail.length > 0
    const gap = this.#isOpen || isTorn ? LINE_BREAK : new Uint8Array()
    const covers = this.#since.digest(tail, gap)
    const isFirst = this.newest === undefined
    const isApart = !isFirst && (this.#hasOthers || !isBlank(tail))
    let prev = isFirst ? covers : isBlank(tail) ? (this.#lastHash ?? covers) : sha256(tail)
    let seq = Math.max(this.newest?.seq ?? 0, above)
    const hashes: Array<string> = []
    const lines = drafts.map((draft, index) => {
      seq += 1
      const accepts = draft.event_type === "audit_accepted" ? sha256(Buffer.concat([all, gap])) : undefined
      const ties = { seq, prev, covers: index === 0 && isApart ? covers : undefined }
      const line = encodeLine({ ...draft, accepts }, at, ties)
      prev = sha256(line)
      hashes.push(prev)
      return line
    })
    const text = Buffer.from(`${lines.join("\n")}\n`)
    return { content: Buffer.concat([gap, text]), hashes, newest: { seq, hash: prev } }
  }

  #suspect(): void {
    this.isSuspect = true
    this.#wasSuspect = true
  }

  #addContent(line: Uint8Array): void {
    const { hash, entry } = link(line)
    this.lines += 1
    if (entry === undefined) this.#suspect()
    if (entry?.seq === undefined) {
      this.#since.add(line)
      this.#hasOthers = true
      if (entry !== undefined) this.ledger.add(entry, false)
    } else {
      this.#addOurs(line, hash, entry, entry.seq)
    }
    this.#lastHash = hash
  }

  #addOurs(line: Uint8Array, hash: string, entry: AuditEntry, seq: number): void {
    const isLink = this.#follows(entry, seq) && !this.#forked.has(seq)
    if (this.newest !== undefined && seq <= this.newest.seq && !this.#forked.has(seq)) this.forks.add(seq)
    // An acceptance changes what the damage before it means.
    if (!isLink || entry.event_type === "audit_accepted") this.#suspect()
    if (isLink && entry.event_type === "audit_accepted") this.accepts.add(hash)
    this.ledger.add(entry, isLink)
    this.#numbered.add(hash)
    if (isLink) this.#links.add(hash)
    if (this.newest === undefined || seq >= this.newest.seq) this.newest = { seq, hash }
    this.#since.restart(line)
    this.#hasOthers = false
  }

  /** Tells if an entry was written to follow everything before it. */
  #follows({ prev, covers, event_type }: AuditEntry, seq: number): boolean {
    const last = this.newest?.seq ?? 0
    if (seq !== last + 1 && !(event_type === "audit_accepted" && seq > last)) return false
    if (this.newest === undefined) return prev === this.#since.digest()
    return prev === this.#lastHash && covers === (this.#hasOthers ? this.#since.digest() : undefined)
  }
}
