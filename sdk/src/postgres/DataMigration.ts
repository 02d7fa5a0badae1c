/**
 * Carries everything that processes share from the files of a folder into a database, or back: the audit log line by
 * line, tokens, the state of logins, and kept answers. What arrived is compared with what left before anything
 * counts, and what was left behind is put out of use, so that no two audit logs go on from one.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { sha256 } from "../audit/AuditEntry.js"
import type { ProcessStore } from "../audit/AuditStorage.js"
import * as FileSystem from "../audit/FileSystem.js"
import * as FileAuditStorage from "../audit/file/FileAuditStorage.js"
import { countLines } from "../audit/HashChain.js"
import { splitLines } from "../audit/Lines.js"
import type { Keys } from "../config/OptionKeys.js"
import { refuseUnknownKeys } from "../config/UnknownKeys.js"
import { type ConfigError, StorageError } from "../Errors.js"
import * as FolderLock from "../internal/FolderLock.js"
import { Database } from "./Database.js"
import { PLACE } from "./DatabaseErrors.js"
import {
  type DataSnapshot,
  fill,
  fingerprint,
  INCOMING,
  isEmpty,
  MOVED,
  NAMES,
  readDatabase,
  readFolder,
  record,
  settleIn,
  writeFolder,
} from "./DataSnapshot.js"
import { LOCKS } from "./Locks.js"
import { tableProcesses } from "./ProcessTable.js"

/**
 * Options of a migration.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** Milliseconds in which a process that still works on the source shows itself. @default 5000 */
  readonly watchFor?: number | undefined
}

const KEYS: Keys<Options> = { timeZone: true, watchFor: true }

/**
 * Report of a migration.
 *
 * @category models
 */
export interface MigrationReport {
  /** Lines of the audit log that are not blank. */
  readonly lines: number
  /** SHA-256 of all lines, each with its line break. */
  readonly sha256: string
  /** Answers of the REST server that can still be given again. */
  readonly answers: number
  /** True if there was a login. */
  readonly hasTokens: boolean
}

const refuse = (place: string, why: string) =>
  Effect.fail(new StorageError(`Nothing was carried: ${why}`, { path: place }))

/** Refuses where a process shows that it lives. */
const mustRest = (processes: ProcessStore, place: string, watchFor: number) =>
  Effect.gen(function* () {
    const before = yield* processes.heartbeats
    if (before.size === 0) return
    yield* Effect.sleep(watchFor)
    const after = yield* processes.heartbeats
    const lives = [...after].some(([id, pulse]) => before.get(id) !== pulse)
    if (lives) yield* refuse(place, "a process is at work on it; stop every server, bot and script first.")
  })

const report = ({ log, tokens, answers }: DataSnapshot): MigrationReport => ({
  lines: countLines(log),
  sha256: sha256(log),
  answers: answers.size,
  hasTokens: tokens !== undefined,
})

const LOCK = `select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.auditLog})`

const differs = refuse(PLACE, "what arrived is not what left.")

/**
 * Carries the files of a folder into the database in context, which must be empty. The files get the ending
 * `.moved`; programs that still use the folder are refused transfers.
 *
 * @category combinators
 */
export const toDatabase = (
  folder: string,
  options: Options = {},
): Effect.Effect<MigrationReport, StorageError | ConfigError, Database | Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseUnknownKeys("options of the carrying", options, KEYS)
    const { timeZone, watchFor = 5_000 } = options
    const database = yield* Database
    const root = path.resolve(folder)
    const files = yield* FileAuditStorage.make(root, { timeZone })
    yield* mustRest(files.processes, root, watchFor)
    // Adds what PySequence's limits file says to the audit log. Fails if the audit log is damaged.
    yield* files.append(() => [], { durable: true, guarded: true })
    const carry = Effect.gen(function* () {
      const content = yield* readFolder(root)
      if (splitLines(content.log).tail.bytes.length > 0) {
        return yield* refuse(
          root,
          "the last line of the audit log was cut off; accept it first (tsequence audit accept).",
        )
      }
      yield* database.transaction(LOCK, (sql) =>
        Effect.gen(function* () {
          if (!isEmpty(yield* readDatabase(sql))) return yield* refuse(PLACE, "the database is not empty.")
          yield* fill(sql, content)
          if (fingerprint(yield* readDatabase(sql)) !== fingerprint(content)) return yield* differs
        }),
      )
      yield* record("write", root, async () => {
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

/**
 * Carries the database in context into a folder, which must hold no audit log and no login. The lines stay in the
 * database, as they cannot be removed; programs that still use it are refused transfers.
 *
 * @category combinators
 */
export const toFiles = (
  folder: string,
  options: Options = {},
): Effect.Effect<MigrationReport, StorageError | ConfigError, Database | Scope.Scope> =>
  Effect.gen(function* () {
    yield* refuseUnknownKeys("options of the carrying", options, KEYS)
    const { timeZone, watchFor = 5_000 } = options
    const database = yield* Database
    const root = path.resolve(folder)
    yield* mustRest(tableProcesses(database), PLACE, watchFor)
    if (!isEmpty(yield* readFolder(root))) return yield* refuse(root, `${root} is not empty.`)
    const content = yield* database.transaction(LOCK, (sql) =>
      Effect.gen(function* () {
        const held = yield* readDatabase(sql)
        yield* writeFolder(root, held, INCOMING)
        const arrived = yield* record("read", root, () => fs.readFile(path.join(root, NAMES.log + INCOMING)))
        if (sha256(arrived) !== sha256(held.log)) return yield* differs
        yield* sql`update tsequence.trail_head set moved_at = clock_timestamp()`
        // A token that is renewed in two places is revoked in both.
        yield* sql`delete from tsequence.login`
        return held
      }),
    )
    yield* settleIn(root)
    if (fingerprint(yield* readFolder(root)) !== fingerprint(content)) return yield* differs
    const files = yield* FileAuditStorage.make(root, { timeZone })
    yield* files.publish
    return report(content)
  })
