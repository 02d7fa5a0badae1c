/**
 * Carries everything that processes share from the files of a folder into a database, or back: the trail line by
 * line, tokens, the state of logins, and kept answers. What arrived is compared with what left before anything
 * counts, and what was left behind is put out of use, so that no two trails go on from one.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TokenFile from "../auth/TokenFile.js"
import { StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import * as FolderLock from "../internal/FolderLock.js"
import { type Head, inspect, readLinks } from "../safeguards/Chain.js"
import { sha256 } from "../safeguards/Entry.js"
import * as FileStorage from "../safeguards/FileStorage.js"
import * as FileSystem from "../safeguards/FileSystem.js"
import { split } from "../safeguards/Lines.js"
import type { OwnerStore } from "../safeguards/SafeguardStorage.js"
import { TrailHead } from "../safeguards/TrailHead.js"
import { Database } from "./Database.js"
import { LOCKS } from "./Locks.js"
import { tableOwners } from "./OwnerTable.js"
import { PLACE } from "./Problems.js"
import { bytesOf, insert, readFrom, readHead } from "./TrailTable.js"

/**
 * How things are carried.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** Milliseconds in which a process that still works on the source shows itself. @default 5000 */
  readonly watchFor?: number | undefined
}

/**
 * What was carried.
 *
 * @category models
 */
export interface Carried {
  /** Lines of the trail that are not blank. */
  readonly lines: number
  /** SHA-256 of all lines, each with its line break. */
  readonly sha256: string
  /** Answers of the REST server that can still be given again. */
  readonly answers: number
  /** Whether there was a login. */
  readonly hasTokens: boolean
}

/** Everything that processes share, wherever it is kept. */
interface Content {
  readonly trail: Uint8Array
  readonly head: Head | undefined
  readonly tokens: string | undefined
  readonly state: string | undefined
  /** By `request_id`. */
  readonly answers: ReadonlyMap<string, string>
}

const NAMES = {
  trail: ".audit.jsonl",
  head: ".audit.head.json",
  tokens: TokenFile.TOKENS,
  state: TokenFile.STATE,
  answers: ".idempotency.jsonl",
} as const

/** What goes out of use where it was carried from; the note of the newest line stays, and stops transfers there. */
const MOVED = [NAMES.trail, NAMES.tokens, NAMES.state, NAMES.answers]

const refuse = (place: string, why: string) =>
  Effect.fail(new StorageError(`Nothing was carried: ${why}`, { path: place }))

const attempt = <A>(doing: "read" | "write", place: string, run: () => Promise<A>) =>
  Effect.tryPromise({ try: run, catch: (error) => AtomicFile.storageError(doing, place, error) })

/** Refuses where a process shows that it lives. */
const mustRest = (owners: OwnerStore, place: string, watchFor: number) =>
  Effect.gen(function* () {
    const before = yield* owners.pulses
    if (before.size === 0) return
    yield* Effect.sleep(watchFor)
    const after = yield* owners.pulses
    const lives = [...after].some(([id, pulse]) => before.get(id) !== pulse)
    if (lives) yield* refuse(place, "a process is at work on it; stop every server, bot and script first.")
  })

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

const readFolder = (folder: string): Effect.Effect<Content, StorageError> =>
  Effect.gen(function* () {
    const at = (name: string) => path.join(folder, name)
    const head = new TrailHead(FileSystem.node, folder)
    yield* attempt("read", folder, () => head.refresh())
    const isThere =
      (yield* attempt("read", folder, () => FileSystem.node.status(at(NAMES.trail)))) !== undefined
    return {
      trail: isThere
        ? yield* attempt("read", at(NAMES.trail), () => fs.readFile(at(NAMES.trail)))
        : new Uint8Array(),
      head: head.value,
      tokens: yield* AtomicFile.read(at(NAMES.tokens)),
      state: yield* AtomicFile.read(at(NAMES.state)),
      answers: answersOf(yield* AtomicFile.read(at(NAMES.answers))),
    }
  })

const readDatabase = (sql: SqlClient) =>
  Effect.gen(function* () {
    const head = yield* readHead(sql)
    const login = new Map(
      (yield* sql<{ name: string; content: string }>`select name, content from tsequence.login`).map(
        ({ name, content }) => [name, content],
      ),
    )
    const answers = yield* sql<{ id: string; answer: string }>`
      select request_id as id, answer from tsequence.answers order by kept_at`
    const content: Content = {
      trail: bytesOf(yield* readFrom(sql, 1)),
      head: head === undefined ? undefined : { seq: head.seq, hash: head.hash },
      tokens: login.get("tokens"),
      state: login.get("state"),
      answers: new Map(answers.map(({ id, answer }) => [id, answer])),
    }
    return content
  })

/** A text that is the same for the same content, with what is to be thought of the trail. */
const fingerprint = ({ trail, head, tokens, state, answers }: Content): string =>
  JSON.stringify([
    sha256(trail),
    head?.hash,
    inspect({ bytes: trail, head }),
    tokens,
    state,
    [...answers].sort(([a], [b]) => (a < b ? -1 : 1)),
  ])

const isEmpty = ({ trail, tokens, state, answers }: Content): boolean =>
  trail.length === 0 && tokens === undefined && state === undefined && answers.size === 0

