/** Leaves out what the older shapes of the API did not have. */
import type { PlatformSettings, PlatformShape } from "./PlatformOptions.js"

/** The fields that came later, with the shape that brought them. */
const LATER: Readonly<Record<string, PlatformShape>> = {
  canBeDestination: "B",
  linkedAccount: "B",
  executionMode: "B",
  hasNextPage: "B",
  ruleExecutionId: "C",
  description: "C",
  addenda: "C",
  window: "C",
}

type Fields = Readonly<Record<string, unknown>>

/** Keeps the fields of a response that its shape has. `description` is older in everything but transfers. */
export const shaped = (
  { shape }: Pick<PlatformSettings, "shape">,
  fields: Fields,
  older: readonly string[] = [],
): Fields =>
  shape === "C"
    ? fields
    : Object.fromEntries(
        Object.entries(fields).filter(([name]) => older.includes(name) || (LATER[name] ?? "A") <= shape),
      )
