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
import { type AppendOptions, AuditStorage, type Service, type Snapshot } from "../AuditStorage.js"
import { dayOf } from "../Days.js"
import * as FileSystem from "../FileSystem.js"
import type { AuditProblem } from "../HashChain.js"
import { LimitsFile } from "../pysequence/LimitsFile.js"
import { AuditFile } from "./AuditFile.js"
import { fileProcesses } from "./ProcessFiles.js"

/** Runs something while nobody else who shares the folder does; `isMine` tells whether that still holds. */
export type Lock = <A, E>(
  use: (isMine: Effect.Effect<boolean, StorageError>) => Effect.Effect<A, E>,
) => Effect.Effect<A, E | StorageError>

/**
 * How files are kept.
 *
 * @category options
 */
export interface Options {
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** How processes take turns with the folder. */
  readonly lock?: FolderLock.Options | undefined
  /** Least milliseconds between two writes of `.daily_limits.json`. @default 1000 */
  readonly publishEvery?: number | undefined
  /** What files are kept on. Default: Node's own file system. */
  readonly fileSystem?: FileSystem.FileSystem | undefined
  /** Takes the place of the folder's lock. Limits hold without one; the chain of the trail may not. */
  readonly withLock?: Lock | undefined
}

const damaged = (file: string, { line, kind, detail }: AuditProblem): StorageError =>
  new StorageError(
    `Transfers are refused: ${file} is damaged at line ${line} (${kind}). ${detail} Look at it, then accept it with a reason.`,
    { path: file },
  )

const lockLost = (folder: string): StorageError =>
  new StorageError(
    "Another process took the lock of the data folder over, because this one stood still for too long. Nothing was sent.",
    { path: folder },
  )

const defaultLock =
  (folder: string, options: FolderLock.Options | undefined): Lock =>
  (use) =>
    FolderLock.withLock(folder, ".safeguards", { poll: 5, ...options })(({ isMine }) => use(isMine))

/**
 * Keeps files in a folder for as long as its scope is open.
 *
 * @category constructors
 */
