/** Options of the safeguards: limits, names in the audit log, and durations. */
import * as Context from "effect/Context"
import type { Keys } from "../config/OptionKeys.js"
import type { Naming } from "./AuditEntry.js"
import { isTimeZone } from "./Days.js"

/**
 * Limits, and the durations that the safeguards go by.
 *
 * @category options
 */
export interface SafeguardOptions {
  /** The most that one transfer may move, in cents. @default 1000000 */
  readonly maxTransferCents?: number | undefined
  /** The most that all transfers of one key may move in a day, in cents. @default 2500000 */
  readonly maxDailyTransferCents?: number | undefined
  /** The zone of calendar days. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /**
   * Style of the audit log: the API's names a transfer that was made `transfer_completed`, with ids as source and
   * destination; the bot's `transfer_confirmed`, with names. @default "api"
   */
  readonly style?: "api" | "bot" | undefined
  /** The service that transfers go to, noted in the audit log. A data folder works for one service only. @default "sequence" */
  readonly service?: string | undefined
  /** Milliseconds that one request of the client may take at most. @default 30000 */
  readonly attemptTimeout?: number | undefined
  /** Milliseconds that a transfer may take, all waits included, where a call does not say. @default 120000 */
  readonly timeout?: number | undefined
  /** Milliseconds between two heartbeats of a process. @default 2000 */
  readonly heartbeat?: number | undefined
  /** Milliseconds without a heartbeat after which a process counts as dead. @default 15000 */
  readonly deadAfter?: number | undefined
  /** Times at which a transfer without a response is looked for, in milliseconds after the response was due. The last one is
   * also the interval of all further looks. @default [0, 5000, 15000, 60000, 300000, 600000] */
  readonly reconcileSchedule?: ReadonlyArray<number> | undefined
  /** Milliseconds of the service's time after which a transfer may be ruled out. @default 600000 */
  readonly notFoundAfter?: number | undefined
  /** Least milliseconds between the two reads that rule a transfer out. @default 60000 */
  readonly minReadInterval?: number | undefined
  /** Milliseconds between two checks for transfers that other processes left open. @default 5000 */
  readonly recoveryInterval?: number | undefined
  /** Milliseconds that a staged transfer can be confirmed. @default 300000 */
  readonly confirmationTimeout?: number | undefined
}

/** Options with every default filled in. */
export interface SafeguardSettingsValues
  extends Required<{ readonly [K in keyof SafeguardOptions]: NonNullable<SafeguardOptions[K]> }> {
  readonly naming: Naming
}

/**
 * The options in force.
 *
 * @category services
 */
export class SafeguardSettings extends Context.Tag("tsequence/SafeguardSettings")<
  SafeguardSettings,
  SafeguardSettingsValues
>() {}

/** The milliseconds after which a transfer without an answer is looked for. */
const DEFAULT_SCHEDULE = [0, 5_000, 15_000, 60_000, 300_000, 600_000] as const

/** Fills in the defaults. */
export const withDefaults = (options: SafeguardOptions): SafeguardSettingsValues => ({
  maxTransferCents: options.maxTransferCents ?? 1_000_000,
  maxDailyTransferCents: options.maxDailyTransferCents ?? 2_500_000,
  timeZone: options.timeZone ?? "America/New_York",
  style: options.style ?? "api",
  naming: options.style === "bot" ? "names" : "ids",
  service: options.service ?? "sequence",
  attemptTimeout: options.attemptTimeout ?? 30_000,
  timeout: options.timeout ?? 120_000,
  heartbeat: options.heartbeat ?? 2_000,
  deadAfter: options.deadAfter ?? 15_000,
  reconcileSchedule: options.reconcileSchedule ?? DEFAULT_SCHEDULE,
  notFoundAfter: options.notFoundAfter ?? 600_000,
  minReadInterval: options.minReadInterval ?? 60_000,
  recoveryInterval: options.recoveryInterval ?? 5_000,
  confirmationTimeout: options.confirmationTimeout ?? 300_000,
})

/** The keys of {@link SafeguardOptions} that a program sets, whatever client it has. */
export const OWN_KEYS: Keys<Omit<SafeguardOptions, "timeZone" | "service" | "timeout" | "attemptTimeout">> = {
  maxTransferCents: true,
  maxDailyTransferCents: true,
  style: true,
  heartbeat: true,
  deadAfter: true,
  reconcileSchedule: true,
  notFoundAfter: true,
  minReadInterval: true,
  recoveryInterval: true,
  confirmationTimeout: true,
}

/** The keys of {@link SafeguardOptions}. */
export const KEYS: Keys<SafeguardOptions> = {
  ...OWN_KEYS,
  timeZone: true,
  service: true,
  timeout: true,
  attemptTimeout: true,
}

const AMOUNTS = ["maxTransferCents", "maxDailyTransferCents"] as const

const DURATIONS = [
  "attemptTimeout",
  "timeout",
  "heartbeat",
  "deadAfter",
  "notFoundAfter",
  "minReadInterval",
  "recoveryInterval",
  "confirmationTimeout",
] as const

/** Every problem with options, a sentence each. */
export const problemsWith = (options: SafeguardOptions): ReadonlyArray<string> => {
  const { timeZone, reconcileSchedule: schedule } = options
  const wrong: Array<string> = []
  for (const name of AMOUNTS) {
    const value = options[name]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      wrong.push(`${name} must be a whole number of cents from 0 on`)
    }
  }
  for (const name of DURATIONS) {
    const value = options[name]
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      wrong.push(`${name} must be a number of milliseconds above 0`)
    }
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) wrong.push("timeZone is not one that is known here")
  const isAscending = schedule?.every((at, i) => at >= (schedule[i - 1] ?? 0)) ?? true
  if (schedule !== undefined && !(isAscending && (schedule.at(-1) ?? 0) > 0)) {
    wrong.push("reconcileSchedule must be milliseconds that grow, the last above 0")
  }
  return wrong
}
