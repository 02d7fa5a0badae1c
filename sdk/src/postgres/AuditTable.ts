/**
 * The trail in a table: read as it grows, and only ever appended to. What its lines mean, and which of them were
 * changed, is decided by the same code as for a file.
 */
import { isUtf8 } from "node:buffer"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { AuditEntryDraft } from "../audit/AuditEntry.js"
import { AuditReader } from "../audit/AuditReader.js"
import { type AuditProblem, type ChainHead, inspect, stops } from "../audit/HashChain.js"
import type { TransferLedger } from "../audit/TransferLedger.js"

/** A line and its number. */
export interface Row {
  readonly number: number
  readonly bytes: Uint8Array
}

/** The newest line of ours, as noted beside the trail. */
interface HeadRow extends ChainHead {
  readonly movedAt: Date | null
}

/** How many lines are read at once. */
const PAGE = 5_000

const NOTHING = new Uint8Array()

/** A row of either of the two statements of {@link newsAfter}. */
interface Stored extends Partial<HeadRow> {
  readonly number?: number
  readonly line?: string | null
  readonly bytes?: Uint8Array | null
}

/** What two statements gave. */
export type News = ReadonlyArray<ReadonlyArray<Stored>>

const HEAD = `select seq::float8 as seq, hash, moved_at as "movedAt" from tsequence.trail_head`

const page = (from: number) =>
  `select number::float8 as number, line, bytes from tsequence.trail where number >= ${Math.trunc(from)} order by number limit ${PAGE}`

const toRows = (rows: ReadonlyArray<Stored>): ReadonlyArray<Row> =>
  rows.map(({ number = 0, line, bytes }) => ({ number, bytes: bytes ?? Buffer.from(line ?? "") }))

const toHead = ([row]: ReadonlyArray<Stored>): HeadRow | undefined =>
  row?.seq === undefined || row.hash === undefined
    ? undefined
    : { seq: row.seq, hash: row.hash, movedAt: row.movedAt ?? null }

/** Reads all lines from a number on. */
export const readFrom = (sql: SqlClient, from: number): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
  Effect.gen(function* () {
    const rows: Array<Row> = []
    while (true) {
      const more = toRows(yield* sql.unsafe<Stored>(page((rows.at(-1)?.number ?? from - 1) + 1)))
      rows.push(...more)
      if (more.length < PAGE) return rows
    }
  })

/** Reads which line was noted as the newest. */
export const readHead = (sql: SqlClient): Effect.Effect<HeadRow | undefined, SqlError> =>
  Effect.map(sql.unsafe<Stored>(HEAD), toHead)

const toValues = ({ number, bytes }: Row) =>
  isUtf8(bytes) && !bytes.includes(0)
    ? { number, line: Buffer.from(bytes).toString("utf8"), bytes: null }
    : { number, line: null, bytes }

/** Appends lines, and notes the newest. Where others came first the numbers clash, and nothing is written. */
export const insert = (
  sql: SqlClient,
  rows: ReadonlyArray<Row>,
  head: ChainHead | undefined,
): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    for (let at = PAGE; at < rows.length; at += PAGE) {
      yield* sql`insert into tsequence.trail ${sql.insert(rows.slice(at, at + PAGE).map(toValues))}`
    }
    const first = sql`insert into tsequence.trail ${sql.insert(rows.slice(0, PAGE).map(toValues))}`
    yield* head === undefined
      ? first
      : sql`
          with added as (${first})
          insert into tsequence.trail_head (seq, hash) values (${head.seq}, ${head.hash})
          on conflict (id) do update set seq = excluded.seq, hash = excluded.hash`
  })

/** The bytes of a file with these lines. */
export const bytesOf = (rows: ReadonlyArray<Row>): Uint8Array =>
  Buffer.concat(rows.flatMap(({ bytes }) => [bytes, Buffer.from("\n")]))

/** What one process knows of the trail in a database. Its methods must not run at the same time. */
export class AuditTable {
  readonly #timeZone: string
  #reader: AuditReader
  /** Numbers that more than one line has. */
  #forked: ReadonlySet<number> = new Set()
  /** The last line taken in, to see that it still stands where it stood. */
  #last: Row | undefined
  #noted: HeadRow | undefined
  /** The newest line that this process saw, where the trail has lost lines since. */
  #seen: ChainHead | undefined
  #foundHead: string | undefined
  #wasBehind = false
  #isLoaded = false
  #problems: ReadonlyArray<AuditProblem> = []
  readonly #accepts = new Set<string>()

  constructor(timeZone: string) {
    this.#timeZone = timeZone
    this.#reader = new AuditReader(timeZone)
  }

  get ledger(): TransferLedger {
    return this.#reader.ledger
  }

  /** When the trail was carried elsewhere, where it was. */
  get movedAt(): Date | undefined {
    return this.#noted?.movedAt ?? undefined
  }

  /** The problem that stops transfers, if there is one. */
  get stopper(): AuditProblem | undefined {
    return this.#problems.find(stops)
  }

  /** Two statements that read what was added since, for {@link refresh}. */
  get news(): string {
    // The note of the newest line before the lines: one that is noted by then is among them.
    return `${HEAD}; ${page(this.#last?.number ?? 1)}`
  }

