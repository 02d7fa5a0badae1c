/** Changes that tests make to what exists: new names, missing balances, activity without a payment. */
import { type Check, either, isOneOf, isText, isWhole, problemIn } from "../internal/Check.js"
import type { Clock } from "../internal/Clock.js"
import { isRecord } from "../internal/Json.js"
import { type Ledger, MOST_CENTS } from "../money/Ledger.js"
import type { Payments } from "../money/Payments.js"
import { makeAccount, makePod, makePort } from "./Holders.js"
import type { Activity, End, Holder, OrganizationRecord, Status } from "./Model.js"
import type { World } from "./World.js"

/** A new pod, port or account; what is not given is made up. */
export interface AddHolder {
  readonly add: "pod" | "port" | "account"
  readonly name: string
  readonly icon?: string | null
  readonly description?: string | null
  readonly balanceCents?: number
  /** Default: the user's first organization. */
  readonly organizationId?: string
}

/** An entry of the activity that moves no money, as if another user had made it elsewhere. */
export interface AddActivity {
  readonly add: "activity"
  /** Id of a pod, port or account, or `external:` and the name of an outside party. */
  readonly source: string
  readonly destination: string
  readonly amountCents: number
  /** Milliseconds since 1970. Default: now. */
  readonly createdAt?: number
  /** Default `COMPLETE`. */
  readonly status?: Status
  /** Default `ONE_TIME_TRANSFER`. */
  readonly activityType?: Activity
  readonly description?: string | null
  readonly organizationId?: string
}

/** A change to a pod, port or account. */
export interface ChangeHolder {
  /** Its id. */
  readonly change: string
  readonly name?: string
  readonly icon?: string | null
  readonly description?: string | null
  /** Sets the balance, out of nowhere. */
  readonly balanceCents?: number
  /** Answers without the balance (`balance: null`) or without `metadata` (null); `"nothing"` shows both again. */
  readonly hide?: "nothing" | "balance" | "metadata"
}

/** Fails a transfer that has not settled, and returns its money. */
export interface FailTransfer {
  /** Its id. */
  readonly fail: string
  readonly reason?: string
}

/** A change to the data of the sandbox. */
export type Edit = AddHolder | AddActivity | ChangeHolder | FailTransfer

/** The parts of the sandbox that edits change. */
export interface EditParts {
  readonly world: World
  readonly ledger: Ledger
  readonly payments: Payments
  readonly clock: Clock
  readonly home: OrganizationRecord
}

const isNullable = (check: Check): Check => either(check, (value) => (value === null ? undefined : "null"))
const isCents = isWhole(-MOST_CENTS, MOST_CENTS)
const STATUSES = ["PENDING", "PROCESSING", "COMPLETE", "FAILED", "CANCELLED"] as const
const TYPES = [
  "ONE_TIME_TRANSFER",
  "RULE",
  "DIRECT_DEPOSIT",
  "ACH",
  "MONEY_IN",
  "PULLED_FROM_SEQUENCE",
  "CASHBACK",
] as const

const looks = { icon: isNullable(isText), description: isNullable(isText), balanceCents: isCents }
const HOLDER = { add: isOneOf("pod", "port", "account"), name: isText, organizationId: isText, ...looks }
const CHANGE = { change: isText, name: isText, hide: isOneOf("nothing", "balance", "metadata"), ...looks }
const FAIL = { fail: isText, reason: isText }
const ACTIVITY = {
  add: isOneOf("activity"),
  source: isText,
  destination: isText,
  amountCents: isWhole(1, MOST_CENTS),
  createdAt: isWhole(0, 8_640_000_000_000_000),
  status: isOneOf(...STATUSES),
  activityType: isOneOf(...TYPES),
  description: isNullable(isText),
  organizationId: isText,
}

const lacks = (value: Record<string, unknown>, ...keys: readonly string[]): string | undefined => {
  const missing = keys.find((key) => value[key] === undefined)
  return missing && `with "${missing}"`
}

