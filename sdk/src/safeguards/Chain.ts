/**
 * The hash chain of the trail: each line of ours carries its number and the hash of the line before, and the
 * newest are kept beside the file. Whoever can write the folder can also make a new chain, so this shows
 * tampering and accidents; it does not prevent them.
 */

import { parseTimestamp } from "./Days.js"
import { type Entry, parseLine, sha256 } from "./Entry.js"

/**
 * What happened to a line.
 *
 * - `changed`, `inserted`, `removed`, `moved`: it no longer fits its neighbours.
 * - `torn`: it was cut off while being written, and closed off by the next one. Nothing was lost by it.
 * - `shortened`: lines are missing at the end.
 * - `unreadable`: it is no entry.
 */
export type ProblemKind = "changed" | "inserted" | "removed" | "moved" | "torn" | "shortened" | "unreadable"

/**
 * A line of the trail that is not as it was written.
 *
 * @category models
 */
export interface Problem {
  /** Number of the line in the file, from 1. */
  readonly line: number
  readonly kind: ProblemKind
  /** What is wrong, for people. */
  readonly detail: string
  /** Whether somebody accepted it, with a reason in the trail. */
  readonly accepted: boolean
  /** About when it was written, in milliseconds since 1970; `undefined`: just now. */
  readonly at: number | undefined
}

/** The newest flushed line. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** A line of the file. */
export interface Link {
  readonly hash: string
  /** `undefined` where the line cannot be read. */
  readonly entry: Entry | undefined
}

/** Makes a link of a line without its line break. */
export const link = (line: Uint8Array): Link => ({
  hash: sha256(line),
  entry: parseLine(Buffer.from(line).toString("utf8")),
})

const isOurs = (one: Link | undefined): one is Link & { readonly entry: Entry & { readonly seq: number } } =>
  one?.entry?.seq !== undefined

/** What is checked. */
export interface Trail {
  readonly links: ReadonlyArray<Link>
  /** Hash of all bytes before the first line of ours. */
  readonly rootHash: string
  /** Whether the last line has no line break. */
  readonly isTorn: boolean
  readonly head: Head | undefined
}

type Found = Pick<Problem, "kind" | "detail"> & { readonly index: number }

type OurLink = Link & { readonly entry: Entry }

/** Goes through a trail once and notes what does not fit. */
class Inspection {
  readonly #found = new Map<number, Found>()
  readonly #trail: Trail
  readonly #links: ReadonlyArray<Link>
  readonly #first: number
  readonly #seen = new Set<number>()
  /** Hashes that the next line of ours may follow. */
  #bases: Set<string>
  #lastSeq = 0
  #lastIndex = -1

  constructor(trail: Trail) {
    this.#trail = trail
    this.#links = trail.links
    this.#first = trail.links.findIndex((one) => isOurs(one))
    this.#bases = new Set([trail.rootHash])
  }

