/**
 * The safeguards' storage in a folder, shared by all processes that use it: `.audit.jsonl` and its head,
 * `.daily_limits.json`, and `.owners/`.
 */
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { StorageError } from "../../Errors.js"
import { storageError } from "../../internal/AtomicFile.js"
import { BackgroundSleep } from "../../internal/Background.js"
import * as FolderLock from "../../internal/FolderLock.js"
import * as Monotonic from "../../internal/Monotonic.js"
import { AuditStorage, type Service } from "../AuditStorage.js"
import { dayOf } from "../Days.js"
import * as FileSystem from "../FileSystem.js"
import { AuditFolder } from "./AuditFolder.js"
import { fileProcesses } from "./ProcessFiles.js"

/** Runs an effect while no other process that shares the folder does; `isMine` tells if that still holds. */
export type Lock = <A, E>(
  use: (isMine: Effect.Effect<boolean, StorageError>) => Effect.Effect<A, E>,
) => Effect.Effect<A, E | StorageError>

/**
 * Settings of a storage in a folder.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** Settings of the lock that processes share. */
  readonly lock?: FolderLock.Options | undefined
  /** Least milliseconds between two writes of `.daily_limits.json`. @default 1000 */
  readonly publishEvery?: number | undefined
  /** The file system. Default: Node's own. */
  readonly fileSystem?: FileSystem.FileSystem | undefined
  /** A lock in place of the folder's. Limits hold without one; the hash chain may not. */
  readonly withLock?: Lock | undefined
}

const lockLost = (folder: string): StorageError =>
  new StorageError(
    "Another process took over the lock of the data folder, because this process was stopped for too long. Nothing was sent.",
    { path: folder },
  )

const defaultLock =
  (folder: string, options: FolderLock.Options | undefined): Lock =>
  (use) =>
    FolderLock.withLock(folder, ".safeguards", { poll: 5, ...options })(({ isMine }) => use(isMine))

/** Runs work on the files of a folder, one piece at a time, and never interrupted. */
type UseFiles = <A>(doing: "read" | "write", work: () => Promise<A>) => Effect.Effect<A, StorageError>

const makeUseFiles = (file: string): Effect.Effect<UseFiles> =>
  Effect.map(
    Effect.makeSemaphore(1),
    (slot): UseFiles =>
      (doing, work) =>
        Effect.tryPromise({
          try: work,
          catch: (error) => (error instanceof StorageError ? error : storageError(doing, file, error)),
        }).pipe(slot.withPermits(1), Effect.uninterruptible),
  )

/** Writes of `.daily_limits.json`, which follow the audit log. */
interface LimitsPublisher {
  /** Writes the file now. The caller holds the lock and has read the folder. */
  readonly write: Effect.Effect<void, StorageError>
  /** Writes the file now or soon, after entries were appended under the lock. */
  readonly writeSoon: Effect.Effect<void>
}

/**
 * Makes a publisher that works for as long as its scope is open.
 *
 * @param writeFile - writes the file
 * @param publish - takes the lock, reads the folder, and writes the file by {@link LimitsPublisher.write}
 * @param publishEvery - least milliseconds between two writes
 */
const makeLimitsPublisher = (
  writeFile: Effect.Effect<void, StorageError>,
  publish: (write: Effect.Effect<void, StorageError>) => Effect.Effect<void, StorageError>,
  publishEvery: number,
): Effect.Effect<LimitsPublisher, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sleep = yield* BackgroundSleep
    let dirty = yield* Deferred.make<void>()
    let nextWrite = Number.NEGATIVE_INFINITY
    let isDirtyAtStop = false

    const write = Effect.gen(function* () {
      const startedAt = yield* Monotonic.now
      yield* writeFile
      // A large file is written less often, so that this never takes more than a small part of the time.
      const now = yield* Monotonic.now
      nextWrite = now + Math.max(publishEvery, 20 * (now - startedAt))
    })

    const writeSoon = Effect.flatMap(Monotonic.now, (now) =>
      now >= nextWrite
        ? Effect.catchAll(write, (error) =>
            Effect.logWarning(`The view of the limits was not written: ${error.message}`),
          )
        : Effect.asVoid(Deferred.succeed(dirty, undefined)),
    )

    yield* Effect.gen(function* () {
      yield* Deferred.await(dirty)
      dirty = yield* Deferred.make<void>()
      isDirtyAtStop = true
      yield* sleep(Math.max(0, nextWrite - (yield* Monotonic.now)))
      yield* publish(write).pipe(Effect.ignoreLogged)
      isDirtyAtStop = false
    }).pipe(Effect.forever, Effect.forkScoped)
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        if (isDirtyAtStop || (yield* Deferred.isDone(dirty))) {
          yield* publish(write).pipe(Effect.ignoreLogged)
        }
      }),
    )

    return { write, writeSoon }
  })

/**
 * Keeps files in a folder for as long as its scope is open.
 *
 * @category constructors
 */
export const make = (dataDir: string, options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { timeZone = "America/New_York", publishEvery = 1_000, fileSystem = FileSystem.node } = options
    const root = path.resolve(dataDir)
    const folder = new AuditFolder(fileSystem, root, timeZone)
    const withLock = options.withLock ?? defaultLock(root, options.lock)
    const useFiles = yield* makeUseFiles(folder.audit.file)
    const queue = yield* Effect.makeSemaphore(1)
    // One effect of this process at a time asks for the folder's lock.
    const locked: Lock = (use) => queue.withPermits(1)(withLock(use))

    yield* Effect.addFinalizer(() => Effect.ignore(useFiles("read", () => folder.audit.close())))

    const writeLimits = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      useFiles("write", () => folder.writeLimits(dayOf(now, timeZone))),
    )
    const publishWith = (write: Effect.Effect<void, StorageError>) =>
      locked(() =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          yield* useFiles("write", () => folder.readForPublish(now))
          if (folder.audit.lines > 0) yield* write
        }),
      )
    const publisher = yield* makeLimitsPublisher(writeLimits, publishWith, publishEvery)

    const append: Service["append"] = (drafts, appendOptions) =>
      locked((isMine) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          yield* useFiles("write", () => folder.append(drafts, appendOptions, now))
          if (appendOptions.guarded === true && !(yield* isMine)) return yield* Effect.fail(lockLost(root))
          yield* publisher.writeSoon
          return folder.snapshot()
        }).pipe(Effect.uninterruptible),
      )

    const afterRefresh = <A>(look: () => Promise<A>) =>
      useFiles("read", async () => {
        await folder.refresh()
        return look()
      })

    return {
      read: useFiles("read", () => folder.read()),
      append,
      entries: afterRefresh(() => folder.audit.entries()),
      verify: Effect.map(
        afterRefresh(() => folder.audit.inspect()),
        ({ lines, problems }) => ({ lines, problems }),
      ),
      checkWritable: useFiles("write", () => folder.checkWritable()),
      publish: publishWith(publisher.write),
      processes: fileProcesses(fileSystem, path.join(root, ".owners")),
    }
  })

/**
 * Keeps everything in a folder, which is created with mode 0700 when there is something to keep.
 *
 * @category layers
 */
export const layer = (dataDir: string, options: Options = {}): Layer.Layer<AuditStorage> =>
  Layer.scoped(AuditStorage, make(dataDir, options))
