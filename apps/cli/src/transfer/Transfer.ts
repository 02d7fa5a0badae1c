/** `tsequence transfer`: shows what will happen, asks, and moves money through the safeguards. */
import { Command, Options } from "@effect/cli"
import { Option } from "effect"
import { TransferOutcomeUnknownError, type TransferReceipt } from "tsequence"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"
import * as Outcome from "./Outcome.js"
import * as TransferPlan from "./TransferPlan.js"

const options = {
  ...common,
  from: Options.text("from").pipe(
    Options.withDescription("Name or id of the pod, port or account to take it from"),
    Options.optional,
  ),
  to: Options.text("to").pipe(
    Options.withDescription("Name or id of the pod, port or account to bring it to"),
    Options.optional,
  ),
  amount: Options.text("amount").pipe(
    Options.withDescription("Dollars, such as 20 or 1,500.25"),
    Options.optional,
  ),
  note: Options.text("note").pipe(
    Options.withDescription("Text for the statement; at most 200 characters"),
    Options.withDefault(""),
  ),
  instant: Options.boolean("instant").pipe(
    Options.withDescription("Move it instantly, for the fee that the service charges"),
  ),
  yes: Options.boolean("yes").pipe(Options.withAlias("y"), Options.withDescription("Do not ask")),
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Show what would happen, and do nothing")),
  watch: Options.integer("watch").pipe(
    Options.withDescription("Seconds to look for a transfer that got no response"),
    Options.withDefault(75),
  ),
}

type Args = Command.Command.ParseConfig<typeof options>

/** Reads the request. The parser cannot ask for these options, since `transfer show` has none of them. */
const requestOf = ({ from, to, amount, note, instant }: Args): TransferPlan.Request => {
  const missing = Object.entries({ from, to, amount }).flatMap(([name, value]) =>
    Option.isNone(value) || value.value.trim() === "" ? [`--${name}`] : [],
  )
  if (Option.isNone(from) || Option.isNone(to) || Option.isNone(amount) || missing.length > 0) {
    throw new Exit.UsageError(
      `Missing: ${missing.join(", ")}. For example: tsequence transfer --from Main --to Gas --amount 20`,
    )
  }
  return {
    from: from.value,
    to: to.value,
    amountCents: TransferPlan.amountOf(amount.value),
    note: TransferPlan.noteOf(note),
    instant,
  }
}

/** Asks the person to confirm; `undefined` if there is no person to ask. */
const confirm = async ({ ask }: Session.Service): Promise<boolean | undefined> => {
  const answer = await ask("Move it? [y/N] ", { isFresh: true })
  return answer === undefined ? undefined : /^y(es)?$/i.test(answer.trim())
}

/** The result of a transfer, for people and programs. */
interface Result {
  readonly state: "accepted" | "refused" | "not_sent" | "not_found" | "unknown"
  readonly transferId: string | null
  readonly requestId: string | null
  readonly status: string | null
  readonly message: string
}

const CODE_OF = {
  accepted: Exit.CODES.done,
  refused: Exit.CODES.refused,
  not_sent: Exit.CODES.refused,
  not_found: Exit.CODES.unknown,
  unknown: Exit.CODES.unknown,
} as const

const MESSAGE_OF = {
  accepted: "Sequence accepted it after all.",
  refused: "Sequence refused it: no money moved.",
  not_sent: "It was never sent: no money moved.",
  not_found:
    "It could not be found in the activity. Sequence may yet book it, so its amount counts for today's limit.",
  unknown:
    "Its outcome is not known: the money MAY HAVE MOVED. Do not send it again. `tsequence transfers reconcile` looks for it, `tsequence transfers list` shows how it stands.",
} as const

const ofReceipt = (plan: TransferPlan.TransferPlan, receipt: TransferReceipt): Result => ({
  state: "accepted",
  transferId: receipt.id,
  requestId: receipt.requestId ?? null,
  status: receipt.status,
  message: `Sequence accepted ${Text.money(receipt.amountCents)} from ${Text.end(plan.source)} to ${Text.end(plan.destination)}.`,
})

const ofOutcome = (requestId: string, { state, transferId, error }: Outcome.Outcome): Result => ({
  state,
  transferId,
  requestId,
  status: null,
  message:
    state === "refused" && error !== null ? `Sequence refused it: ${Text.plain(error)}` : MESSAGE_OF[state],
})

/** Reads the outcome of a transfer from the audit log after its client was closed. */
const onRecord = async ({ another }: Session.Connection, requestId: string): Promise<Outcome.Outcome> => {
  const later = another()
  try {
    return await Outcome.read(later.safeguards, requestId)
  } finally {
    await later.close()
  }
}

/** From now on, whoever stops the process for good is told what is known of the transfer at that moment. */
const stand = ({ interrupts, screen }: Session.Service, { json }: Args, result: Result): void =>
  interrupts.onSecond(() => {
    if (json) void screen.line(Text.json(result))
    screen.note(Text.plain(result.message))
    return CODE_OF[result.state]
  })

