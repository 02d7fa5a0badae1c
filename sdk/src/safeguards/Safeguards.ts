/** Composition of the safeguards over a client. */
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Activity } from "../api/Activity.js"
import type { Organizations } from "../api/Organizations.js"
import type { Transfers } from "../api/Transfers.js"
import * as AuditLog from "../audit/AuditLog.js"
import * as AuditStorage from "../audit/AuditStorage.js"
import * as FileAuditStorage from "../audit/file/FileAuditStorage.js"
import * as Recorder from "../audit/Recorder.js"
import * as SafeguardOptions from "../audit/SafeguardOptions.js"
import * as ServiceTime from "../audit/ServiceTime.js"
import { databaseOf } from "../client/Options.js"
import { type Keys, unknownKeys } from "../config/OptionKeys.js"
import { ConfigError } from "../Errors.js"
import type * as FolderLock from "../internal/FolderLock.js"
import * as load from "../postgres/load.js"
import * as ProcessRegistry from "../reconciliation/ProcessRegistry.js"
import * as Reconciler from "../reconciliation/Reconciler.js"
import * as DailyLimits from "./DailyLimits.js"
import * as GuardedTransfers from "./GuardedTransfers.js"
import * as StagedTransfers from "./StagedTransfers.js"
import * as TransferPreviews from "./TransferPreviews.js"
import * as Unresolved from "./Unresolved.js"

/**
 * Limits, durations, and where everything is kept.
 *
 * @category options
 */
export interface Options extends SafeguardOptions.SafeguardOptions {
  /**
   * Folder of the audit log and the limits, shared safely by several processes; `false` keeps everything in memory,
   * for as long as the process lives. @default "."
   */
  readonly dataDir?: string | false | undefined
  /** PostgreSQL database that takes the place of the folder; with `dataDir: false` it is not used. */
  readonly databaseUrl?: Redacted.Redacted<string> | undefined
  /** Settings of the lock that processes share. */
  readonly lock?: FolderLock.Options | undefined
}

const KEYS: Keys<Options> = {
  ...SafeguardOptions.KEYS,
  dataDir: true,
  databaseUrl: true,
  lock: { heartbeat: true, staleAfter: true, poll: true },
}

/** The services that the safeguards provide. */
export type Safeguards =
  | GuardedTransfers.GuardedTransfers
  | StagedTransfers.StagedTransfers
  | TransferPreviews.TransferPreviews
  | DailyLimits.DailyLimits
  | AuditLog.AuditLog
  | Unresolved.Unresolved
  | Reconciler.Reconciler
  | Recorder.Recorder
  | AuditStorage.AuditStorage

/** The services that the safeguards need. */
export type Dependencies = Transfers | Activity | Organizations

/** Names the service of an endpoint, for {@link SafeguardOptions.SafeguardOptions.service}: an audit log belongs to one. */
export const serviceOf = (apiUrl: string): string => {
  const { hostname } = new URL(apiUrl)
  return hostname === "getsequence.io" || hostname.endsWith(".getsequence.io") ? "sequence" : "sandbox"
}

/**
 * The safeguards over a storage of your own.
 *
 * @category layers
 */
export const layerStorage = (
  options: SafeguardOptions.SafeguardOptions,
): Layer.Layer<
  Exclude<Safeguards, AuditStorage.AuditStorage>,
  ConfigError,
  Dependencies | AuditStorage.AuditStorage
> =>
  Layer.suspend(() => {
    const problems = [
      ...unknownKeys("safeguards' options", options, SafeguardOptions.KEYS),
      ...SafeguardOptions.problemsWith(options),
    ]
    if (problems.length > 0) return Layer.fail(new ConfigError(problems))
    const settings = SafeguardOptions.withDefaults(options)
    return StagedTransfers.layer.pipe(
      Layer.provideMerge(GuardedTransfers.layer),
      Layer.provideMerge(
        Layer.mergeAll(
          Reconciler.layer,
          DailyLimits.layer,
          AuditLog.layer,
          Unresolved.layer,
          TransferPreviews.layer,
        ),
      ),
      Layer.provideMerge(Recorder.layer),
      Layer.provide(Layer.mergeAll(ProcessRegistry.layer(settings), ServiceTime.layer)),
      Layer.provide(Layer.succeed(SafeguardOptions.SafeguardSettings, settings)),
    )
  })

/** The storage that options ask for. */
const layerPlace = (options: Options): Layer.Layer<AuditStorage.AuditStorage, ConfigError> => {
  const { dataDir = ".", lock, timeZone } = options
  if (dataDir === false) return AuditStorage.layerMemory({ timeZone })
  const database = databaseOf(options)
  return database === undefined
    ? FileAuditStorage.layer(dataDir, { timeZone, lock })
    : load.layerStorage(database, { timeZone })
}

/**
 * The safeguards in a folder, or in a database. Nothing is written before the first transfer.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Safeguards, ConfigError, Dependencies> => {
  const unknown = unknownKeys("safeguards' options", options, KEYS)
  if (unknown.length > 0) return Layer.fail(new ConfigError(unknown))
  const { dataDir: _d, lock: _l, databaseUrl: _u, ...settings } = options
  return Layer.provideMerge(layerStorage(settings), layerPlace(options))
}