const report = ({ trail, tokens, answers }: Content): Carried => ({
  lines: readLinks(trail).length,
  sha256: sha256(trail),
  answers: answers.size,
  hasTokens: tokens !== undefined,
})

const fill = (sql: SqlClient, { trail, head, tokens, state, answers }: Content) =>
  Effect.gen(function* () {
    const rows = split(trail).lines.map(({ bytes }, index) => ({ number: index + 1, bytes }))
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

const LOCK = `select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.trail})`

const differs = refuse(PLACE, "what arrived is not what left.")

/**
 * Carries the files of a folder into the database in context, which must be empty. The files get the ending
 * `.moved`; whoever still uses the folder is refused transfers.
 *
 * @category combinators
 */
export const toDatabase = (
  folder: string,
  { timeZone, watchFor = 5_000 }: Options = {},
): Effect.Effect<Carried, StorageError, Database | Scope.Scope> =>
  Effect.gen(function* () {
    const database = yield* Database
    const root = path.resolve(folder)
    const files = yield* FileStorage.make(root, { timeZone })
    yield* mustRest(files.owners, root, watchFor)
    // The trail takes in what PySequence's file of the limits says; refused where the trail is damaged.
    yield* files.append(() => [], { durable: true, guarded: true })
    const carry = Effect.gen(function* () {
      const content = yield* readFolder(root)
      if (split(content.trail).tail.bytes.length > 0) {
        return yield* refuse(
          root,
          "the last line of the trail was cut off; accept it first (tsequence audit accept).",
        )
      }
      yield* database.transaction(LOCK, (sql) =>
        Effect.gen(function* () {
          if (!isEmpty(yield* readDatabase(sql))) return yield* refuse(PLACE, "the database is not empty.")
          yield* fill(sql, content)
          if (fingerprint(yield* readDatabase(sql)) !== fingerprint(content)) return yield* differs
        }),
      )
      yield* attempt("write", root, async () => {
        for (const name of MOVED) {
          const isThere = (await FileSystem.node.status(path.join(root, name))) !== undefined
          if (isThere) await fs.rename(path.join(root, name), path.join(root, `${name}.moved`))
        }
        await FileSystem.node.flushFolder(root)
      })
      return report(content)
    })
    return yield* FolderLock.withLock(root, ".safeguards")(() => carry)
  })

const writeFolder = (folder: string, { trail, head, tokens, state, answers }: Content, ending: string) =>
  Effect.gen(function* () {
    const write = (name: string, content: string | undefined) =>
      content === undefined ? Effect.void : AtomicFile.write(path.join(folder, name + ending), content)
    const file = path.join(folder, NAMES.trail + ending)
    yield* attempt("write", file, async () => {
      await FileSystem.node.makeFolder(folder)
      await fs.rm(file, { force: true })
      const handle = await fs.open(file, "wx", 0o600)
      await handle.writeFile(trail)
      await handle.sync().finally(() => handle.close())
    })
    yield* write(NAMES.head, head === undefined ? undefined : `${JSON.stringify(head)}\n`)
    yield* write(NAMES.tokens, tokens)
    yield* write(NAMES.state, state)
    yield* write(NAMES.answers, answers.size === 0 ? undefined : `${[...answers.values()].join("\n")}\n`)
  })

const INCOMING = ".incoming"

/** Gives the files that have arrived their names. */
const settleIn = (folder: string) =>
  attempt("write", folder, async () => {
    // A note of an earlier trail would stop transfers with this one.
    await fs.rm(path.join(folder, NAMES.head), { force: true })
    for (const name of [NAMES.tokens, NAMES.state, NAMES.answers, NAMES.trail, NAMES.head]) {
      const from = path.join(folder, name + INCOMING)
      const isThere = (await FileSystem.node.status(from)) !== undefined
      if (isThere) await fs.rename(from, path.join(folder, name))
    }
    await FileSystem.node.flushFolder(folder)
  })

/**
 * Carries the database in context into a folder, which must hold no trail and no login. The lines stay in the
 * database, as what cannot be removed; whoever still uses it is refused transfers.
 *
 * @category combinators
 */
export const toFiles = (
  folder: string,
  { timeZone, watchFor = 5_000 }: Options = {},
): Effect.Effect<Carried, StorageError, Database | Scope.Scope> =>
  Effect.gen(function* () {
    const database = yield* Database
    const root = path.resolve(folder)
    yield* mustRest(tableOwners(database), PLACE, watchFor)
    if (!isEmpty(yield* readFolder(root))) return yield* refuse(root, `${root} is not empty.`)
    const content = yield* database.transaction(LOCK, (sql) =>
      Effect.gen(function* () {
        const held = yield* readDatabase(sql)
        yield* writeFolder(root, held, INCOMING)
        const arrived = yield* attempt("read", root, () =>
          fs.readFile(path.join(root, NAMES.trail + INCOMING)),
        )
        if (sha256(arrived) !== sha256(held.trail)) return yield* differs
        yield* sql`update tsequence.trail_head set moved_at = clock_timestamp()`
        // A token that is renewed in two places is revoked in both.
        yield* sql`delete from tsequence.login`
        return held
      }),
    )
    yield* settleIn(root)
    if (fingerprint(yield* readFolder(root)) !== fingerprint(content)) return yield* differs
    const files = yield* FileStorage.make(root, { timeZone })
    yield* files.publish
    return report(content)
  })
