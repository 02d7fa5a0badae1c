/** Puts the safeguards together over a client. */
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Activity } from "../client/Activity.js"
import type { Organizations } from "../client/Organizations.js"
import type { Transfers } from "../client/Transfers.js"
import { type Keys, unknownKeys } from "../config/Keys.js"
import { ConfigError } from "../Errors.js"
import type * as FolderLock from "../internal/FolderLock.js"
import * as Postgres from "../internal/Postgres.js"
import { databaseOf } from "../Options.js"
import * as AuditLog from "./AuditLog.js"
import * as DailyLimits from "./DailyLimits.js"
import * as FileStorage from "./FileStorage.js"
import * as GuardedTransfers from "./GuardedTransfers.js"
import * as Owners from "./Owners.js"
import * as Reconciliation from "./Reconciliation.js"
import * as Recorder from "./Recorder.js"
import * as SafeguardStorage from "./SafeguardStorage.js"
import * as ServiceTime from "./ServiceTime.js"
import * as Settings from "./Settings.js"
import * as StagedTransfers from "./StagedTransfers.js"
import * as Unresolved from "./Unresolved.js"

/**
 * Limits, durations, and where everything is kept.
 *
 * @category options
 */
export interface Options extends Settings.Options {
  /**
   * Folder of the trail and the limits, shared safely by several processes; `false` keeps everything in memory,
   * for as long as the process lives. @default "."
   */
  readonly dataDir?: string | false | undefined
  /** PostgreSQL database that takes the place of the folder; with `dataDir: false` it is not used. */
  readonly databaseUrl?: Redacted.Redacted<string> | undefined
  /** How processes take turns with the folder. */
  readonly lock?: FolderLock.Options | undefined
}

const KEYS: Keys<Options> = {
  ...Settings.KEYS,
  dataDir: true,
  databaseUrl: true,
  lock: { heartbeat: true, staleAfter: true, poll: true },
}

/** Everything that the safeguards provide. */
export type Safeguards =
  | GuardedTransfers.GuardedTransfers
  | StagedTransfers.StagedTransfers
  | DailyLimits.DailyLimits
  | AuditLog.AuditLog
  | Unresolved.Unresolved
  | Reconciliation.Reconciliation
  | Recorder.Recorder
  | SafeguardStorage.SafeguardStorage

/** What the safeguards stand on. */
export type Needs = Transfers | Activity | Organizations

/** Names the service of an endpoint, for {@link Settings.Options.service}: a trail belongs to one. */
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
  options: Settings.Options,
): Layer.Layer<
  Exclude<Safeguards, SafeguardStorage.SafeguardStorage>,
  ConfigError,
  Needs | SafeguardStorage.SafeguardStorage
> =>
  Layer.suspend(() => {
    const problems = [
      ...unknownKeys("safeguards' options", options, Settings.KEYS),
      ...Settings.problemsWith(options),
    ]
    if (problems.length > 0) return Layer.fail(new ConfigError(problems))
    const settings = Settings.fill(options)
    return StagedTransfers.layer.pipe(
      Layer.provideMerge(GuardedTransfers.layer),
      Layer.provideMerge(
        Layer.mergeAll(Reconciliation.layer, DailyLimits.layer, AuditLog.layer, Unresolved.layer),
      ),
      Layer.provideMerge(Recorder.layer),
      Layer.provide(Layer.mergeAll(Owners.layer(settings), ServiceTime.layer)),
      Layer.provide(Layer.succeed(Settings.Settings, settings)),
    )
  })

/** The storage that options ask for. */
const layerPlace = (options: Options): Layer.Layer<SafeguardStorage.SafeguardStorage, ConfigError> => {
  const { dataDir = ".", lock, timeZone } = options
  if (dataDir === false) return SafeguardStorage.layerMemory({ timeZone })
  const database = databaseOf(options)
  return database === undefined
    ? FileStorage.layer(dataDir, { timeZone, lock })
    : Postgres.layerStorage(database, { timeZone })
}

/**
 * The safeguards in a folder, or in a database. Nothing is written before the first transfer.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Safeguards, ConfigError, Needs> => {
  const unknown = unknownKeys("safeguards' options", options, KEYS)
  if (unknown.length > 0) return Layer.fail(new ConfigError(unknown))
  const { dataDir: _d, lock: _l, databaseUrl: _u, ...settings } = options
  return Layer.provideMerge(layerStorage(settings), layerPlace(options))
}
