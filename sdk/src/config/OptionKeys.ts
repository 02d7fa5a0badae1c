/**
 * The check of unknown keys. A key that nothing reads is a mistake of the caller's, and one that may cost money:
 * `safeguard` instead of `safeguards`, `idempotencyKey` in the wrong argument.
 */

/**
 * The keys that an object of type `T` may have: `true` for a value, a table of its own for an object whose keys are
 * checked too. It fails to compile when it lacks a key of the type.
 */
export type Keys<T> = { readonly [K in keyof T]-?: true | Keys<Extract<NonNullable<T[K]>, object>> }

/** A table of the keys of any type. */
type Table = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Counts the single-character edits that turn one text into the other; two neighbors that swap places are one. */
const distance = (from: string, to: string): number => {
  const [given, meant] = [[...from], [...to]]
  let before: ReadonlyArray<number> = []
  let row = Array.from({ length: meant.length + 1 }, (_, i) => i)
  for (const [i, letter] of given.entries()) {
    const next = [i + 1]
    for (const [j, other] of meant.entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1)
      const isSwap = i > 0 && j > 0 && letter === meant[j - 1] && given[i - 1] === other
      const swap = isSwap ? (before[j - 1] ?? 0) + 1 : change
      next.push(Math.min(change, swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}

const plain = (name: string): string => name.replace(/[\s_-]/g, "").toLowerCase()

/**
 * Finds the known name that a mistyped one most likely means, regardless of case, dashes and underscores.
 *
 * @returns `undefined` if none is near enough
 */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = plain(name.slice(0, 100))
  const rated = [...known].map((one) => {
    const candidate = plain(one)
    const isPart = wanted.length >= 3 && (candidate.startsWith(wanted) || wanted.startsWith(candidate))
    return { one, edits: isPart ? 1 : distance(wanted, candidate), most: isPart ? 1 : candidate.length / 3 }
  })
  const near = rated.filter(({ edits, most }) => edits <= most)
  return near.sort((a, b) => a.edits - b.edits)[0]?.one
}

/** A place that holds keys of its own, where a caller may have meant to put one. */
export interface Elsewhere {
  readonly keys: Table
  /** Such as `the options, the second argument`. */
  readonly place: string
}

/**
 * Names every key of an object that is not known, a sentence each, with the known name that it resembles. Values are
 * not looked at and never part of a sentence.
 *
 * @param what - names the object, such as `transfer request`
 * @param elsewhere - another object of the same call, which the key may belong to
 */
export const unknownKeys = (
  what: string,
  value: unknown,
  keys: Table,
  elsewhere?: Elsewhere,
): ReadonlyArray<string> => {
  if (value === undefined) return []
  if (!isObject(value)) return [`The ${what} must be an object`]
  return within(what, value, keys, "", elsewhere)
}

const within = (
  what: string,
  value: Readonly<Record<string, unknown>>,
  keys: Table,
  path: string,
  elsewhere?: Elsewhere,
): ReadonlyArray<string> =>
  Object.keys(value).flatMap((key) => {
    const known = Object.hasOwn(keys, key) ? keys[key] : undefined
    if (known === undefined) return [sentence(what, key, keys, path, elsewhere)]
    const inner = value[key]
    return isObject(known) && isObject(inner) ? within(what, inner, known, `${path}${key}.`, elsewhere) : []
  })

const sentence = (what: string, key: string, keys: Table, path: string, elsewhere?: Elsewhere): string => {
  const unknown = `Unknown key "${path}${key}" in the ${what}`
  if (elsewhere !== undefined && Object.hasOwn(elsewhere.keys, key)) {
    return `${unknown}: it belongs in ${elsewhere.place}`
  }
  const meant = nearest(key, Object.keys(keys))
  return meant === undefined
    ? `${unknown}. Known keys are ${Object.keys(keys).join(", ")}`
    : `${unknown}: did you mean "${path}${meant}"?`
}