/** Follows a transfer up whose answer did not come, or was not waited for. */
const followUp = async (
  session: Session.Service,
  connection: Session.Connection,
  args: Args,
  error: TransferOutcomeUnknownError,
): Promise<Result> => {
  const { screen, interrupts } = session
  const { requestId } = error
  if (requestId === undefined) return { ...ofOutcome("", Outcome.UNKNOWN), requestId: null }
  stand(session, args, ofOutcome(requestId, Outcome.UNKNOWN))
  if (interrupts.signal.aborted) {
    screen.note("It was sent already. Waiting for its answer; Ctrl-C again leaves without it.")
    // Closing waits for what is on its way, and puts it on the record.
    await connection.sequence.close()
    return ofOutcome(requestId, await onRecord(connection, requestId))
  }
  screen.note(screen.style.yellow(Text.plain(error.message)))
  screen.note(`Looking for it in the activity, for at most ${args.watch} s …`)
  const outcome = await Outcome.watch(
    connection.sequence.safeguards,
    requestId,
    args.watch * 1_000,
    interrupts.signal,
  )
  return ofOutcome(requestId, outcome)
}

const send = async (
  session: Session.Service,
  connection: Session.Connection,
  args: Args,
  plan: TransferPlan.TransferPlan,
): Promise<Result> => {
  const { sequence } = connection
  const { source, destination } = plan
  const { amountCents, instant, note: description } = plan.request
  // A reader that goes away must not stop a payment half way: only Ctrl-C does, and only before it is sent.
  const { signal } = session.interrupts
  // Until it is known that nothing was sent, something may have been.
  stand(session, args, { ...ofOutcome("", Outcome.UNKNOWN), requestId: null })
  try {
    const request = { source, destination, amountCents, instant, description }
    return ofReceipt(plan, await sequence.transfer(request, { signal }))
  } catch (thrown) {
    if (thrown instanceof TransferOutcomeUnknownError)
      return await followUp(session, connection, args, thrown)
    // After any other failure nothing moved.
    const failure = Exit.isAbort(thrown)
      ? new Exit.Stopped("Stopped before it was sent: no money moved.")
      : thrown
    session.interrupts.onSecond(() => Exit.judge(failure).code)
    throw failure
  }
}

const tell = async ({ screen }: Session.Service, { json }: Args, result: Result): Promise<void> => {
  if (json) {
    if (result.state !== "accepted") screen.note(Text.plain(result.message))
    return screen.line(Text.json(result))
  }
  const { style } = screen
  const colour = {
    accepted: style.green,
    refused: style.red,
    not_sent: style.red,
    not_found: style.yellow,
    unknown: style.yellow,
  }
  const text = colour[result.state](Text.plain(result.message))
  await (result.state === "accepted" ? screen.line(text) : screen.note(text))
  if (result.transferId !== null)
    await screen.line(
      `transfer ${Text.plain(result.transferId)}${result.status === null ? "" : ` is ${Text.plain(result.status)}`}`,
    )
  if (result.requestId !== null) screen.note(screen.style.dim(`request_id ${result.requestId}`))
}

const dryRun = async (
  { screen }: Session.Service,
  { json }: Args,
  plan: TransferPlan.TransferPlan,
): Promise<Exit.Code> => {
  const problems = TransferPlan.obstacles(plan)
  if (json) await screen.line(Text.json(TransferPlan.toJson(plan)))
  if (!json)
    screen.note(problems.length === 0 ? "Nothing was moved." : "It would be refused. Nothing was moved.")
  return problems.length === 0 ? Exit.CODES.done : Exit.CODES.refused
}

const run = async (
  session: Session.Service,
  connection: Session.Connection,
  args: Args,
  request: TransferPlan.Request,
): Promise<Exit.Code> => {
  const { screen, interrupts } = session
  const plan = await TransferPlan.make(request, connection.sequence, connection.signal)
  TransferPlan.show(screen, plan)
  for (const problem of TransferPlan.obstacles(plan)) screen.note(screen.style.yellow(problem))
  if (args.dryRun) return dryRun(session, args, plan)
  if (!args.yes) {
    const agreed = await confirm(session)
    if (agreed === undefined && !interrupts.signal.aborted) {
      throw new Exit.UsageError("Nobody can be asked here. Add --yes to move the money without a question.")
    }
    if (agreed !== true) {
      if (args.json) await screen.line(Exit.toJson("Declined", "Nothing was moved."))
      screen.note("Nothing was moved.")
      return interrupts.signal.aborted ? Exit.CODES.interrupted : Exit.CODES.refused
    }
  }
  const result = await send(session, connection, args, plan)
  interrupts.onSecond(() => CODE_OF[result.state])
  await tell(session, args, result)
  return CODE_OF[result.state]
}

export const transfer = Command.make("transfer", options, (args) =>
  Session.perform(
    args,
    async (session) => {
      if (args.watch < 0) throw new Exit.UsageError("--watch must be a number of seconds.")
      const request = requestOf(args)
      return Session.withClient(session, args, { safeguards: true }, (connection) =>
        run(session, connection, args, request),
      )
    },
    { movesMoney: true },
  ),
).pipe(Command.withDescription("Move money, within the limits; shows what will happen, and asks"))
