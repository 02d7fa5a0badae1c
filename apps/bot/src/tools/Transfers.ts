/** Tools that prepare transfers. None of them moves money, and none confirms. */
import { Effect, Schema } from "effect"
import { formatCents } from "tsequence/effect"
import * as Amount from "../transfers/Amount.js"
import { PendingTransfers } from "../transfers/PendingTransfers.js"
import { define, maybe, ToolProblem } from "./Tool.js"

const LONGEST_NOTE = 100

const noteOf = (note: string | null | undefined): Effect.Effect<string, ToolProblem> => {
  const text = note ?? ""
  return [...text].length > LONGEST_NOTE
    ? Effect.fail(new ToolProblem({ message: `The note is longer than ${LONGEST_NOTE} characters.` }))
    : Effect.succeed(text)
}

const requestTransfer = define({
  name: "request_transfer",
  description:
    "Stages a transfer between two pods or ports. Sends nothing: the program shows the user a message with buttons, and only a press on Confirm sends the transfer. Never say that money was sent or moved because of this.",
  input: Schema.Struct({
    source_name: Schema.String,
    destination_name: Schema.String,
    amount_dollars: Schema.Union(Schema.Number, Schema.String),
    note: maybe(Schema.String),
  }),
  handle: ({ source_name, destination_name, amount_dollars, note }, caller) =>
    Effect.gen(function* () {
      const description = yield* noteOf(note)
      const amountCents = yield* Amount.parse(amount_dollars)
      const pending = yield* PendingTransfers
      const staged = yield* pending.stage(
        { source: source_name, destination: destination_name, amountCents, description },
        caller,
      )
      return {
        pending_transfer_id: staged.id,
        amount: formatCents(staged.transfer.amountCents),
        source: staged.transfer.source.name,
        destination: staged.transfer.destination.name,
        note: staged.transfer.description,
        status: "Waits for the user to press Confirm. Nothing has been sent.",
      }
    }),
})

const cancelTransfer = define({
  name: "cancel_transfer",
  description: "Drops a staged transfer that has not been confirmed.",
  input: Schema.Struct({ pending_transfer_id: Schema.String }),
  handle: ({ pending_transfer_id }, caller) =>
    Effect.gen(function* () {
      yield* (yield* PendingTransfers).cancel(pending_transfer_id, caller)
      return { cancelled: pending_transfer_id }
    }),
})

/** Tools that prepare transfers. */
export const transferTools = [requestTransfer, cancelTransfer] as const
