/**
 * What must be settled before a transfer may be recorded: every value of it, the organization where it will
 * show up, the service's time, and that no process that died left an identical one behind.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Organization, Organizations } from "../client/Organizations.js"
import type { ResolvedTransfer } from "../client/Transfers.js"
import { StorageError, TransferHeldError, TransferRejectedError } from "../Errors.js"
import type { CallOptions } from "../transport/GraphQL.js"
import { identityOf } from "./Attempt.js"
import { BackgroundSleep } from "./Background.js"
import { dayOf } from "./Days.js"
import type { LedgerView } from "./Ledger.js"
import * as Misfits from "./Misfits.js"
import { Owners } from "./Owners.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { ServiceTime } from "./ServiceTime.js"
import { Settings } from "./Settings.js"

/** What is known before an intent is written. */
export interface Prepared {
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
  { serviceTime, isTimeCertain }: Prepared,
  ledger: LedgerView,
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
  const storage = yield* SafeguardStorage
  const serviceTime = yield* ServiceTime
  const owners = yield* Owners
  const settings = yield* Settings
  const sleep = yield* BackgroundSleep
  let known: ReadonlyArray<Organization> = []

  const settleOrganization = (transfer: ResolvedTransfer, options: CallOptions) =>
    Effect.gen(function* () {
      const before = ownerOf(known, transfer)
      if (before !== undefined) return [before]
      // The list is kept, but a pod may be newer than it.
      known = yield* organizations.all(options)
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

  const checkService = ({ ledger }: { readonly ledger: LedgerView }) =>
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
          .identical(identityOf(transfer))
          .filter(({ status, owner }) => status === "open" && !owners.isOwn(owner))
        if (twins.length === 0) return
        yield* owners.observe
        let isClear = true
        for (const { owner, intent } of twins) {
          const [liveness, still] = yield* owners.livenessOf(owner)
          if (liveness === "dead" || (liveness === "unclear" && still > 3 * settings.heartbeat)) {
            return yield* Effect.fail(new TransferHeldError(intent.requestId, Misfits.HELD_FOR))
          }
          if (liveness === "unclear") isClear = false
        }
        if (isClear) return
        yield* sleep(settings.heartbeat / 4)
      }
    })

  return (transfer: ResolvedTransfer, options: CallOptions) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(storage.read, checkService)
      const organizationIds = yield* settleOrganization(transfer, options)
      const time = yield* settleTime(organizationIds[0] ?? "", options)
      yield* checkTwins(transfer)
      return { organizationIds, ...time } satisfies Prepared
    })
})
