/** A sandbox, and clients with safeguards over it, as processes of their own would have them. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type { Sandbox } from "tsequence-sandbox"
import type { ResolvedTransfer } from "../../src/api/Transfers.js"
import type { AuditStorage } from "../../src/audit/AuditStorage.js"
import type { Options } from "../../src/client/Options.js"
import * as Sequence from "../../src/Sequence.js"
import * as Safeguards from "../../src/safeguards/Safeguards.js"

/** A hundredth of the durations that real processes go by. */
export const TIMING = {
  heartbeat: 20,
  deadAfter: 150,
  attemptTimeout: 300,
  timeout: 4_000,
  reconcileSchedule: [0, 30, 60, 150, 300],
  notFoundAfter: 500,
  minReadInterval: 50,
  recoveryInterval: 30,
} as const

/** The same, with the lock of a folder. */
export const FAST = { ...TIMING, lock: { heartbeat: 10, staleAfter: 200, poll: 2 } } as const

/** A client without waits. */
export const client = (sandbox: Sandbox, options: Partial<Options> = {}) =>
  Sequence.layerEnv(
    {
      accessToken: Redacted.make(sandbox.issueTokens().accessToken),
      dataDir: false,
      rateLimit: { minInterval: 0, jitter: 0 },
      retry: { baseDelay: 1, times: 1 },
      ...options,
    },
    sandbox.env,
  )

/** Runs effects as one process that shares a folder with others would. */
export const start = (sandbox: Sandbox, folder: string | false, options: Safeguards.Options = {}) =>
  ManagedRuntime.make(
    Safeguards.layer({ dataDir: folder, ...FAST, service: "sandbox", ...options }).pipe(
      Layer.provideMerge(Layer.orDie(client(sandbox))),
      Layer.orDie,
      Layer.provide(Logger.remove(Logger.defaultLogger)),
    ),
  )

/** As {@link start}, over a storage of one's own. */
export const startOver = (
  sandbox: Sandbox,
  storage: Layer.Layer<AuditStorage>,
  options: Safeguards.Options = {},
) =>
  ManagedRuntime.make(
    Safeguards.layerStorage({ ...TIMING, service: "sandbox", ...options }).pipe(
      Layer.provideMerge(storage),
      Layer.provideMerge(Layer.orDie(client(sandbox))),
      Layer.orDie,
      Layer.provide(Logger.remove(Logger.defaultLogger)),
    ),
  )

/** The ends of transfers that the sandbox carries out. */
export const ends = (sandbox: Sandbox): Pick<ResolvedTransfer, "source" | "destination"> => {
  const [source, destination] = sandbox.update([
    { add: "pod", name: "Source", balanceCents: 100_000_000 },
    { add: "pod", name: "Destination", balanceCents: 0 },
  ])
  if (source === undefined || destination === undefined) throw new Error("no pods were made")
  return {
    source: { id: source, type: "POD", name: "Source" },
    destination: { id: destination, type: "POD", name: "Destination" },
  }
}

/** Lists the payments that the sandbox booked from a source. */
export const booked = (sandbox: Sandbox, source: string) =>
  sandbox.ledger().payments.filter((payment) => JSON.stringify(payment).includes(source))

/** Runs with a folder that is removed afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = await mkdtemp(join(tmpdir(), "tsequence-safeguards-"))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
