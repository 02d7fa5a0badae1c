/** Finds what a name means; where it could mean two things, or nothing, says what there is. */
import { Effect } from "effect"
import { Names } from "tsequence/app"
import { wellFormed } from "../memory/Fact.js"
import { ToolProblem } from "./Tool.js"

const MOST_SUGGESTIONS = 20

const list = (all: ReadonlyArray<{ readonly name: string; readonly id: string }>, withIds: boolean) =>
  all
    .slice(0, MOST_SUGGESTIONS)
    .map(({ name, id }) => (withIds ? `"${name}" (id ${id})` : `"${name}"`))
    .join(", ")

/** Finds the one thing that a name, as the model reads it, means: called exactly that, else the only one that contains it. */
export const find = <A extends { readonly name: string; readonly id: string }>(
  all: ReadonlyArray<A>,
  name: string,
  kind: string,
): Effect.Effect<A, ToolProblem> => {
  const found = Names.match(
    all.map((one) => ({ ...one, name: wellFormed(one.name) })),
    wellFormed(name),
  )
  switch (found._tag) {
    case "One":
      return Effect.succeed(found.value)
    case "SeveralExact":
      return Effect.fail(
        new ToolProblem({
          message: `Several are called "${name}": ${list(found.values, true)}. Ask the user to rename one in Sequence.`,
        }),
      )
    case "SeveralContaining":
      return Effect.fail(
        new ToolProblem({
          message: `"${name}" could be ${list(found.values, false)}. Ask the user which one is meant.`,
        }),
      )
    case "None":
      return Effect.fail(
        new ToolProblem({ message: `There is no ${kind} called "${name}". There are: ${list(all, false)}.` }),
      )
  }
}
