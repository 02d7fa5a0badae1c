/** Puts the safeguards together over a client. */
import * as Layer from "effect/Layer"
import type { Activity } from "../client/Activity.js"
import type { Organizations } from "../client/Organizations.js"
import type { Transfers } from "../client/Transfers.js"
import { ConfigError } from "../Errors.js"
import type * as FolderLock from "../internal/FolderLock.js"
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
  /** How processes take turns with the folder. */
  readonly lock?: FolderLock.Options | undefined
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
    const problems = Settings.problemsWith(options)
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

/**
 * The safeguards in a folder. Nothing is written before the first transfer.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Safeguards, ConfigError, Needs> => {
  const { dataDir = ".", lock, ...settings } = options
  const { timeZone } = settings
  return Layer.provideMerge(
    layerStorage(settings),
    dataDir === false
      ? SafeguardStorage.layerMemory({ timeZone })
      : FileStorage.layer(dataDir, { timeZone, lock }),
  )
}
