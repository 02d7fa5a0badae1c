/**
 * A process that makes guarded transfers, and can be told to die at any of its steps: before or after a call of
 * the file system, in the middle of a write, before and after a transaction begins or is committed, before a
 * request, after its answer.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type { ResolvedTransfer } from "../../../src/api/Transfers.js"
import * as FileSystem from "../../../src/audit/FileSystem.js"
import * as FileAuditStorage from "../../../src/audit/file/FileAuditStorage.js"
import type { SafeguardOptions } from "../../../src/audit/SafeguardOptions.js"
import { Fetch } from "../../../src/http/Fetch.js"
import * as Sequence from "../../../src/Sequence.js"
import { GuardedTransfers } from "../../../src/safeguards/GuardedTransfers.js"
import * as Safeguards from "../../../src/safeguards/Safeguards.js"

/** The orders that the process gets on its command line. */
export interface Orders {
  readonly env: Readonly<Record<string, string>>
  readonly token: string
  readonly folder: string
  /** A database in place of the folder. */
  readonly databaseUrl?: string
  readonly ends: Pick<ResolvedTransfer, "source" | "destination">
  readonly amountCents: number
  /** The number of transfers made at once. */
  readonly times: number
  /** The step to die at, from 1; 0: none. */
  readonly dieAt: number
  readonly hasLock: boolean
  readonly options: SafeguardOptions
  readonly lock: { readonly heartbeat: number; readonly staleAfter: number; readonly poll: number }
}

/** The report that it prints at its end, on its standard output. */
export interface Report {
  readonly steps: number
  readonly accepted: number
  readonly errors: Readonly<Record<string, number>>
}

const orders: Orders = JSON.parse(process.argv[2] ?? "")

let steps = 0
const die = () => process.kill(process.pid, "SIGKILL")
const step = () => {
  steps += 1
  if (steps === orders.dieAt) die()
}

const around = async <A>(run: () => Promise<A>): Promise<A> => {
  step()
  const result = await run()
  step()
  return result
}

const fs = FileSystem.node

/** The file system, each call of which is two steps, and each write one more: half of it. */
const mortal: FileSystem.FileSystem = {
  ...fs,
  makeFolder: (folder) => around(() => fs.makeFolder(folder)),
  flushFolder: (folder) => around(() => fs.flushFolder(folder)),
  replace: (file, content) => around(() => fs.replace(file, content)),
  overwrite: (file, content) => fs.overwrite(file, content),
  rename: (from, to) => around(() => fs.rename(from, to)),
  remove: (file) => around(() => fs.remove(file)),
  openAppend: async (file) => {
    const handle = await around(() => fs.openAppend(file))
    return {
      ...handle,
      append: async (content) => {
        steps += 1
        if (steps === orders.dieAt) {
          await handle.append(content.subarray(0, Math.floor(content.length / 2)))
          die()
        }
        return around(() => handle.append(content))
      },
      flush: () => around(() => handle.flush()),
    }
  },
}

const client = Sequence.layerEnv(
  {
    accessToken: Redacted.make(orders.token),
    dataDir: false,
    rateLimit: { minInterval: 0, jitter: 0, maxQueueSize: 1_000 },
    retry: { baseDelay: 1 },
  },
  orders.env,
).pipe(Layer.provide(Layer.succeed(Fetch, (input, init) => around(() => fetch(input, init)))))

const aroundEffect = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.sync(step).pipe(
    Effect.zipRight(effect),
    Effect.tap(() => Effect.sync(step)),
  )

/** A database, each transaction of which is four steps: before and after it, and what it does. */
const inDatabase = async (url: string) => {
  // What files alone need is loaded sooner.
  const Database = await import("../../../src/postgres/Database.js")
  const PostgresStorage = await import("../../../src/postgres/PostgresAuditStorage.js")
  const mortalDatabase = Layer.scoped(
    Database.Database,
    Effect.map(Database.make({ url: Redacted.make(url) }), (database) => ({
      ...database,
      transaction: (first, use) =>
        aroundEffect(
          database.transaction(first, (sql, results: Parameters<typeof use>[1]) =>
            aroundEffect(use(sql, results)),
          ),
        ),
    })),
  )
  return Layer.provide(PostgresStorage.layer(), mortalDatabase)
}

const files = FileAuditStorage.layer(orders.folder, {
  fileSystem: mortal,
  lock: orders.lock,
  ...(!orders.hasLock && { withLock: (use) => use(Effect.succeed(true)) }),
})

const storage = orders.databaseUrl === undefined ? files : await inDatabase(orders.databaseUrl)

const runtime = ManagedRuntime.make(
  Safeguards.layerStorage({ ...orders.options, service: "sandbox" }).pipe(
    Layer.provideMerge(storage),
    Layer.provide(client),
    Layer.orDie,
    Layer.provide(Logger.remove(Logger.defaultLogger)),
  ),
)

const guarded = await runtime.runPromise(GuardedTransfers)
const transfer: ResolvedTransfer = {
  ...orders.ends,
  amountCents: orders.amountCents,
  description: "",
  instant: false,
  kycId: orders.env.SEQUENCE_KYC_ID ?? "",
  organizationId: undefined,
}
const exits = await Promise.all(
  Array.from({ length: orders.times }, () => runtime.runPromiseExit(guarded.transferResolved(transfer))),
)
await runtime.dispose()
const errors: Record<string, number> = {}
for (const exit of exits) {
  if (Exit.isSuccess(exit)) continue
  const tag = exit.cause._tag === "Fail" ? exit.cause.error._tag : exit.cause._tag
  errors[tag] = (errors[tag] ?? 0) + 1
}
const report: Report = { steps, accepted: exits.filter(Exit.isSuccess).length, errors }
console.log(JSON.stringify(report))