const findProblem = (value: unknown): string | undefined => {
  if (!isRecord(value)) return "an object"
  if (value.add === "activity") {
    return lacks(value, "source", "destination", "amountCents") ?? problemIn(value, ACTIVITY)
  }
  if (value.add !== undefined) return lacks(value, "name") ?? problemIn(value, HOLDER)
  if (value.change !== undefined) return problemIn(value, CHANGE)
  return value.fail === undefined ? `with "add", "change" or "fail"` : problemIn(value, FAIL)
}

const isEdit = (value: unknown): value is Edit => findProblem(value) === undefined

/** Reads one edit or a list of them; a text is the reason why it cannot be read. */
export const decodeEdits = (value: unknown): readonly Edit[] | string => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) return "a list of edits is not empty"
  if (list.every(isEdit)) return list
  return `an edit is ${list.map(findProblem).find((problem) => problem !== undefined)}`
}

/** Makes an edit and gives the id of what was made or changed. Throws a `RangeError` where there is no such thing. */
export const applyEdit = (edit: Edit, parts: EditParts): string => {
  if ("change" in edit) return changeHolder(edit, parts)
  if ("fail" in edit) return failTransfer(edit, parts)
  return edit.add === "activity" ? addActivity(edit, parts) : addHolder(edit, parts)
}

const organizationOf = (id: string | undefined, { world, home }: EditParts): OrganizationRecord => {
  const organization = id === undefined ? home : world.organization(id)
  if (organization === undefined) throw new RangeError("there is no such organization")
  return organization
}

const addHolder = (edit: AddHolder, parts: EditParts): string => {
  const organization = organizationOf(edit.organizationId, parts)
  const place = { world: parts.world, ledger: parts.ledger, organization, now: parts.clock.now() }
  const { add, organizationId: _, ...wanted } = edit
  const given = { balanceCents: 0, ...wanted }
  if (add === "pod") return makePod(place, organization.pods.length, given).id
  return add === "port"
    ? makePort(place, organization.ports.length, given).id
    : makeAccount(place, organization.accounts.length, given).id
}

const findEnd = (world: World, text: string): End => {
  const end = world.end(text)
  if (end !== undefined) return end
  if (text.startsWith("external:")) return world.add({ kind: "EXTERNAL", id: text, name: text.slice(9) })
  throw new RangeError(`there is no pod, port or account with the id ${text}`)
}

const addActivity = (edit: AddActivity, parts: EditParts): string => {
  const createdAt = edit.createdAt ?? parts.clock.now()
  const { world } = parts
  return world.record({
    organizationId: organizationOf(edit.organizationId, parts).id,
    source: findEnd(world, edit.source),
    destination: findEnd(world, edit.destination),
    amountCents: edit.amountCents,
    activityType: edit.activityType ?? "ONE_TIME_TRANSFER",
    description: edit.description ?? null,
    createdAt,
    settlesAt: createdAt,
    status: edit.status ?? "COMPLETE",
    errorReason: edit.status === "FAILED" ? "Returned by the receiving bank" : null,
  }).id
}

const isHolder = (end: End | undefined): end is Holder =>
  end !== undefined && end.kind !== "MERCHANT" && end.kind !== "EXTERNAL"

const changeHolder = (edit: ChangeHolder, { world, ledger, clock }: EditParts): string => {
  const holder = world.end(edit.change)
  if (!isHolder(holder)) throw new RangeError(`there is no pod, port or account with the id ${edit.change}`)
  if (edit.name !== undefined) holder.name = edit.name
  if (edit.icon !== undefined) holder.icon = edit.icon
  if (edit.description !== undefined) holder.description = edit.description
  if (edit.hide !== undefined) holder.hidden = edit.hide
  if (edit.balanceCents !== undefined) ledger.set(holder.id, edit.balanceCents, clock.now())
  return holder.id
}

const failTransfer = (edit: FailTransfer, { world, payments, clock }: EditParts): string => {
  const transfer = world.transfer(edit.fail)
  if (transfer === undefined) throw new RangeError(`there is no transfer with the id ${edit.fail}`)
  const problem = payments.fail(transfer, edit.reason ?? "Returned by the receiving bank", clock.now())
  if (problem !== undefined) throw new RangeError(`transfer ${edit.fail} cannot fail: ${problem}`)
  return transfer.id
}
