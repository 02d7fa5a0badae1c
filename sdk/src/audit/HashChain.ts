/**
 * The hash chain of the audit log: each line of ours carries its number and the hash of the line before, and the
 * newest are kept beside the file. A person who can write the folder can also make a new chain, so this shows
 * tampering and accidents; it does not prevent them.
 */

import { type AuditEntry, parseLine, serviceTimeOf, sha256 } from "./AuditEntry.js"
import { parseTimestamp } from "./Days.js"
import { isBlank, type Line, splitLines } from "./Lines.js"

/**
 * Kind of damage to a line.
 *
 * - `changed`, `inserted`, `removed`, `moved`: it no longer fits its neighbours.
 * - `torn`: it was cut off while being written, and closed off by the next one. Nothing was lost by it.
 * - `shortened`: lines are missing at the end.
 * - `headless`: the note of the newest line is missing, so it is unknown whether the log was shortened.
 * - `unreadable`: it is no entry.
 */
export type AuditProblemKind =
  | "changed"
  | "inserted"
  | "removed"
  | "moved"
  | "torn"
  | "shortened"
  | "headless"
  | "unreadable"

/**
 * A line of the audit log that is not as it was written.
 *
 * @category models
 */
export interface AuditProblem {
  /** Number of the line in the file, from 1. */
  readonly line: number
  readonly kind: AuditProblemKind
  /** The problem in a sentence, for people. */
  readonly detail: string
  /** True if a person accepted it, with a reason in the audit log. */
  readonly accepted: boolean
  /** True if later lines show, by the service's time in them, that it is older than what still counts. */
  readonly isOld: boolean
}

/** The newest flushed line. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** The keys that tie an entry to others. The whole of a long audit log is in memory as these. */
interface Tie {
  readonly timestamp: string
  readonly event_type: string
  readonly seq: number | undefined
  readonly prev: string | undefined
  readonly covers: string | undefined
  readonly accepts: unknown
  /** Our line's time by the service, in milliseconds since 1970. */
  readonly serviceTime: number | undefined
}

/** A line that is not blank. */
interface Link {
  readonly hash: string
  /** `undefined` if the line cannot be read. */
  readonly entry: Tie | undefined
  /** Number of the line in the file, from 1. */
  readonly number: number
  /** Offset of its first byte. */
  readonly start: number
}

/** Some editors put a byte order mark before the first line. */
const textOf = (line: Uint8Array): string => {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("utf8")
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}

/** Reads a line, given without its line break. */
export const link = (
  line: Uint8Array,
): { readonly hash: string; readonly entry: AuditEntry | undefined } => ({
  hash: sha256(line),
  entry: parseLine(textOf(line)),
})

const contentOf = (bytes: Uint8Array): ReadonlyArray<Line & { readonly number: number }> => {
  const { lines, tail } = splitLines(bytes)
  return [...lines, tail].flatMap((line, index) =>
    isBlank(line.bytes) ? [] : [{ ...line, number: index + 1 }],
  )
}

/** Reads all entries of an audit log, oldest first; lines that cannot be read are left out. */
export const readEntries = (bytes: Uint8Array): ReadonlyArray<AuditEntry> =>
  contentOf(bytes).flatMap((line) => parseLine(textOf(line.bytes)) ?? [])

/** Counts the lines of an audit log; blank ones are left out. */
export const countLines = (bytes: Uint8Array): number => contentOf(bytes).length

const tieOf = (entry: AuditEntry): Tie => {
  const { timestamp, event_type, seq, prev, covers, accepts } = entry
  const serviceTime = seq === undefined ? undefined : serviceTimeOf(entry)
  return { timestamp, event_type, seq, prev, covers, accepts, serviceTime }
}

const readLinks = (bytes: Uint8Array): ReadonlyArray<Link> =>
  contentOf(bytes).map(({ bytes: line, number, start }) => {
    const { hash, entry } = link(line)
    return { hash, entry: entry && tieOf(entry), number, start }
  })

