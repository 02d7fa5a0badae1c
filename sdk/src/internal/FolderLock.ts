/**
 * A lock that processes share through a folder, made of generations: `NAME.lock.1`, `NAME.lock.2`, …
 * The process that creates the next number holds the lock. A holder that finds a number above its own has lost it, for
 * instance because it was stopped for too long.
 *
 * The common way, removing a stale lock file, can give the lock to two processes: the slower one removes the fresh file
 * of the faster. Here nothing has to be removed, and creation with `wx` has one winner.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { StorageError } from "../Errors.js"
import { storageError } from "./AtomicFile.js"
import { makeFolder } from "./Folder.js"
import { decideTakeover, FREE, type SeenGeneration } from "./LockTakeover.js"
import * as Monotonic from "./Monotonic.js"

/** Settings of a lock; times in milliseconds. */
export interface Options {
  /** Time between two heartbeats of a holder. @default 1000 */
  readonly heartbeat?: number
  /** Time without a heartbeat, as a waiting process sees it, after which a holder counts as dead. @default 8000 */
  readonly staleAfter?: number
  /** Time between two looks of a waiting process. @default 25 */
  readonly poll?: number
}

/** The lock while it is held. */
export interface Held {
  /** Tells if no other process has taken the lock over. Ask right before doing what must not be done twice. */
  readonly isMine: Effect.Effect<boolean, StorageError>
}

/**
 * Content of a generation's file while its lock is held. {@link FREE} has the same length: if a full disk took the
 * first, it takes the second in its place.
 */
const HELD = "held"

/** The newest generation of each lock that this process released. */
const released = new Map<string, number>()

interface Generation {
  readonly number: number
  readonly file: string
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

/** Lists the names in a folder, which is made if it is missing. */
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

/** Reads `FREE`, or a value that changes with every heartbeat; `undefined` if the file is gone. */
const pulseIn = async (file: string): Promise<string | undefined> => {
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
    // The disk is full, and has no space for the content.
    await remove(file).catch(() => {})
    throw error
  }
  const all = await generations(folder, prefix)
  // A faster process may have removed older numbers already, this one among them.
  if (all[0]?.number !== number) {
    await remove(file)
    return false
  }
  await Promise.all(all.filter((g) => g.number < number).map((g) => remove(g.file)))
  return true
}

/** A lock in a folder. */
class Lock {
  readonly #folder: string
  readonly #prefix: string
  readonly #heartbeat: number
  readonly #staleAfter: number
  readonly #poll: number

  constructor(folder: string, name: string, { heartbeat = 1_000, staleAfter = 8_000, poll = 25 }: Options) {
    this.#folder = folder
    this.#prefix = `${name}.lock.`
    this.#heartbeat = heartbeat
    this.#staleAfter = staleAfter
    this.#poll = poll
  }

  /** Waits for the lock, and gives the number of the generation that this process holds. */
  get acquire(): Effect.Effect<number, StorageError> {
    return Effect.gen(this, function* () {
      let seen: SeenGeneration | undefined
      while (true) {
        const newest = (yield* this.#generations)[0]
        const pulse = newest === undefined ? FREE : yield* this.#pulseOf(newest)
        const now = yield* Monotonic.now
        const number = newest?.number ?? 0
        const decision = decideTakeover(
          seen,
          pulse === undefined ? undefined : { number, pulse },
          now,
          this.#staleAfter,
        )
        if (decision === "take") {
          if (yield* this.#attempt(() => createNext(this.#folder, this.#prefix, number + 1)))
            return number + 1
          continue
        }
        seen = decision
        // In a folder that became read-only, the holder cannot release the lock, and no process can take it.
        yield* this.#attempt(() => fs.access(this.#folder, fs.constants.W_OK))
        // Only here, where nothing is held, can a waiting effect be interrupted.
        yield* Effect.interruptible(Effect.sleep(this.#poll))
      }
    })
  }

  /** Starts the heartbeat of a generation that was acquired. */
  hold(number: number): Held & { readonly release: Effect.Effect<void> } {
    const file = this.#fileOf(number)
    const timer = setInterval(() => {
      const now = new Date()
      // After a heartbeat that fails, the lock may be taken over, which `isMine` tells.
      fs.utimes(file, now, now).catch(() => {})
    }, this.#heartbeat)
    timer.unref()
    const isMine = Effect.map(this.#generations, (all) => all[0]?.number === number)
    const release = Effect.promise(async () => {
      clearInterval(timer)
      released.set(this.#id, number)
      // "r+": a file that is gone was taken over and must not come back.
      await fs
        .open(file, "r+")
        .then((handle) => handle.writeFile(FREE).finally(() => handle.close()))
        .catch(() => {})
    })
    return { isMine, release }
  }

  get #id(): string {
    return path.join(this.#folder, this.#prefix)
  }

  #fileOf(number: number): string {
    return path.join(this.#folder, `${this.#prefix}${number}`)
  }

  get #generations(): Effect.Effect<ReadonlyArray<Generation>, StorageError> {
    return this.#attempt(() => generations(this.#folder, this.#prefix))
  }

  /** A lock that this process released need not be read: only its holder writes into it. */
  #pulseOf({ number, file }: Generation): Effect.Effect<string | undefined, StorageError> {
    return released.get(this.#id) === number ? Effect.succeed(FREE) : this.#attempt(() => pulseIn(file))
  }

  #attempt<B>(run: () => Promise<B>): Effect.Effect<B, StorageError> {
    return Effect.tryPromise({
      try: run,
      catch: (error) => storageError("lock", path.join(this.#folder, `${this.#prefix}*`), error),
    })
  }
}

/**
 * Runs an effect while holding the lock `name` in `folder`, which is created if it is missing. Waits for as long as
 * another process lives and holds it; add a time-out of your own.
 */
export const withLock =
  (folder: string, name: string, options: Options = {}) =>
  <A, E, R>(use: (held: Held) => Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> => {
    const lock = new Lock(folder, name, options)
    return Effect.acquireUseRelease(
      Effect.map(lock.acquire, (number) => lock.hold(number)),
      ({ isMine }) => use({ isMine }),
      ({ release }) => release,
    )
  }
