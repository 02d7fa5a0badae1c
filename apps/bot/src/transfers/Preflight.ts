/** What must hold before a transfer is staged, in the order in which a user is told. */
import { Effect } from "effect"
import { Accounts, formatCents, type Model, type SequenceError } from "tsequence/effect"
import { AuditLog, DailyLimits } from "tsequence/safeguards"
import { find } from "../tools/Lookup.js"
import { type ToolCaller, ToolProblem } from "../tools/Tool.js"

/** A transfer as the model asks for it. */
export interface Wanted {
  readonly source: string
  readonly destination: string
  readonly amountCents: number
  readonly description: string
}

const problem = (message: string) => Effect.fail(new ToolProblem({ message }))

/** Checks the limits, counting what waits for its button; a refusal goes to the audit trail. */
export const checkLimits = (
  { amountCents, source, destination, description }: Wanted,
  { userId, userName }: ToolCaller,
  { maxTransferCents, stagedCents }: { readonly maxTransferCents: number; readonly stagedCents: number },
) =>
  Effect.gen(function* () {
    if (amountCents > maxTransferCents) {
      return yield* problem(
        `${formatCents(amountCents)} is above the limit of ${formatCents(maxTransferCents)} for one transfer.`,
      )
    }
    const { remainingCents } = yield* (yield* DailyLimits.DailyLimits).today(String(userId))
    const left = Math.max(0, remainingCents - stagedCents)
    if (amountCents > left) {
      return yield* problem(
        `${formatCents(amountCents)} is above what is left of the user's daily limit, ${formatCents(left)} (transfers that wait for their button count).`,
      )
    }
  }).pipe(
    Effect.tapErrorTag("ToolProblem", ({ message }) =>
      Effect.flatMap(AuditLog.AuditLog, (audit) =>
        audit.note({
          event_type: "transfer_rejected",
          user_id: userId,
          user_name: userName,
          amount_cents: amountCents,
          source,
          destination,
          note: description,
          limit_key: String(userId),
          error: message,
        }),
      ).pipe(
        Effect.catchAll((error) => Effect.logWarning(`The audit trail was not written: ${error.message}`)),
      ),
    ),
  )

type End = Model.Pod | Model.Port

/** Finds both ends among pods and ports, and checks that the source has enough. */
export const findEnds = ({
  source,
  destination,
  amountCents,
}: Wanted): Effect.Effect<
  { readonly from: End; readonly to: End },
  ToolProblem | SequenceError,
  Accounts.Accounts
> =>
  Effect.gen(function* () {
    const { pods, ports } = yield* (yield* Accounts.Accounts).getAllAccounts()
    const all: ReadonlyArray<End> = [...pods, ...ports]
    const from = yield* find(all, source, "pod or port")
    const to = yield* find(all, destination, "pod or port")
    if (from.id === to.id && from.kind === to.kind) {
      return yield* problem(`Source and destination are the same: "${from.name}".`)
    }
    if (from.balanceCents === null) {
      return yield* problem(`Sequence does not say what is in "${from.name}", so nothing is staged.`)
    }
    if (from.balanceCents < amountCents) {
      return yield* problem(
        `"${from.name}" holds ${formatCents(from.balanceCents)}, which is less than ${formatCents(amountCents)}.`,
      )
    }
    return { from, to }
  })