const isOurs = (one: Link | undefined): one is Link & { readonly entry: Tie & { readonly seq: number } } =>
  one?.entry?.seq !== undefined

/** An audit log to check. */
export interface ChainState {
  readonly bytes: Uint8Array
  /** The newest entry as noted; `undefined` if there is no note that can be read. */
  readonly head: ChainHead | undefined
}

type Found = Pick<AuditProblem, "kind" | "detail"> & { readonly index: number }

type OurLink = Link & { readonly entry: Tie }

const NEWLINE = 10

/** Number of lines of other programs in which the predecessor of our first entry is searched. */
const MOST_AT_ONCE = 64

/**
 * Damage that stops no transfers: nothing was lost by a torn line, an inserted one can only reserve, and a power cut may
 * leave an audit log without its head.
 */
const HARMLESS: ReadonlySet<AuditProblemKind> = new Set<AuditProblemKind>(["torn", "inserted", "headless"])

/** Goes through an audit log once and notes what does not fit. */
class Inspection {
  readonly #found = new Map<number, Found>()
  readonly #chain: ChainState
  readonly #links: ReadonlyArray<Link>
  readonly #first: number
  readonly #seen = new Set<number>()
  /** Hashes that the next line of ours may follow. */
  #bases = new Set<string>()
  #lastSeq = 0
  #lastIndex = -1
  /** The line of ours before, whether or not it is a link. */
  #ours: { readonly start: number; readonly index: number } | undefined
  /** Index of the entry that accepted all damage before it. */
  #accepted = -1

  constructor(chain: ChainState, links: ReadonlyArray<Link>) {
    this.#chain = chain
    this.#links = links
    this.#first = links.findIndex((one) => isOurs(one))
  }

  /** Index of the entry before which everything was accepted; -1 if nothing was. */
  get accepted(): number {
    return this.#accepted
  }

