/**
 * Storage of the safeguards for what must outlive the process: the audit log, the limits file, and heartbeats.
 * All processes that share a storage share its limits. {@link layerMemory} and
 * `FileStorage.layer` are two implementations that pass one suite of tests; a database is another: what it
 * must do in one transaction is {@link Service.append}.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StorageError } from "../Errors.js"
import type { AuditEntry, AuditEntryDraft } from "./AuditEntry.js"
import { AuditReader } from "./AuditReader.js"
import { type AuditProblem, inspect, readEntries } from "./HashChain.js"
import type { TransferLedgerView } from "./TransferLedger.js"

/** The audit log at one moment. */
export interface Snapshot {
  readonly ledger: TransferLedgerView
  /** Gives what PySequence spent of a day, by sources beside our entries, in cents. */
  readonly otherCents: (limitKey: string, day: string) => number
  /** The reason why transfers are refused now; `undefined` if they are not. */
  readonly refusal: StorageError | undefined
}

/** Options of an append. */
export interface AppendOptions {
  /** True if it must survive a power cut before the effect succeeds. */
  readonly durable: boolean
  /** True to refuse if the audit log is damaged, or may be incomplete. */
  readonly guarded?: boolean
}

/**
 * Result of an inspection of the audit log.
 *
 * @category models
 */
export interface AuditVerification {
  /** Lines in the audit log. */
  readonly lines: number
  /** In the order of the lines; none where every line is as it was written. */
  readonly problems: ReadonlyArray<AuditProblem>
}

/** Heartbeats of the processes that share the storage. */
export interface ProcessStore {
  /** Adds a process, or shows that it lives. */
  readonly create: (id: string) => Effect.Effect<void, StorageError>
  /** Shows that a process lives; `false` where it was declared dead. */
  readonly heartbeat: (id: string, count: number) => Effect.Effect<boolean, StorageError>
  /** Tells if a process was not declared dead. */
  readonly isAlive: (id: string) => Effect.Effect<boolean, StorageError>
  /** The pulse of each process: a text that changes while it lives. */
  readonly heartbeats: Effect.Effect<ReadonlyMap<string, string>, StorageError>
  /** Removes a process: it ended, or is declared dead. */
  readonly remove: (id: string) => Effect.Effect<void, StorageError>
}

/**
 * Storage of the audit log.
 *
 * @category services
 */
export interface Service {
  /** Reads what was added to the audit log since, by whomever. */
  readonly read: Effect.Effect<Snapshot, StorageError>
  /**
   * Appends what `drafts` makes of the audit log as it is at that moment, and reads it back. The order of lines is
   * the same for everybody from then on.
   */
  readonly append: (
    drafts: (snapshot: Snapshot) => ReadonlyArray<AuditEntryDraft>,
    options: AppendOptions,
  ) => Effect.Effect<Snapshot, StorageError>
  /** Reads all entries, oldest first; lines that cannot be read are left out. */
  readonly entries: Effect.Effect<ReadonlyArray<AuditEntry>, StorageError>
  /** Checks every line of the audit log. */
  readonly verify: Effect.Effect<AuditVerification, StorageError>
  /** Tells why transfers are refused at present, where they are. */
  readonly checkWritable: Effect.Effect<void, StorageError>
  /** Brings the view of the limits up to date now rather than soon. */
  readonly publish: Effect.Effect<void, StorageError>
  readonly processes: ProcessStore
}

/**
 * Keeps what the safeguards must not forget.
 *
 * @category services
 */
export class AuditStorage extends Context.Tag("tsequence/AuditStorage")<AuditStorage, Service>() {}

/** Memory that processes share, for tests and for programs whose limits end with them. */
export interface Memory {
  readonly lines: Array<string>
  readonly processes: Map<string, string>
}

/**
 * Makes an empty memory.
 *
 * @category constructors
 */
export const makeMemory = (): Memory => ({ lines: [], processes: new Map() })

const memoryProcesses = (processes: Map<string, string>): ProcessStore => ({
  create: (id) => Effect.sync(() => void processes.set(id, "0")),
  heartbeat: (id, count) =>
    Effect.sync(() => {
      if (!processes.has(id)) return false
      processes.set(id, String(count))
      return true
    }),
  isAlive: (id) => Effect.sync(() => processes.has(id)),
  heartbeats: Effect.sync(() => new Map(processes)),
  remove: (id) => Effect.sync(() => void processes.delete(id)),
})

/**
 * Makes a storage in memory.
 *
 * @param timeZone - the zone of calendar days
 *
 * @category constructors
 */
export const inMemory = (memory: Memory, timeZone: string): Service => {
  const reader = new AuditReader(timeZone)
  const { ledger } = reader
  const snapshot: Snapshot = {
    ledger,
    otherCents: (key, day) => ledger.externalCents(key, day),
    refusal: undefined,
  }
  let taken = 0
  const refresh = () => {
    for (const line of memory.lines.slice(taken)) reader.add(Buffer.from(line))
    taken = memory.lines.length
    return snapshot
  }
  const bytes = () => Buffer.from(memory.lines.map((line) => `${line}\n`).join(""))
  return {
    read: Effect.sync(refresh),
    append: (drafts) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const all = drafts(refresh())
        if (all.length === 0) return snapshot
        const isAccept = all.some(({ event_type }) => event_type === "audit_accepted")
        const before = { tail: new Uint8Array(), above: 0, all: isAccept ? bytes() : new Uint8Array() }
        const { content } = reader.encode(all, now, before)
        memory.lines.push(...Buffer.from(content).toString("utf8").trimEnd().split("\n"))
        return refresh()
      }),
    entries: Effect.sync(() => readEntries(bytes())),
    verify: Effect.sync(() => {
      refresh()
      const { lines, problems } = inspect({ bytes: bytes(), head: reader.newest })
      return { lines, problems }
    }),
    checkWritable: Effect.void,
    publish: Effect.void,
    processes: memoryProcesses(memory.processes),
  }
}

/**
 * Keeps everything in memory: limits and audit log last as long as the process.
 *
 * @category layers
 */
export const layerMemory = (
  options: { readonly timeZone?: string | undefined; readonly memory?: Memory | undefined } = {},
): Layer.Layer<AuditStorage> =>
  Layer.sync(AuditStorage, () =>
    inMemory(options.memory ?? makeMemory(), options.timeZone ?? "America/New_York"),
  )
