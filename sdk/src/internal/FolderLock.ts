/**
 * A lock that processes share through a folder, made of generations: `NAME.lock.1`, `NAME.lock.2`, …
 * Whoever creates the next number holds the lock; it says so in no other way. A holder that finds a higher
 * number than its own has lost it, for instance because its process was stopped for too long.
 *
 * Removing a stale lock file, as is often done, lets two in: the slower one removes the fresh lock of the
 * faster. Here nothing has to be removed for the lock to pass on, and creation with `wx` has one winner.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StorageError } from "../Errors.js"
import { storageError } from "./AtomicFile.js"
import { makeFolder } from "./Folder.js"

/** How a lock behaves; times in milliseconds. */
export interface Options {
  /** How often a holder shows that it lives. @default 1000 */
  readonly heartbeat?: number
  /** How long a holder's heart must stand still, as seen by one who waits, before it counts as dead. @default 8000 */
  readonly staleAfter?: number
  /** How often one who waits looks. @default 25 */
  readonly poll?: number
}

/** The lock while it is held. */
export interface Held {
  /** Whether nobody has taken the lock over. Ask right before doing what must not be done twice. */
  readonly isMine: Effect.Effect<boolean, StorageError>
}

/**
 * What a generation's file says while its lock is held, and once it is let go. Both are of one length: a full disk that
 * took the first takes the second in its place.
 */
const HELD = "held"
const FREE = "free"

/** The newest generation of each lock that was let go by this process. */
const released = new Map<string, number>()

interface Generation {
  readonly number: number
  readonly file: string
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

/** Names in a folder, which is made where it is missing. */
const namesIn = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return await fs.readdir(folder)
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error
    await makeFolder(folder)
    return []
  }
}

const remove = async (file: string): Promise<void> => {
  try {
    await fs.unlink(file)
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error
  }
}

const generations = async (folder: string, prefix: string): Promise<ReadonlyArray<Generation>> => {
  const names = await namesIn(folder)
  return names
    .flatMap((name) => {
      const number = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN
      return Number.isSafeInteger(number) && number > 0 ? [{ number, file: path.join(folder, name) }] : []
    })
    .sort((a, b) => b.number - a.number)
}

/** `FREE`, or a value that changes with every heartbeat, or `undefined` where the file has gone. */
const pulse = async (file: string): Promise<string | undefined> => {
  try {
    const content = await fs.readFile(file, "utf8")
    return content === FREE ? FREE : String((await fs.stat(file)).mtimeMs)
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** Creates a file; `undefined` if it exists. */
const openNew = async (file: string): Promise<fs.FileHandle | undefined> => {
  try {
    return await fs.open(file, "wx", 0o600)
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined
    throw error
  }
}

const createNext = async (folder: string, prefix: string, number: number): Promise<boolean> => {
  const file = path.join(folder, `${prefix}${number}`)
  const handle = await openNew(file)
  if (handle === undefined) return false
  try {
    await handle.writeFile(HELD).finally(() => handle.close())
  } catch (error) {
    // The disk is full, and has no room for what the file must say.
    await remove(file).catch(() => {})
    throw error
  }
  const all = await generations(folder, prefix)
  // Somebody who was faster may have removed older numbers already, this one's among them.
  if (all[0]?.number !== number) {
    await remove(file)
    return false
  }
  await Promise.all(all.filter((g) => g.number < number).map((g) => remove(g.file)))
  return true
}

/**
 * Runs an effect while holding the lock `name` in `folder`, which is created where it is missing. Waits for
 * as long as another lives and holds it; give the whole a time-out of your own.
 */
export const withLock =
  (folder: string, name: string, options: Options = {}) =>
  <A, E, R>(use: (held: Held) => Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> => {
    const { heartbeat = 1000, staleAfter = 8000, poll = 25 } = options
    const prefix = `${name}.lock.`
    const attempt = <B>(run: () => Promise<B>) =>
      Effect.tryPromise({
        try: run,
        catch: (error) => storageError("lock", path.join(folder, `${prefix}*`), error),
      })

    const acquire = Effect.gen(function* () {
      let seen: { readonly file: string; readonly pulse: string; readonly since: bigint } | undefined
      while (true) {
        const [newest] = yield* attempt(() => generations(folder, prefix))
        // What was let go here need not be read: only its holder writes into it.
        const isFree = newest === undefined || released.get(path.join(folder, prefix)) === newest.number
        const beat = isFree ? FREE : yield* attempt(() => pulse(newest.file))
        const now = yield* Clock.currentTimeNanos
        const dead =
          newest !== undefined &&
          seen?.file === newest.file &&
          seen.pulse === beat &&
          now - seen.since > BigInt(staleAfter) * 1_000_000n
        if (beat === FREE || dead) {
          const number = (newest?.number ?? 0) + 1
          if (yield* attempt(() => createNext(folder, prefix, number))) return number
          continue
        }
        if (
          beat !== undefined &&
          newest !== undefined &&
          (seen?.file !== newest.file || seen.pulse !== beat)
        ) {
          seen = { file: newest.file, pulse: beat, since: now }
        }
        // In a folder that became read-only, its holder cannot let the lock go, and nobody can take it.
        yield* attempt(() => fs.access(folder, fs.constants.W_OK))
        // Only here, where nothing is held, can a waiter be interrupted.
        yield* Effect.interruptible(Effect.sleep(poll))
      }
    })

    const hold = (number: number) => {
      const file = path.join(folder, `${prefix}${number}`)
      const timer = setInterval(() => {
        const now = new Date()
        // A heartbeat that fails is noticed as a lock that was lost, where it matters.
        fs.utimes(file, now, now).catch(() => {})
      }, heartbeat)
      timer.unref()
      const isMine = attempt(() => generations(folder, prefix)).pipe(
        Effect.map((all) => all[0]?.number === number),
      )
      const release = Effect.promise(async () => {
        clearInterval(timer)
        released.set(path.join(folder, prefix), number)
        // "r+": a file that is gone was taken over and must not come back.
        await fs
          .open(file, "r+")
          .then((handle) => handle.writeFile(FREE).finally(() => handle.close()))
          .catch(() => {})
      })
      return { isMine, release }
    }

    return Effect.acquireUseRelease(
      Effect.map(acquire, hold),
      ({ isMine }) => use({ isMine }),
      ({ release }) => release,
    )
  }