export const make = (folder: string, options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { timeZone = "America/New_York", publishEvery = 1_000, fileSystem = FileSystem.node } = options
    const root = path.resolve(folder)
    /** Written and removed, to see that the folder can be written. */
    const probe = path.join(root, ".safeguards.probe")
    const trail = new AuditFile(fileSystem, root, timeZone)
    const limits = new LimitsFile(fileSystem, root, timeZone)
    const withLock = options.withLock ?? defaultLock(root, options.lock)
    const sleep = yield* BackgroundSleep
    // The folder's lock is asked for by one at a time in this process; files are read and written by one at a time.
    const queue = yield* Effect.makeSemaphore(1)
    const files = yield* Effect.makeSemaphore(1)
    let dirty = yield* Deferred.make<void>()
    let nextPublish = Number.NEGATIVE_INFINITY

    const record = <A>(doing: "read" | "write", file: string, run: () => Promise<A>) =>
      Effect.tryPromise({
        try: run,
        catch: (error) => (error instanceof StorageError ? error : storageError(doing, file, error)),
      })

    const alone = <A>(doing: "read" | "write", run: () => Promise<A>) =>
      record(doing, trail.file, run).pipe(files.withPermits(1), Effect.uninterruptible)

    /** Reads the trail. Where it has lost lines, what they said keeps counting: nobody gets room by that. */
    const takeIn = async (run: () => Promise<void>) => {
      const { ledger } = trail
      try {
        await run()
      } finally {
        if (trail.ledger !== ledger) limits.remember(ledger)
      }
    }

    const refusal = () => {
      const problem = trail.stopper
      return problem === undefined ? undefined : damaged(trail.file, problem)
    }

    const snapshot = (): Snapshot => ({
      ledger: trail.ledger,
      otherCents: (key, day) => limits.otherCents(trail.ledger, key, day),
      refusal: refusal(),
    })

    const checkReady = () => {
      const error = refusal()
      if (error !== undefined) throw error
    }

    const publishNow = Effect.gen(function* () {
      const started = yield* Monotonic.now
      const today = dayOf(yield* Clock.currentTimeMillis, timeZone)
      yield* alone("write", () => limits.write(trail.ledger, today))
      // A large view is written less often, so that it never takes more than a small part of the time.
      const now = yield* Monotonic.now
      nextPublish = now + Math.max(publishEvery, 20 * (now - started))
    })

    const locked: Lock = (use) => queue.withPermits(1)(withLock(use))

    const append: Service["append"] = (drafts, { durable, guarded = false }: AppendOptions) =>
      locked((isMine) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          yield* alone("write", async () => {
            await takeIn(() => trail.refresh())
            // Once more where the view is another: whatever stands in it stood in the trail before.
            const isNew = await limits.refresh(trail.ledger, { isGuarded: guarded, now })
            if (isNew) await takeIn(() => trail.refresh())
            if (guarded) checkReady()
            // What others spent is of no use to what is not guarded, and must not make a trail where there is none.
            const news = guarded ? limits.news(trail.ledger) : []
            const all = [...news, ...drafts(snapshot())]
            await takeIn(() => trail.append(all, now, durable))
          })
          if (guarded && !(yield* isMine)) return yield* Effect.fail(lockLost(root))
          if ((yield* Monotonic.now) >= nextPublish) yield* publishQuietly
          else yield* Deferred.succeed(dirty, undefined)
          return snapshot()
        }).pipe(Effect.uninterruptible),
      )

    const read: Service["read"] = alone("read", async () => {
      await takeIn(() => trail.refresh())
      // Once more where the view is another: whatever stands in it stood in the trail before.
      if (await limits.look(trail.ledger)) await takeIn(() => trail.refresh())
      return snapshot()
    })

    const publishQuietly = publishNow.pipe(
      Effect.catchAll((error) =>
        Effect.logWarning(`The view of the limits was not written: ${error.message}`),
      ),
    )

    const publish: Service["publish"] = locked(() =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        yield* alone("write", async () => {
          await takeIn(() => trail.refresh())
          await limits.refresh(trail.ledger, { isGuarded: false, now })
        })
        if (trail.lines > 0) yield* publishNow
      }),
    )

    let isDirtyAtStop = false
    yield* Effect.gen(function* () {
      yield* Deferred.await(dirty)
      dirty = yield* Deferred.make<void>()
      isDirtyAtStop = true
      yield* sleep(Math.max(0, nextPublish - (yield* Monotonic.now)))
      yield* publish.pipe(Effect.ignoreLogged)
      isDirtyAtStop = false
    }).pipe(Effect.forever, Effect.forkScoped)
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        if (isDirtyAtStop || (yield* Deferred.isDone(dirty))) yield* publish.pipe(Effect.ignoreLogged)
        yield* alone("read", () => trail.close()).pipe(Effect.ignore)
      }),
    )

    const loaded = <A>(look: () => Promise<A>) =>
      alone("read", async () => {
        await takeIn(() => trail.refresh())
        return look()
      })

    return {
      read,
      append,
      entries: loaded(() => trail.entries()),
      verify: Effect.map(
        loaded(() => trail.inspect()),
        ({ lines, problems }) => ({ lines, problems }),
      ),
      checkWritable: alone("write", async () => {
        await takeIn(() => trail.refresh())
        checkReady()
        await limits.look(trail.ledger)
        await fileSystem.makeFolder(root)
        await fileSystem.replace(probe, "")
        await fileSystem.remove(probe)
      }),
      publish,
      processes: fileProcesses(fileSystem, path.join(root, ".owners")),
    }
  })

/**
 * Keeps everything in `folder`, which is created where it is missing (mode 0700) when there is something to
 * keep.
 *
 * @category layers
 */
export const layer = (folder: string, options: Options = {}): Layer.Layer<AuditStorage> =>
  Layer.scoped(AuditStorage, make(folder, options))