  run(): ReadonlyArray<Found> {
    this.#links.forEach((one, index) => {
      if (!isOurs(one)) return
      this.#check(one, one.entry.seq, index)
      this.#ours = { start: one.start, index }
    })
    this.#checkRest()
    this.#checkHead()
    return [...this.#found.values()].sort((a, b) => a.index - b.index)
  }

  /** The first word about a line is the one that counts, unless a later one is worse. */
  #report(index: number, kind: AuditProblemKind, detail: string): void {
    const before = this.#found.get(index)
    const isWorse = before !== undefined && HARMLESS.has(before.kind) && !HARMLESS.has(kind)
    if (before === undefined || isWorse) this.#found.set(index, { index, kind, detail })
  }

  #advance(one: Link, seq: number, index: number): void {
    this.#bases = new Set([one.hash])
    this.#seen.add(seq)
    this.#lastSeq = seq
    this.#lastIndex = index
  }

  #check(one: OurLink, seq: number, index: number): void {
    const before = this.#ours === undefined ? this.#hash(0, one.start) : this.#links[index - 1]?.hash
    const follows = one.entry.prev === before
    // After damage that was accepted, the numbers continue above those that were lost.
    const isNext =
      seq === this.#lastSeq + 1 || (one.entry.event_type === "audit_accepted" && seq > this.#lastSeq)
    const unreadable = this.#unreadableBefore(index, seq)
    const [oldest] = unreadable
    if (follows && isNext) {
      const isWhole = this.#checkCovered(one, index)
      if (isWhole && one.entry.event_type === "audit_accepted") this.#checkAccepted(one, index)
      for (const i of unreadable) this.#report(i, "torn", "It was cut off while it was written.")
    } else if (oldest !== undefined) {
      this.#report(oldest, "unreadable", "It cannot be read.")
    } else if (this.#seen.has(seq)) {
      // Not a link of the chain, unless the next line says so: two may have written at once.
      this.#report(index, "inserted", `There is a line with the number ${seq} before it.`)
      this.#bases.add(one.hash)
      return
    } else if (seq === this.#lastSeq + 1) {
      this.#breakBefore(one, index)
    } else {
      this.#gapBefore(seq, index, follows)
    }
    this.#advance(one, Math.max(seq, this.#lastSeq), index)
  }

  /** Checks that the lines of other programs before an entry, and our entry before those, are unchanged. */
  #checkCovered({ entry, start }: OurLink, index: number): boolean {
    const ours = this.#ours
    if (ours === undefined) return true
    const isApart = index - 1 > ours.index
    if (entry.covers === (isApart ? this.#hash(ours.start, start) : undefined)) return true
    const until = this.#links[index]?.number
    this.#report(ours.index, "changed", `It, or something between it and line ${until}, is not as it was.`)
    return false
  }

  /** Checks that the accepted content is unchanged: an acceptance covers only what the person saw. */
  #checkAccepted({ entry, start }: OurLink, index: number): void {
    if (entry.accepts === this.#hash(0, start)) this.#accepted = index
  }

  #hash(start: number, end: number): string {
    return sha256(this.#chain.bytes.subarray(start, end))
  }

  /** Lines that cannot be read since our last one. What PySequence left torn before our first is none of ours. */
  #unreadableBefore(index: number, seq: number): ReadonlyArray<number> {
    const run: Array<number> = []
    const from = index === this.#first && seq === 1 ? index : this.#lastIndex + 1
    for (let i = index - 1; i >= from; i--) {
      if (this.#links[i]?.entry === undefined) run.unshift(i)
    }
    return run
  }

  #gapBefore(seq: number, index: number, follows: boolean): void {
    const missing = this.#lastSeq + 1
    const isLater = this.#links.some((other, i) => i > index && isOurs(other) && other.entry.seq === missing)
    const hasStranger = this.#lastIndex >= 0 && index - 1 > this.#lastIndex
    if (!follows && hasStranger && !this.#found.has(this.#lastIndex + 1)) {
      this.#report(this.#lastIndex + 1, "changed", `It has no number, where number ${missing} should stand.`)
    } else if (follows || seq < missing)
      this.#report(index, "changed", `Its number is ${seq}, and not ${missing}.`)
    else if (isLater) this.#report(index, "moved", `Line number ${missing} should stand before it.`)
    else this.#report(index, "removed", `Line number ${missing} is missing before it.`)
  }

  /** The number is right, and the line was written to follow other content than what is before it. */
  #breakBefore(one: OurLink, index: number): void {
    const base = this.#baseOf(one, index)
    if (base !== undefined) {
      if (index - 1 > base) this.#report(base + 1, "inserted", "The line after it knows nothing of it.")
    } else if (this.#isVouchedFor(one, index)) {
      this.#report(
        Math.max(index - 1, 0),
        "changed",
        "The line after it was written to follow other content.",
      )
    } else {
      this.#report(index, "changed", "It was not written to follow the line before it.")
    }
  }

  /**
   * Finds the line that one was written to follow, where others stand between: they came at the same moment, by a
   * writer who takes no turns, such as PySequence, or were put there.
   */
  #baseOf({ entry, start }: OurLink, index: number): number | undefined {
    const ours = this.#ours
    const least = ours === undefined ? Math.max(-1, index - MOST_AT_ONCE) : ours.index
    for (let base = index - 1; base >= least; base--) {
      const end = this.#links[base + 1]?.start ?? start
      if (ours === undefined) {
        if (entry.prev === this.#hash(0, end)) return base
      } else if (entry.prev === this.#links[base]?.hash) {
        const covers = base > ours.index ? this.#hash(ours.start, end) : undefined
        if (entry.covers === covers) return base
      }
    }
    return entry.prev !== undefined && this.#bases.has(entry.prev) ? this.#lastIndex : undefined
  }

  /** Tells if what comes after a line knows it as it is. */
  #isVouchedFor(one: Link, index: number): boolean {
    const after = this.#links[index + 1]
    if (after === undefined) return this.#chain.head === undefined || this.#chain.head.hash === one.hash
    return after.entry?.prev === undefined || after.entry.prev === one.hash
  }

  /**
   * Lines after our last one: others' are welcome, but nobody vouches for one that cannot be read. Where the last
   * is cut off, so may be those right before it: a full disk tears one write after the other.
   */
  #checkRest(): void {
    let isTorn = this.#chain.bytes.at(-1) !== NEWLINE
    for (let index = this.#links.length - 1; index >= Math.max(this.#lastIndex, 0); index--) {
      if (this.#links[index]?.entry !== undefined) isTorn = false
      else if (isTorn) this.#report(index, "torn", "It is cut off.")
      else this.#report(index, "unreadable", "It cannot be read.")
    }
  }

  #checkHead(): void {
    const { head } = this.#chain
    const last = this.#links.length - 1
    if (head === undefined) {
      const detail =
        "The note of the newest line is missing or cannot be read: lines may be missing after it."
      if (this.#lastIndex >= 0) this.#report(last, "headless", detail)
      return
    }
    const numbered = this.#links.flatMap((one, index) =>
      isOurs(one) && one.entry.seq === head.seq ? [{ hash: one.hash, index }] : [],
    )
    if (numbered.some(({ hash }) => hash === head.hash)) return
    const [other] = numbered
    if (other !== undefined)
      this.#report(other.index, "changed", "It is not what was noted as the newest line.")
    else if (head.seq > this.#lastSeq) {
      this.#report(
        this.#links.length,
        "shortened",
        `The audit log went on to line number ${head.seq} at least.`,
      )
    }
  }
}

