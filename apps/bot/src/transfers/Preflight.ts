/** The checks of both ends before a transfer is staged, in the order in which a user is told. */
import { Effect } from "effect"
import { Accounts, formatCents, type Model, type SequenceError } from "tsequence/effect"
import { find } from "../tools/Lookup.js"
import { ToolProblem } from "../tools/Tool.js"

/** A transfer as the model asks for it. */
export interface Wanted {
  readonly source: string
  readonly destination: string
  readonly amountCents: number
  readonly description: string
}

const problem = (message: string) => Effect.fail(new ToolProblem({ message }))

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
