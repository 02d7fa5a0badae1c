/**
 * What must be settled before a transfer may be recorded: every value of it, the organization where it will
 * show up, the service's time, and that no process that died left an identical one behind.
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
import { ProcessRegistry } from "../reconciliation/ProcessRegistry.js"
import type { CallOptions } from "../transport/GraphQL.js"

/** What is known before an intent is written. */
export interface PreflightResult {
  readonly organizationIds: ReadonlyArray<string>
  readonly serviceTime: number
  /** Whether the service told the time; only then may a new day begin. */
  readonly isTimeCertain: boolean
}

const holds = ({ pods, ports, accounts }: Organization, id: string): boolean =>
  [...pods, ...ports, ...accounts].some((one) => one.id === id)

const ownerOf = (
  organizations: ReadonlyArray<Organization>,
  { kycId, source }: ResolvedTransfer,
): string | undefined =>
  organizations.find((one) => one.kycIds.includes(kycId) && holds(one, source.id))?.organizationId

/**
 * Tells the day that a transfer counts for: it never goes back, and a new one begins only when the service says
 * so.
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

/** Makes {@link prepare} with what it needs. */
export const make = Effect.gen(function* () {
  const organizations = yield* Organizations
  const storage = yield* AuditStorage
  const serviceTime = yield* ServiceTime
  const processes = yield* ProcessRegistry
  const settings = yield* SafeguardSettings
  const sleep = yield* BackgroundSleep
  let known: ReadonlyArray<Organization> = []

  const settleOrganization = (
    transfer: ResolvedTransfer,
    options: CallOptions,
    shown?: ReadonlyArray<Organization>,
  ) =>
    Effect.gen(function* () {
      known = shown ?? known
      const before = ownerOf(known, transfer)
      if (before !== undefined) return [before]
      // The list is kept, but a pod may be newer than it.
      known = shown ?? (yield* organizations.all(options))
      const owner = ownerOf(known, transfer)
      if (owner !== undefined) return [owner]
      if (known.length > 0) return known.map(({ organizationId }) => organizationId)
      return yield* Effect.fail(new TransferRejectedError("the login belongs to no organization"))
    })

  const settleTime = (organizationId: string, options: CallOptions) =>
    Effect.gen(function* () {
      const time = yield* serviceTime.get(organizationId, options)
      return { serviceTime: time ?? (yield* Clock.currentTimeMillis), isTimeCertain: time !== undefined }
    })

  const checkService = ({ ledger }: { readonly ledger: TransferLedgerView }) =>
    ledger.service === undefined || ledger.service === settings.service
      ? Effect.void
      : Effect.fail(
          new StorageError(
            `Transfers are refused: the audit trail belongs to another service (${ledger.service}). Choose a data folder of its own for each (SEQUENCE_DATA_DIR).`,
            { path: "dataDir" },
          ),
        )

  /** Open transfers of others that are identical: fine while their process lives, unknown once it does not. */
  const checkTwins = (transfer: ResolvedTransfer) =>
    Effect.gen(function* () {
      while (true) {
        const { ledger } = yield* storage.read
        const twins = ledger
          .findIdentical(duplicateKeyOf(transfer))
          .filter(({ status, owner }) => status === "open" && !processes.isOwn(owner))
        if (twins.length === 0) return
        yield* processes.observe
        let isClear = true
        for (const { owner, intent } of twins) {
          const [liveness, still] = yield* processes.healthOf(owner)
          if (liveness === "dead" || (liveness === "unclear" && still > 3 * settings.heartbeat)) {
            return yield* Effect.fail(new TransferHeldError(intent.requestId, BlockErrors.HELD_FOR))
          }
          if (liveness === "unclear") isClear = false
        }
        if (isClear) return
        yield* sleep(settings.heartbeat / 4)
      }
    })

  return (transfer: ResolvedTransfer, options: CallOptions, shown?: ReadonlyArray<Organization>) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(storage.read, checkService)
      const organizationIds = yield* settleOrganization(transfer, options, shown)
      const time = yield* settleTime(organizationIds[0] ?? "", options)
      yield* checkTwins(transfer)
      return { organizationIds, ...time } satisfies PreflightResult
    })
})