  run(): ReadonlyArray<Found> {
    this.#links.forEach((one, index) => {
      if (isOurs(one)) this.#check(one, one.entry.seq, index)
    })
    this.#checkRest()
    this.#checkHead()
    return [...this.#found.values()].sort((a, b) => a.index - b.index)
  }

  /** The first word about a line is the one that counts. */
  #report(index: number, kind: ProblemKind, detail: string): void {
    if (!this.#found.has(index)) this.#found.set(index, { index, kind, detail })
  }

  #advance(one: Link, seq: number, index: number): void {
    this.#bases = new Set([one.hash])
    this.#seen.add(seq)
    this.#lastSeq = seq
    this.#lastIndex = index
  }

  #check(one: OurLink, seq: number, index: number): void {
    const before = index === this.#first ? this.#trail.rootHash : this.#links[index - 1]?.hash
    const follows = one.entry.prev === before
    // After damage that somebody accepted, the numbers go on beyond those that were lost.
    const isNext =
      seq === this.#lastSeq + 1 || (one.entry.event_type === "audit_accepted" && seq > this.#lastSeq)
    const unreadable = this.#unreadableBefore(index, seq)
    const [oldest] = unreadable
    if (follows && isNext) {
      this.#checkResumed(one, oldest)
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

  /** A line after torn ones also names what stands before them. */
  #checkResumed(one: OurLink, oldest: number | undefined): void {
    const { resumes } = one.entry
    if (oldest === undefined || oldest === 0 || resumes === undefined) return
    if (this.#links[oldest - 1]?.hash !== resumes) {
      this.#report(oldest - 1, "changed", "The line after it was written to follow other content.")
    }
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
    if (!follows && hasStranger) {
      this.#report(this.#lastIndex + 1, "changed", `It has no number, where number ${missing} should stand.`)
    } else if (follows || seq < missing)
      this.#report(index, "changed", `Its number is ${seq}, and not ${missing}.`)
    else if (isLater) this.#report(index, "moved", `Line number ${missing} should stand before it.`)
    else this.#report(index, "removed", `Line number ${missing} is missing before it.`)
  }

  /** The number is right, and the line was written to follow something else than what stands before it. */
  #breakBefore(one: OurLink, index: number): void {
    if (one.entry.prev !== undefined && this.#bases.has(one.entry.prev)) {
      if (index - 1 > this.#lastIndex) {
        this.#report(this.#lastIndex + 1, "inserted", "The line after it knows nothing of it.")
      }
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

  /** Whether what comes after a line knows it as it is. */
  #isVouchedFor(one: Link, index: number): boolean {
    const after = this.#links[index + 1]
    if (after === undefined) return this.#trail.head === undefined || this.#trail.head.hash === one.hash
    return after.entry?.prev === undefined || after.entry.prev === one.hash
  }

  /**
   * Lines after our last one: others' are welcome, but nobody vouches for one that cannot be read. Where the last
   * is cut off, so may be those right before it: a full disk tears one write after the other.
   */
  #checkRest(): void {
    let isTorn = this.#trail.isTorn
    for (let index = this.#links.length - 1; index >= Math.max(this.#lastIndex, 0); index--) {
      if (this.#links[index]?.entry !== undefined) isTorn = false
      else if (isTorn) this.#report(index, "torn", "It is cut off.")
      else this.#report(index, "unreadable", "It cannot be read.")
    }
  }

  #checkHead(): void {
    const { head } = this.#trail
    if (head === undefined) return
    const numbered = this.#links.flatMap((one, index) =>
      isOurs(one) && one.entry.seq === head.seq ? [{ hash: one.hash, index }] : [],
    )
    if (numbered.some(({ hash }) => hash === head.hash)) return
    const [other] = numbered
    if (other !== undefined)
      this.#report(other.index, "changed", "It is not what was noted as the newest line.")
    else if (head.seq > this.#lastSeq) {
      this.#report(this.#links.length, "shortened", `The trail went on to line number ${head.seq} at least.`)
    }
  }
}

/** Checks a whole trail. Gives every problem in the order of the lines; none for one that is as it was written. */
export const inspect = (trail: Trail): ReadonlyArray<Problem> => {
  const { links } = trail
  const lastAccept = links.findLastIndex((one) => one.entry?.event_type === "audit_accepted" && isOurs(one))
  const timeOf = (index: number) => {
    const after = links.slice(index + 1).find((one) => one.entry !== undefined)
    return after?.entry === undefined ? undefined : parseTimestamp(after.entry.timestamp)
  }
  return new Inspection(trail).run().map(({ index, kind, detail }) => ({
    line: index + 1,
    kind,
    detail,
    accepted: index < lastAccept,
    at: timeOf(index),
  }))
}

/** How far back damage stops transfers, in milliseconds. */
const RECENT = 3 * 86_400_000

/** Whether a problem stops transfers until somebody accepts it. */
export const stops = ({ kind, accepted, at }: Problem, now: number): boolean => {
  if (accepted || kind === "torn" || kind === "inserted") return false
  return kind === "shortened" || at === undefined || now - at < RECENT
}
