/**
 * The audit log in a table: read as it grows, and only ever appended to. What its lines mean, and which of them were
 * changed, is decided by the same code as for a file.
 */
import { isUtf8 } from "node:buffer"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { AuditEntryDraft } from "../audit/AuditEntry.js"
import {
  type AuditLogState,
  concludeRead,
  expectedHead,
  initial,
  lacksHead,
  mustInspect,
  noteAcceptances,
  noteDuplicates,
  noteHead,
  noteInspection,
  startOver,
  stopper,
} from "../audit/AuditLogState.js"
import { AuditReader } from "../audit/AuditReader.js"
import { type AuditProblem, type ChainHead, inspect } from "../audit/HashChain.js"
import type { TransferLedger } from "../audit/TransferLedger.js"

/** A line and its number. */
export interface Row {
  readonly number: number
  readonly bytes: Uint8Array
}

/** The newest line of ours, as noted beside the audit log. */
interface HeadRow extends ChainHead {
  readonly movedAt: Date | null
}

/** Number of lines that are read at once. */
const PAGE = 5_000

const NOTHING = new Uint8Array()

/** A row of either of the two statements of {@link newsAfter}. */
interface Stored extends Partial<HeadRow> {
  readonly number?: number
  readonly line?: string | null
  readonly bytes?: Uint8Array | null
}

/** Rows of two statements. */
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

/** Appends lines, and notes the newest. If another process came first, the numbers clash, and nothing is written. */
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

/** The audit log in a database, as one process knows it. Its methods must not run at the same time. */
export class AuditTable {
  readonly #timeZone: string
  #reader: AuditReader
  #state: AuditLogState = initial
  /** The last row that was read, to check that it is still in its place. */
  #last: Row | undefined
  #movedAt: Date | undefined

  constructor(timeZone: string) {
    this.#timeZone = timeZone
    this.#reader = new AuditReader(timeZone)
  }

  get ledger(): TransferLedger {
    return this.#reader.ledger
  }

  /** Time when the audit log was moved to files; `undefined` if it was not. */
  get movedAt(): Date | undefined {
    return this.#movedAt
  }

  /** The problem that stops transfers, if there is one. */
  get stopper(): AuditProblem | undefined {
    return stopper(this.#state)
  }

  /** Two statements that read what was added, for {@link refresh}. */
  get news(): string {
    // The head before the entries: an entry that is noted by then is among them.
    return `${HEAD}; ${page(this.#last?.number ?? 1)}`
  }

  /** Reads what was added, or the whole log again if the last row is no longer in its place. */
  refresh(sql: SqlClient, [head = [], lines = []]: News): Effect.Effect<void, SqlError> {
    return Effect.gen(this, function* () {
      const first = toRows(lines)
      const last = first.at(-1)
      const more = last === undefined || first.length < PAGE ? [] : yield* readFrom(sql, last.number + 1)
      this.#noteHead(toHead(head))
      if (this.#isSame(first[0])) this.#addNew([...first, ...more])
      else yield* this.#rereadFrom(sql, startOver(this.#state, this.#reader.newest))
      const { forks } = this.#reader
      if (forks.size > 0) yield* this.#rereadFrom(sql, noteDuplicates(this.#state, forks))
      this.#state = concludeRead(this.#state, this.#reader)
      if (mustInspect(this.#state, this.#reader)) yield* this.#inspect(sql)
    })
  }

  /** Writes drafts as rows that follow the last one. They count once they are given to {@link add}. */
  write(
    sql: SqlClient,
    drafts: ReadonlyArray<AuditEntryDraft>,
    at: number,
  ): Effect.Effect<ReadonlyArray<Row>, SqlError> {
    return Effect.gen(this, function* () {
      const isAccept = drafts.some(({ event_type }) => event_type === "audit_accepted")
      const all = isAccept ? bytesOf(yield* readFrom(sql, 1)) : NOTHING
      const above = isAccept ? (expectedHead(this.#state)?.seq ?? 0) : 0
      const { content, newest } = this.#reader.encode(drafts, at, { tail: NOTHING, above, all })
      const lines = Buffer.from(content).toString("utf8").trimEnd().split("\n")
      const first = (this.#last?.number ?? 0) + 1
      const rows = lines.map((line, index) => ({ number: first + index, bytes: Buffer.from(line) }))
      // As long as entries are missing, the old head shows it.
      yield* insert(sql, rows, isAccept || !lacksHead(this.#state, this.#reader) ? newest : undefined)
      return rows
    })
  }

  /** Adds rows that were committed right after the last one. */
  add(rows: ReadonlyArray<Row>): void {
    this.#addNew(rows)
    const { newest } = this.#reader
    if (newest !== undefined && !this.#state.isHeadMissing) this.#state = noteHead(this.#state, newest)
    this.#state = noteAcceptances(this.#state, this.#reader)
  }

  #noteHead(row: HeadRow | undefined): void {
    this.#movedAt = row?.movedAt ?? undefined
    this.#state = noteHead(this.#state, row)
  }

  #isSame(first: Row | undefined): boolean {
    const last = this.#last
    if (last === undefined) return true
    return first?.number === last.number && Buffer.compare(first.bytes, last.bytes) === 0
  }

  #addNew(rows: ReadonlyArray<Row>): void {
    for (const row of rows) {
      if (row.number <= (this.#last?.number ?? 0)) continue
      this.#reader.add(row.bytes)
      this.#last = row
    }
  }

  /** Reads the whole log again, from this state on. */
  #rereadFrom(sql: SqlClient, state: AuditLogState): Effect.Effect<void, SqlError> {
    return Effect.map(readFrom(sql, 1), (rows) => {
      this.#state = state
      this.#reader = new AuditReader(this.#timeZone, state.duplicateSeqs)
      this.#last = undefined
      this.#addNew(rows)
    })
  }

  #inspect(sql: SqlClient): Effect.Effect<void, SqlError> {
    return Effect.map(readFrom(sql, 1), (rows) => {
      const inspected = inspect({ bytes: bytesOf(rows), head: expectedHead(this.#state) })
      this.#state = noteInspection(this.#state, inspected)
      this.#reader.isSuspect = false
    })
  }
}
