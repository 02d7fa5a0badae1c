/** The transfer that a command line asks for, as the SDK previews it, for people and programs. */
import type { Accounts, PaymentAccountRef, PreviewEnd, Sequence, TransferPreview } from "tsequence"
import { parseDollars } from "tsequence"
import * as Exit from "../Exit.js"
import type { Screen } from "../terminal/Screen.js"
import * as Text from "../terminal/Text.js"

/** The values of the command line. */
export interface Request {
  /** The name or the id of the source. */
  readonly from: string
  /** The name or the id of the destination. */
  readonly to: string
  readonly amountCents: number
  readonly note: string
  readonly instant: boolean
}

/** A request whose ends were found, and its preview. */
export interface TransferPlan {
  readonly request: Request
  readonly source: PreviewEnd
  readonly destination: PreviewEnd
  readonly preview: TransferPreview
}

/** Reads an amount of dollars; throws `UsageError` if it is not one, or not above zero. */
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

/** Checks that a note looks to people as it is sent; throws `UsageError` if it does not. */
export const noteOf = (text: string): string => {
  if (Text.plain(text) !== text)
    throw new Exit.UsageError("--note contains characters that cannot be displayed.")
  return text
}

/** Finds an end by its id, which wins over a name; `undefined` if the text is not an id. */
const findById = ({ pods, ports, accounts }: Accounts, text: string): PaymentAccountRef | undefined => {
  const found = [...pods, ...ports, ...accounts].find(({ id }) => id === text)
  return found && { id: found.id, type: found.kind, name: found.name }
}

/** Makes the error of a request that cannot be resolved. */
const unresolved = ({ blockers }: TransferPreview): Error => {
  const blocker = blockers.find(
    ({ error }) => error._tag !== "TransferLimitError" && error._tag !== "DailyLimitError",
  )
  if (blocker === undefined) return new Error("The transfer could not be resolved")
  // The command line is wrong, and not the transfer.
  return blocker.error._tag === "TransferRejectedError" ? new Exit.UsageError(blocker.message) : blocker.error
}

/** Finds both ends and previews the transfer; throws if the request cannot be resolved. Moves no money. */
export const make = async (
  request: Request,
  sequence: Sequence,
  signal: AbortSignal,
): Promise<TransferPlan> => {
  const { from, to, amountCents, note: description, instant } = request
  const previewOf = (source: string | PaymentAccountRef, destination: string | PaymentAccountRef) =>
    sequence.safeguards.preview({ source, destination, amountCents, description, instant }, { signal })
  // Both at once, so that their equal reads are sent once.
  const [accounts, byName] = await Promise.all([sequence.getAllAccounts({ signal }), previewOf(from, to)])
  const [fromId, toId] = [findById(accounts, from), findById(accounts, to)]
  const preview =
    fromId === undefined && toId === undefined ? byName : await previewOf(fromId ?? from, toId ?? to)
  const { source, destination } = preview
  if (source === null || destination === null) throw unresolved(preview)
  return { request, source, destination, preview }
}

/** Displays what will happen. */
export const show = (
  { note, style }: Screen,
  { request, source, destination, preview: { limit } }: TransferPlan,
): void => {
  note(style.bold(`${Text.money(request.amountCents)} from ${Text.end(source)} to ${Text.end(destination)}`))
  for (const [label, end] of [
    ["from", source],
    ["to", destination],
  ] as const) {
    const line = `${label.padEnd(5)} ${Text.end(end)} (${end.type.toLowerCase()} ${Text.plain(end.id)})`
    note(`  ${line}: ${end.balanceCents === null ? "balance unknown" : Text.money(end.balanceCents)}`)
  }
  if (request.note !== "") note(`  note  ${Text.plain(request.note)}`)
  if (request.instant) note("  instant, at the service's fee")
  note(
    `  limit ${Text.money(limit.remainingCents)} of ${Text.money(limit.limitCents)} left for ${Text.limitDay(limit.day)}`,
  )
}

/** Lists what would block the transfer, in a sentence each. */
export const obstacles = ({ preview }: TransferPlan): ReadonlyArray<string> =>
  preview.blockers.map(({ message }) => Text.plain(message))

/** Makes the document for programs. */
export const toJson = (plan: TransferPlan) => {
  const end = ({ type: kind, id, name, balanceCents }: PreviewEnd) => ({ kind, id, name, balanceCents })
  const held = plan.preview.blockers.find(({ error }) => error._tag === "TransferHeldError")?.error
  return {
    source: end(plan.source),
    destination: end(plan.destination),
    amountCents: plan.request.amountCents,
    note: plan.request.note,
    instant: plan.request.instant,
    limit: plan.preview.limit,
    heldBy: held?._tag === "TransferHeldError" ? held.heldBy : null,
    obstacles: obstacles(plan),
  }
}
