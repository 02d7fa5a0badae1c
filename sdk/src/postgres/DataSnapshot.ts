/** Snapshot of the data that processes share, read from and written to a folder or a database. */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { sha256 } from "../audit/AuditEntry.js"
import * as FileSystem from "../audit/FileSystem.js"
import { AuditHeadFile } from "../audit/file/AuditHeadFile.js"
import { type ChainHead, inspect } from "../audit/HashChain.js"
import { splitLines } from "../audit/Lines.js"
import * as TokenFileCodec from "../auth/TokenFileCodec.js"
import type { StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import { bytesOf, insert, readFrom, readHead } from "./AuditTable.js"

/** All data that processes share, from a folder or a database. */
export interface DataSnapshot {
  readonly log: Uint8Array
  readonly head: ChainHead | undefined
  readonly tokens: string | undefined
  readonly state: string | undefined
  /** By `request_id`. */
  readonly answers: ReadonlyMap<string, string>
}

/** Their files. */
export const NAMES = {
  log: ".audit.jsonl",
  head: ".audit.head.json",
  tokens: TokenFileCodec.TOKENS,
  state: TokenFileCodec.STATE,
  answers: ".idempotency.jsonl",
} as const

/** Files that go out of use in a folder that was migrated. The head stays, and stops transfers there. */
export const MOVED = [NAMES.log, NAMES.tokens, NAMES.state, NAMES.answers]

/** Runs something with files. */
export const record = <A>(doing: "read" | "write", place: string, run: () => Promise<A>) =>
  Effect.tryPromise({ try: run, catch: (error) => AtomicFile.storageError(doing, place, error) })

const requestOf = (line: string): string | undefined => {
  try {
    const content: unknown = JSON.parse(line)
    const isNamed = typeof content === "object" && content !== null && "request_id" in content
    return isNamed && typeof content.request_id === "string" ? content.request_id : undefined
  } catch {
    return undefined
  }
}

const answersOf = (text: string | undefined): ReadonlyMap<string, string> => {
  const lines = (text ?? "").split("\n").flatMap((line) => {
    const id = requestOf(line)
    return id === undefined ? [] : [[id, line] as const]
  })
  // The first answer is the one that is given again.
  return new Map(lines.reverse())
}

/** Reads the files of a folder. */
export const readFolder = (folder: string): Effect.Effect<DataSnapshot, StorageError> =>
  Effect.gen(function* () {
    const at = (name: string) => path.join(folder, name)
    const head = yield* record("read", folder, () => new AuditHeadFile(FileSystem.node, folder).read())
    const isThere = (yield* record("read", folder, () => FileSystem.node.status(at(NAMES.log)))) !== undefined
    return {
      log: isThere
        ? yield* record("read", at(NAMES.log), () => fs.readFile(at(NAMES.log)))
        : new Uint8Array(),
      head,
      tokens: yield* AtomicFile.read(at(NAMES.tokens)),
      state: yield* AtomicFile.read(at(NAMES.state)),
      answers: answersOf(yield* AtomicFile.read(at(NAMES.answers))),
    }
  })

/** Reads the tables. */
export const readDatabase = (sql: SqlClient): Effect.Effect<DataSnapshot, SqlError> =>
  Effect.gen(function* () {
    const head = yield* readHead(sql)
    const login = new Map(
      (yield* sql<{ name: string; content: string }>`select name, content from tsequence.login`).map(
        ({ name, content }) => [name, content],
      ),
    )
    const answers = yield* sql<{ id: string; answer: string }>`
      select request_id as id, answer from tsequence.answers order by kept_at`
    const content: DataSnapshot = {
      log: bytesOf(yield* readFrom(sql, 1)),
      head: head === undefined ? undefined : { seq: head.seq, hash: head.hash },
      tokens: login.get("tokens"),
      state: login.get("state"),
      answers: new Map(answers.map(({ id, answer }) => [id, answer])),
    }
    return content
  })

/** A text that is the same for the same content, with what is to be thought of the audit log. */
export const fingerprint = ({ log, head, tokens, state, answers }: DataSnapshot): string =>
  JSON.stringify([
    sha256(log),
    head?.hash,
    inspect({ bytes: log, head }).problems,
    tokens,
    state,
    [...answers].sort(([a], [b]) => (a < b ? -1 : 1)),
  ])

/** Tells if nothing is held that must not be mixed with anything else. */
export const isEmpty = ({ log, tokens, state, answers }: DataSnapshot): boolean =>
  log.length === 0 && tokens === undefined && state === undefined && answers.size === 0

/** Fills empty tables. */
export const fill = (
  sql: SqlClient,
  { log, head, tokens, state, answers }: DataSnapshot,
): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const rows = splitLines(log).lines.map(({ bytes }, index) => ({ number: index + 1, bytes }))
    if (rows.length > 0) yield* insert(sql, rows, head)
    for (const [name, content] of [
      ["tokens", tokens],
      ["state", state],
    ] as const) {
      if (content !== undefined) {
        yield* sql`insert into tsequence.login ${sql.insert({ name, content })}`
      }
    }
    for (const [request_id, answer] of answers) {
      yield* sql`insert into tsequence.answers ${sql.insert({ request_id, answer })}`
    }
  })

/**
 * Writes files, flushed to disk.
 *
 * @param ending - put behind their names
 */
export const writeFolder = (
  folder: string,
  { log, head, tokens, state, answers }: DataSnapshot,
  ending: string,
) =>
  Effect.gen(function* () {
    const write = (name: string, content: string | undefined) =>
      content === undefined ? Effect.void : AtomicFile.write(path.join(folder, name + ending), content)
    const file = path.join(folder, NAMES.log + ending)
    yield* record("write", file, async () => {
      await FileSystem.node.makeFolder(folder)
      await fs.rm(file, { force: true })
      const handle = await fs.open(file, "wx", 0o600)
      await handle.writeFile(log)
      await handle.sync().finally(() => handle.close())
    })
    yield* write(NAMES.head, head === undefined ? undefined : `${JSON.stringify(head)}\n`)
    yield* write(NAMES.tokens, tokens)
    yield* write(NAMES.state, state)
    yield* write(NAMES.answers, answers.size === 0 ? undefined : `${[...answers.values()].join("\n")}\n`)
  })

/** The ending of files that have not all arrived yet. */
export const INCOMING = ".incoming"

/** Gives the files that have arrived their names. */
export const settleIn = (folder: string): Effect.Effect<void, StorageError> =>
  record("write", folder, async () => {
    // A note of an earlier audit log would stop transfers with this one.
    await fs.rm(path.join(folder, NAMES.head), { force: true })
    for (const name of [NAMES.tokens, NAMES.state, NAMES.answers, NAMES.log, NAMES.head]) {
      const from = path.join(folder, name + INCOMING)
      const isThere = (await FileSystem.node.status(from)) !== undefined
      if (isThere) await fs.rename(from, path.join(folder, name))
    }
    await FileSystem.node.flushFolder(folder)
  })
