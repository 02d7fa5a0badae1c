/** Transfers as the Platform API shows them. */
import type { Activity, End, TransferRecord } from "../data/Model.js"
import { TYPES } from "./AccountViews.js"
import { derivedId } from "./PlatformIds.js"
import { shaped } from "./Shape.js"
import type { PlatformStore } from "./Store.js"
import { microsecondsOf, writeInstant, writeMicroseconds } from "./Timestamps.js"

type View = Readonly<Record<string, unknown>>

const DIRECTIONS = { INCOMING: "MONEY_IN", OUTGOING: "MONEY_OUT", INTERNAL: "INTERNAL" } as const

const ORIGINS: Readonly<Record<Activity, string>> = {
  ONE_TIME_TRANSFER: "USER",
  RULE: "RULE",
  DIRECT_DEPOSIT: "DIRECT_DEPOSIT",
  ACH: "USER",
  MONEY_IN: "USER_PULL",
  PULLED_FROM_SEQUENCE: "EXTERNAL_PULL",
  CASHBACK: "CASHBACK",
}

/** The words of the API for the directions of money. */
export const PLATFORM_DIRECTIONS = Object.values(DIRECTIONS)
/** The words of the API for what brought a transfer about. */
export const PLATFORM_ORIGINS = [...new Set(Object.values(ORIGINS)), "CHECK_DEPOSIT", "UNKNOWN"]
/** The words of the API for how far a transfer is. */
export const PLATFORM_STATUSES = [
  "PENDING_APPROVAL",
  "PROCESSING",
  "PENDING",
  "COMPLETE",
  "INCOMPLETE",
  "ERROR",
  "CANCELLED",
] as const

/** Gives the API's word for the direction of a transfer. */
export const directionOf = ({ direction }: TransferRecord): string => DIRECTIONS[direction]

/** Gives the API's word for what brought a transfer about. */
export const originOf = ({ activityType }: TransferRecord): string => ORIGINS[activityType]

/** Gives the code of a transfer that failed: a reason that is a code already, else the code for any payment. */
const errorCodeOf = ({ status, errorReason }: TransferRecord): string | null => {
  if (status !== "FAILED") return null
  if (errorReason !== null && /^[A-Z][A-Z_]+$/.test(errorReason)) return errorReason
  return /insufficient funds/i.test(errorReason ?? "") ? "INSUFFICIENT_FUNDS" : "PAYMENT_FAILED"
}

/** Gives the API's word for how far a transfer is. It is first processing, then pending at the bank. */
export const statusOf = (transfer: TransferRecord): (typeof PLATFORM_STATUSES)[number] => {
  switch (transfer.status) {
    case "PENDING":
      return "PROCESSING"
    case "PROCESSING":
      return "PENDING"
    case "FAILED":
      return errorCodeOf(transfer) === "INSUFFICIENT_FUNDS" ? "INCOMPLETE" : "ERROR"
    default:
      return transfer.status
  }
}

/** Tells if a transfer is a purchase with a card, which the lists of transfers do not hold. */
export const isCardActivity = ({ destination }: TransferRecord): boolean => destination.kind === "MERCHANT"

/** Gives the id of the execution that made a transfer. */
export const executionIdOf = ({ id, rule }: TransferRecord): string | null =>
  rule === null ? null : derivedId(`execution ${id}`)

const endView = ({ ids }: PlatformStore, end: End): View =>
  end.kind === "MERCHANT" || end.kind === "EXTERNAL"
    ? { id: null, name: end.name, type: "EXTERNAL_ENTITY", isDeleted: false }
    : { id: ids.show(end.id), name: end.name, type: TYPES[end.kind], isDeleted: false }

/** Shows a transfer. */
export const transferView = (store: PlatformStore, transfer: TransferRecord): View => {
  const { timestamps } = store.settings
  return shaped(store.settings, {
    id: store.ids.show(transfer.id),
    amountInCents: transfer.amountCents,
    direction: directionOf(transfer),
    origin: originOf(transfer),
    source: endView(store, transfer.source),
    destination: endView(store, transfer.destination),
    status: statusOf(transfer),
    executionMode: store.simulations.has(transfer.id) ? "SIMULATION" : "LIVE",
    ruleId: transfer.rule === null ? null : store.ids.show(transfer.rule.id),
    ruleExecutionId: executionIdOf(transfer),
    errorCode: errorCodeOf(transfer),
    createdAt: writeMicroseconds(microsecondsOf(transfer), timestamps),
    completedAt: transfer.status === "COMPLETE" ? writeInstant(transfer.updatedAt, timestamps) : null,
    description: transfer.description,
    addenda: null,
  })
}