/** Result of the inspection of a whole audit log. */
export interface Inspected {
  /** Number of lines that are not blank. */
  readonly lines: number
  /** Problems in the order of the lines; empty if every line is as it was written. */
  readonly problems: ReadonlyArray<AuditProblem>
  /** True if it holds the entry that was noted as the newest. */
  readonly hasHead: boolean
}

/** Age of damage that no longer stops transfers, in milliseconds. */
const RECENT = 3 * 86_400_000

/**
 * Tells which lines are too old to count, by the times in the lines after them: the clock of who looks at them may be
 * wrong. Before the first line of ours there is only what PySequence's say.
 */
const agesOf = (links: ReadonlyArray<Link>): ((index: number) => boolean) => {
  const hasServiceTime = links.some(({ entry }) => entry?.serviceTime !== undefined)
  const times = links.map(({ entry }) =>
    hasServiceTime ? entry?.serviceTime : parseTimestamp(entry?.timestamp),
  )
  const newest = times.reduce<number>((latest, time = 0) => Math.max(latest, time), 0)
  return (index) => {
    const after = times.slice(index + 1).find((time) => time !== undefined)
    return newest - (after ?? newest) >= RECENT
  }
}

/** Checks a whole audit log. */
export const inspect = (chain: ChainState): Inspected => {
  const links = readLinks(chain.bytes)
  const isOld = agesOf(links)
  const inspection = new Inspection(chain, links)
  const found = inspection.run()
  const numberOf = (index: number) => links[index]?.number ?? (links.at(-1)?.number ?? 0) + 1
  const problems = found.map(({ index, kind, detail }) => ({
    line: numberOf(index),
    kind,
    detail,
    accepted: index < inspection.accepted,
    isOld: isOld(index),
  }))
  return { lines: links.length, problems, hasHead: links.some(({ hash }) => hash === chain.head?.hash) }
}

/** Tells if a problem stops transfers until a person accepts it. */
export const stops = ({ kind, accepted, isOld }: AuditProblem): boolean =>
  !accepted && !HARMLESS.has(kind) && !isOld
