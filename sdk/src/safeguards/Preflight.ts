/**
 * Checks before a transfer may be recorded: the organization where it will show up, the service's time, and that no
 * process that died left an identical transfer open.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Organization, Organizations } from "../api/Organizations.js"
import type { ResolvedTransfer } from "../api/Transfers.js"
import { AuditStorage } from "../audit/AuditStorage.js"
import * as BlockErrors from "../audit/BlockErrors.js"
import { dayOf } from "../audit/Days.js"
import { SafeguardSettings } from "../audit/SafeguardOptions.js"
import { ServiceTime } from "../audit/ServiceTime.js"
import type { TransferLedgerView } from "../audit/TransferLedger.js"
import { duplicateKeyOf } from "../audit/TransferRecord.js"
import { StorageError, TransferHeldError, TransferRejectedError } from "../Errors.js"
import { BackgroundSleep } from "../internal/Background.js"
import type { ProcessHealth } from "../reconciliation/ProcessHealth.js"
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import type { CallOptions } from "../transport/GraphQL.js"

/** Facts that an intent needs before it is written. */
export interface PreflightResult {
  readonly organizationIds: ReadonlyArray<string>
  readonly serviceTime: number
  /** True if the time is the service's; only then may a new day begin. */
  readonly isTimeCertain: boolean
}

const holds = ({ pods, ports, accounts }: Organization, id: string): boolean =>
  [...pods, ...ports, ...accounts].some((one) => one.id === id)

const organizationOf = (
  organizations: ReadonlyArray<Organization>,
  { kycId, source }: ResolvedTransfer,
): string | undefined =>
  organizations.find((one) => one.kycIds.includes(kycId) && holds(one, source.id))?.organizationId

const noOrganization = () => new TransferRejectedError("the login belongs to no organization")

/**
 * Tells the day that a transfer counts for. It never goes back, and a new day begins only when the service's time says so.
 */
export const dayFor = (
  { serviceTime, isTimeCertain }: PreflightResult,
  ledger: TransferLedgerView,
  timeZone: string,
): string => {
  const day = dayOf(serviceTime, timeZone)
  const { latestDay } = ledger
  if (latestDay === undefined) return day
  return isTimeCertain && day > latestDay ? day : latestDay
}

/** Makes the function that finds the organizations where a transfer will show up: one, or all if it cannot be told. */
const makeOrganizationLookup = Effect.gen(function* () {
  const organizations = yield* Organizations
  let known: ReadonlyArray<Organization> = []

  return (transfer: ResolvedTransfer, options: CallOptions) =>
    Effect.gen(function* () {
      const before = organizationOf(known, transfer)
      if (before !== undefined) return [before]
      // The list is kept, but a pod may be newer than it.
      known = yield* organizations.all(options)
      const found = organizationOf(known, transfer)
      if (found !== undefined) return [found]
      if (known.length > 0) return known.map(({ organizationId }) => organizationId)
      return yield* Effect.fail(noOrganization())
    })
})

/** An open identical transfer of another process, and the health of that process. */
interface OpenTwin {
  readonly requestId: string
  readonly health: ProcessHealth
  /** Milliseconds since the heartbeat of its process changed. */
  readonly still: number
}

/**
 * Decides if a transfer may be made beside open identical transfers of other processes: yes while those processes live,
 * no if one is dead, and not yet while that is unclear.
 *
 * @param patience - milliseconds without a heartbeat after which an unclear process blocks too
 */
export const decideTwins = (
  twins: ReadonlyArray<OpenTwin>,
  patience: number,
): { readonly _tag: "Clear" | "Wait" } | { readonly _tag: "Held"; readonly by: string } => {
  const isBlocking = ({ health, still }: OpenTwin) =>
    health === "dead" || (health === "unclear" && still > patience)
  const blocking = twins.find(isBlocking)
  if (blocking !== undefined) return { _tag: "Held", by: blocking.requestId }
  return { _tag: twins.some(({ health }) => health === "unclear") ? "Wait" : "Clear" }
}

/** Makes the check that no process that died left an identical transfer open. */
const makeTwinCheck = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const processes = yield* ProcessRegistry
  const { heartbeat } = yield* SafeguardSettings
  const sleep = yield* BackgroundSleep

  const openTwins = (transfer: ResolvedTransfer) =>
    Effect.map(storage.read, ({ ledger }) =>
      ledger
        .findIdentical(duplicateKeyOf(transfer))
        .filter(({ status, owner }) => status === "open" && !processes.isOwn(owner)),
    )

  return (transfer: ResolvedTransfer) =>
    Effect.gen(function* () {
      while (true) {
        const records = yield* openTwins(transfer)
        if (records.length === 0) return
        yield* processes.observe
        const twins = yield* Effect.forEach(records, ({ owner, intent: { requestId } }) =>
          Effect.map(processes.healthOf(owner), ([health, still]) => ({ requestId, health, still })),
        )
        const decision = decideTwins(twins, 3 * heartbeat)
        if (decision._tag === "Clear") return
        if (decision._tag === "Held") {
          return yield* Effect.fail(new TransferHeldError(decision.by, BlockErrors.HELD_FOR))
        }
        yield* sleep(heartbeat / 4)
      }
    })
})

/** Makes the functions that run all checks before a transfer is recorded, or when one is only previewed. */
export const make = Effect.gen(function* () {
  const storage = yield* AuditStorage
  const serviceTime = yield* ServiceTime
  const { service } = yield* SafeguardSettings
  const findOrganizations = yield* makeOrganizationLookup
  const checkTwins = yield* makeTwinCheck

  const findTime = (organizationId: string, options: CallOptions) =>
    Effect.gen(function* () {
      const time = yield* serviceTime.get(organizationId, options)
      return { serviceTime: time ?? (yield* Clock.currentTimeMillis), isTimeCertain: time !== undefined }
    })

  const checkService = ({ ledger }: { readonly ledger: TransferLedgerView }) =>
    ledger.service === undefined || ledger.service === service
      ? Effect.void
      : Effect.fail(
          new StorageError(
            `Transfers are refused: the audit log belongs to another service (${ledger.service}). Choose a separate data folder for each service (SEQUENCE_DATA_DIR).`,
            { path: "dataDir" },
          ),
        )

  const prepare = (transfer: ResolvedTransfer, options: CallOptions) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(storage.read, checkService)
      const organizationIds = yield* findOrganizations(transfer, options)
      const time = yield* findTime(organizationIds[0] ?? "", options)
      yield* checkTwins(transfer)
      return { organizationIds, ...time } satisfies PreflightResult
    })

  /** Makes the same checks as `prepare`, with organizations that were just read. Sends no request. */
  const check = (transfer: ResolvedTransfer, shown: ReadonlyArray<Organization>) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(storage.read, checkService)
      if (shown.length === 0) return yield* Effect.fail(noOrganization())
      yield* checkTwins(transfer)
    })

  return { prepare, check }
})
