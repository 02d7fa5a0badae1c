/** What a transfer will do, before it does it: its ends, what they hold, and what the limits leave. */
import type { Accounts, DailyLimit, ExternalAccount, Pod, Port, TransferRecord } from "tsequence"
import { AmbiguousNameError, NotFoundError, parseDollars } from "tsequence"
import { Names } from "tsequence/app"
import * as Exit from "../Exit.js"
import type { Screen } from "../terminal/Screen.js"
import * as Text from "../terminal/Text.js"

/** Something to move money from or to. */
export type End = Pod | Port | ExternalAccount

/** What was asked for, with everything looked up. */
export interface Plan {
  readonly source: End
  readonly destination: End
  readonly amountCents: number
  readonly note: string
  readonly instant: boolean
  readonly limit: DailyLimit
  /** The request id of an identical transfer without a known outcome. */
  readonly heldBy: string | null
}

/** Reads an amount of dollars; throws where it is none, or not above zero. */
export const amountOf = (text: string): number => {
  try {
    const cents = parseDollars(text)
    if (cents > 0) return cents
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem
    throw new Exit.UsageError(`--amount: ${problem.message}`)
  }
  throw new Exit.UsageError("--amount must be more than zero.")
}

/** The service's own bound. */
const LONGEST_NOTE = 200

/** Checks a note; throws where it cannot be sent. */
export const noteOf = (text: string): string => {
  if (text.length > LONGEST_NOTE)
    throw new Exit.UsageError(`--note has more than ${LONGEST_NOTE} characters.`)
  if (Text.plain(text) !== text) throw new Exit.UsageError("--note holds characters that cannot be shown.")
  return text
}

/** Looks an end up by its id, or by its name: exact, else the only one that contains the text. */
export const find = ({ pods, ports, accounts }: Accounts, key: string): End => {
  const all: ReadonlyArray<End> = [...pods, ...ports, ...accounts]
  const byId = all.find(({ id }) => id === key)
  if (byId !== undefined) return byId
  const found = Names.match(all, key)
  switch (found._tag) {
    case "One":
      return found.value
    case "None":
      throw new NotFoundError(
        `There is no pod, port or account called "${key}".${Names.didYouMean(all, key)} \`tsequence accounts\` lists them.`,
        { kind: "account", key },
      )
    default:
      throw new AmbiguousNameError(key, found.values)
  }
}

/** The transfer that holds an identical one back until its outcome is known, where there is one. */
export const heldBy = (
  unresolved: ReadonlyArray<TransferRecord>,
  transfer: { readonly source: End; readonly destination: End; readonly amountCents: number },
): string | null => {
  const twin = unresolved.find(
    ({ intent, status }) =>
      (status === "unknown" || status === "ambiguous") &&
      intent.transfer.source.id === transfer.source.id &&
      intent.transfer.destination.id === transfer.destination.id &&
      intent.transfer.amountCents === transfer.amountCents,
  )
  return twin?.intent.requestId ?? null
}

/** Tells what will happen, to a person. */
export const show = ({ note, style }: Screen, plan: Plan): void => {
  const { source, destination, limit } = plan
  note(
    style.bold(
      `${Text.money(plan.amountCents)} from ${Text.plain(source.name)} to ${Text.plain(destination.name)}`,
    ),
  )
  for (const [label, end] of [
    ["from", source],
    ["to", destination],
  ] as const) {
    const holds = `${label.padEnd(5)} ${Text.plain(end.name)} (${end.kind.toLowerCase()} ${Text.plain(end.id)})`
    note(`  ${holds}: ${end.balanceCents === null ? "balance unknown" : Text.money(end.balanceCents)}`)
  }
  if (plan.note !== "") note(`  note  ${Text.plain(plan.note)}`)
  if (plan.instant) note("  at once, for what the service charges for it")
  note(
    `  limit ${Text.money(limit.remainingCents)} of ${Text.money(limit.limitCents)} left for ${Text.limitDay(limit.day)}`,
  )
}

/** What is plainly in the way, a sentence each; the service and the safeguards decide. */
export const obstacles = ({ source, amountCents, limit, heldBy }: Plan): ReadonlyArray<string> => [
  ...(source.kind === "ACCOUNT" && source.canBeSource === false
    ? [`${Text.plain(source.name)} cannot be the source of a transfer.`]
    : []),
  ...(source.balanceCents !== null && source.balanceCents < amountCents
    ? [`${Text.plain(source.name)} holds only ${Text.money(source.balanceCents)}.`]
    : []),
  ...(amountCents > limit.maxTransferCents
    ? [`One transfer may move ${Text.money(limit.maxTransferCents)} at most.`]
    : []),
  ...(heldBy === null
    ? []
    : [`An identical transfer (request_id ${Text.plain(heldBy)}) has no known outcome yet.`]),
  ...(limit.remainingCents < amountCents
    ? [`Only ${Text.money(limit.remainingCents)} is left of the daily limit.`]
    : []),
]

/** The plan for programs. */
export const toJson = (plan: Plan) => {
  const end = ({ kind, id, name, balanceCents }: End) => ({ kind, id, name, balanceCents })
  return {
    source: end(plan.source),
    destination: end(plan.destination),
    amountCents: plan.amountCents,
    note: plan.note,
    instant: plan.instant,
    limit: plan.limit,
    heldBy: plan.heldBy,
    obstacles: obstacles(plan),
  }
}
