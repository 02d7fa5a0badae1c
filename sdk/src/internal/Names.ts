/**
 * Looking things up by the name that a person gave: the one that is called exactly that, without regard to
 * case, else the only one that contains the text. Money must not go to the first of two.
 */
import { nearest } from "../config/OptionKeys.js"

const fold = (text: string): string => text.normalize("NFC").trim().toLowerCase()

/** Result of looking a name up. */
export type Match<A> =
  | { readonly _tag: "One"; readonly value: A }
  | { readonly _tag: "None" }
  /** Several are called exactly that. */
  | { readonly _tag: "SeveralExact"; readonly values: ReadonlyArray<A> }
  /** None is called exactly that, and several contain it. */
  | { readonly _tag: "SeveralContaining"; readonly values: ReadonlyArray<A> }

/** Looks `name` up among `all`. An empty name means nothing. */
export const match = <A extends { readonly name: string }>(all: ReadonlyArray<A>, name: string): Match<A> => {
  const wanted = fold(name)
  if (wanted === "") return { _tag: "None" }
  const exact = all.filter((one) => fold(one.name) === wanted)
  const [onlyExact] = exact
  if (exact.length > 1) return { _tag: "SeveralExact", values: exact }
  if (onlyExact !== undefined) return { _tag: "One", value: onlyExact }
  const containing = all.filter((one) => fold(one.name).includes(wanted))
  const [only] = containing
  if (containing.length > 1) return { _tag: "SeveralContaining", values: containing }
  return only === undefined ? { _tag: "None" } : { _tag: "One", value: only }
}

/** Asks whether a name was meant that is nearly the one given, in a sentence to append; empty if none is near. */
export const didYouMean = (all: ReadonlyArray<{ readonly name: string }>, name: string): string => {
  const meant = nearest(
    name,
    all.map((one) => one.name),
  )
  return meant === undefined ? "" : ` Did you mean "${meant}"?`
}