  /** Takes in what was added since, or everything anew where the last line no longer stands where it stood. */
  refresh(sql: SqlClient, [head = [], lines = []]: News): Effect.Effect<void, SqlError> {
    return Effect.gen(this, function* () {
      const first = toRows(lines)
      const last = first.at(-1)
      const more = last === undefined || first.length < PAGE ? [] : yield* readFrom(sql, last.number + 1)
      this.#noted = toHead(head)
      yield* this.#isSame(first[0]) ? this.#take([...first, ...more]) : this.#startOver(sql)
      if (this.#reader.forks.size > 0) yield* this.#rereadForked(sql)
      this.#noteAccepts()
      const isBehind = this.#isBehind()
      if (this.#reader.isSuspect || isBehind || this.#wasBehind) yield* this.#inspect(sql)
      this.#wasBehind = isBehind
      this.#isLoaded = true
    })
  }

  /** Writes drafts as lines that follow the last one. They count once they are given to {@link take}. */
  write(
    sql: SqlClient,
    drafts: ReadonlyArray<AuditEntryDraft>,
    at: number,
  ): Effect.Effect<ReadonlyArray<Row>, SqlError> {
    return Effect.gen(this, function* () {
      const isAccept = drafts.some(({ event_type }) => event_type === "audit_accepted")
      const all = isAccept ? bytesOf(yield* readFrom(sql, 1)) : NOTHING
      const above = isAccept ? (this.#head?.seq ?? 0) : 0
      const { content, newest } = this.#reader.encode(drafts, at, { tail: NOTHING, above, all })
      const lines = Buffer.from(content).toString("utf8").trimEnd().split("\n")
      const first = (this.#last?.number ?? 0) + 1
      const rows = lines.map((line, index) => ({ number: first + index, bytes: Buffer.from(line) }))
      // As long as lines are missing, the note of the newest is what shows it.
      yield* insert(sql, rows, isAccept || !this.#isBehind() ? newest : undefined)
      return rows
    })
  }

  /** Takes in lines that were committed right after the last one. */
  take(rows: ReadonlyArray<Row>): void {
    for (const row of rows) this.#add(row)
    const { newest } = this.#reader
    if (newest !== undefined && !this.#wasBehind) {
      this.#noted = { ...newest, movedAt: this.#noted?.movedAt ?? null }
    }
    this.#noteAccepts()
  }

  get #head(): ChainHead | undefined {
    const [noted, seen] = [this.#noted, this.#seen]
    return noted !== undefined && seen !== undefined && seen.seq > noted.seq ? seen : (noted ?? seen)
  }

  #isSame(first: Row | undefined): boolean {
    const last = this.#last
    if (last === undefined) return true
    return first?.number === last.number && Buffer.compare(first.bytes, last.bytes) === 0
  }

  #take(rows: ReadonlyArray<Row>): Effect.Effect<void> {
    return Effect.sync(() => {
      const known = this.#last?.number ?? 0
      for (const row of rows) if (row.number > known) this.#add(row)
    })
  }

  #add(row: Row): void {
    this.#reader.add(row.bytes)
    this.#last = row
  }

  /** Lines that were read have gone or changed: what was read of them must still be in the trail. */
  #startOver(sql: SqlClient): Effect.Effect<void, SqlError> {
    const { newest } = this.#reader
    if (newest !== undefined && newest.seq > (this.#seen?.seq ?? 0)) this.#seen = newest
    return this.#reread(sql)
  }

  #reread(sql: SqlClient): Effect.Effect<void, SqlError> {
    return Effect.flatMap(readFrom(sql, 1), (rows) => {
      this.#reader = new AuditReader(this.#timeZone, this.#forked)
      this.#last = undefined
      this.#foundHead = undefined
      this.#problems = []
      return this.#take(rows)
    })
  }

  /** Two lines of one number, and the first is taken in already: with both known, neither ends anything. */
  #rereadForked(sql: SqlClient): Effect.Effect<void, SqlError> {
    this.#forked = new Set([...this.#forked, ...this.#reader.forks])
    return this.#reread(sql)
  }

  /** What this process saw of another trail no longer counts once somebody has accepted this one. */
  #noteAccepts(): void {
    for (const accept of this.#reader.accepts) {
      if (this.#isLoaded && !this.#accepts.has(accept)) this.#seen = undefined
      this.#accepts.add(accept)
    }
  }

  /** Whether the line that was noted as the newest was not found. */
  #isBehind(): boolean {
    const head = this.#head
    if (head === undefined || head.hash === this.#foundHead) return false
    if (!this.#reader.has(head.hash)) return true
    this.#foundHead = head.hash
    return false
  }

  #inspect(sql: SqlClient): Effect.Effect<void, SqlError> {
    return Effect.map(readFrom(sql, 1), (rows) => {
      const head = this.#head
      const { hasHead, problems } = inspect({ bytes: bytesOf(rows), head })
      if (hasHead) this.#foundHead = head?.hash
      this.#problems = problems
      this.#reader.isSuspect = false
    })
  }
}
