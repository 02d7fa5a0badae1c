/** Reads an amount that the model hands over: whole cents, or an error; nothing is rounded. */
import { Effect } from "effect"
import { parseDollars } from "tsequence/effect"
import { ToolProblem } from "../tools/Tool.js"

/** Turns dollars into cents. A number is read as the decimal that it is written as. */
export const parse = (dollars: number | string): Effect.Effect<number, ToolProblem> => {
  const cents = parseDollars(String(dollars))
  if (cents._tag === "Left") {
    return Effect.fail(new ToolProblem({ message: `${cents.left}, with at most two decimals.` }))
  }
  return cents.right > 0
    ? Effect.succeed(cents.right)
    : Effect.fail(new ToolProblem({ message: "The amount must be above $0.00." }))
}
