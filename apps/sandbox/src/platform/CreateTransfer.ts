/** The one operation that moves money, for real or as a simulation. */
import type { Holder, TransferRecord } from "../data/Model.js"
import { type Check, isFlag, isText, isWhole, problemIn } from "../internal/Check.js"
import { isRecord, parseJson } from "../internal/Json.js"
import { MOST_CENTS } from "../money/Ledger.js"
import type { CheckedOrder } from "../money/Payments.js"
import { holdersOf } from "./AccountViews.js"
import type { KeyRecord } from "./ApiKeys.js"
import type { KeptResponse } from "./Idempotency.js"
import type { PlatformCall } from "./PlatformCall.js"
import { Refusal } from "./Refusal.js"
import type { PlatformStore } from "./Store.js"
import { transferView } from "./TransferViews.js"

interface Body {
  readonly sourceAccountId: string
  readonly destinationAccountId: string
  readonly amountInCents: number
  readonly description?: string
  readonly simulation?: boolean
}

const isDescription: Check = (value) =>
  typeof value === "string" && /^[A-Za-z0-9 ]{0,10}$/.test(value)
    ? undefined
    : "at most 10 letters, digits and spaces"

const BODY: Readonly<Record<keyof Body, Check>> = {
  sourceAccountId: isText,
  destinationAccountId: isText,
  amountInCents: isWhole(100, MOST_CENTS),
  description: isDescription,
  simulation: isFlag,
}

const REQUIRED = ["sourceAccountId", "destinationAccountId", "amountInCents"] as const

const problemWith = (value: unknown): string | undefined => {
  if (!isRecord(value)) return "in JSON"
  const missing = REQUIRED.find((name) => value[name] === undefined)
  return missing === undefined ? problemIn(value, BODY) : `with "${missing}"`
}

const isBody = (value: unknown): value is Body => problemWith(value) === undefined

const readBody = (text: string): Body => {
  const value = parseJson(text)
  if (isBody(value)) return value
  throw new Refusal("INVALID_PARAMETERS", `the body is an object ${problemWith(value)}`)
}

/** Refuses what no entry of the key's MANUAL_TRANSFER scope allows. */
const checkScope = ({ transfers }: KeyRecord, source: Holder, destination: Holder, cents: number): void => {
  if (transfers === undefined) return
  const pairs = transfers.filter((one) => one.source === source.id && one.target === destination.id)
  if (pairs.length === 0)
    throw new Refusal("ACCESS_DENIED", "The key may not move money between these accounts")
  if (pairs.every(({ maxCents = MOST_CENTS }) => cents > maxCents)) {
    throw new Refusal("MAXIMUM_AMOUNT_EXCEEDED", "The amount is above what the key may move")
  }
}

const checkedEnds = (store: PlatformStore, key: KeyRecord, body: Body) => {
  const holders = holdersOf(key.organization)
  const source = holders.find(({ id }) => store.ids.show(id) === body.sourceAccountId)
  if (source === undefined) throw new Refusal("TRANSFER_SOURCE_NOT_FOUND", "Source not found")
  const destination = holders.find(({ id }) => store.ids.show(id) === body.destinationAccountId)
  if (destination === undefined) throw new Refusal("TRANSFER_DESTINATION_NOT_FOUND", "Destination not found")
  checkScope(key, source, destination, body.amountInCents)
  return { source, destination }
}

interface Plans {
  readonly source: Holder
  readonly destination: Holder
  readonly body: Body
  readonly checked: CheckedOrder
}

/** Makes the record of a transfer that moves no money: it is complete at once, or it never was covered. */
const unmovedTransfer = ({ source, destination, body, checked }: Plans, { now, key }: PlatformCall) => ({
  organizationId: key.organization.id,
  source,
  destination,
  amountCents: body.amountInCents,
  activityType: "ONE_TIME_TRANSFER" as const,
  description: body.description ?? null,
  createdAt: now,
  settlesAt: now,
  status: checked.ok ? ("COMPLETE" as const) : ("FAILED" as const),
  errorReason: checked.ok ? null : checked.reason,
})

const simulate = (store: PlatformStore, plans: Plans, call: PlatformCall): TransferRecord => {
  const simulation = store.world.describe(unmovedTransfer(plans, call))
  store.simulations.set(simulation.id, simulation)
  return simulation
}

const book = (store: PlatformStore, plans: Plans, call: PlatformCall, order: OrderEnds): TransferRecord => {
  const { body, checked } = plans
  if (!checked.ok) return store.world.record(unmovedTransfer(plans, call))
  const { headers } = call.request
  const answer = store.payments.create(
    {
      ...order,
      instant: false,
      description: body.description ?? null,
      requestId: headers["x-request-id"] ?? null,
      idempotencyKey: headers["idempotency-key"] ?? null,
      failure: call.plan.hits.find(({ failLater }) => failLater !== undefined)?.failLater ?? null,
    },
    call.now,
  )
  if (!answer.ok) throw new Refusal("UNEXPECTED_ERROR", answer.message)
  return answer.transfer
}

type OrderEnds = Parameters<PlatformStore["payments"]["check"]>[0]

const run = (store: PlatformStore, call: PlatformCall, body: Body): KeptResponse => {
  const { source, destination } = checkedEnds(store, call.key, body)
  const order: OrderEnds = {
    kycId: call.key.organization.kyc.id,
    source: { id: source.id, type: source.kind },
    destination: { id: destination.id, type: destination.kind },
    amountCents: body.amountInCents,
  }
  const checked = store.payments.check(order)
  // Too little money is found out after the transfer exists; everything else before.
  if (!checked.ok && checked.reason !== "INSUFFICIENT_FUNDS") {
    throw new Refusal("INVALID_PARAMETERS", checked.message)
  }
  const plans = { source, destination, body, checked }
  const transfer = body.simulation ? simulate(store, plans, call) : book(store, plans, call, order)
  store.fresh.add(transfer.id)
  return { status: 201, data: transferView(store, transfer) }
}

/** Makes a transfer, once for each idempotency key. Throws a {@link Refusal}. */
export const createTransfer = (store: PlatformStore, call: PlatformCall): KeptResponse => {
  const body = readBody(call.request.body)
  const isApart = body.simulation === true && !store.settings.shareSimulationKeys
  const heldFor = call.plan.hits.reduce((sum, { act, delay = 0 }) => (act === true ? sum + delay : sum), 0)
  return store.idempotency.run(
    {
      scope: `${call.key.id} createTransfer${isApart ? " simulation" : ""}`,
      key: call.request.headers["idempotency-key"],
      body: call.request.body,
      now: call.now,
      heldFor,
    },
    () => run(store, call, body),
  )
}
