/** Finds the route of a request: case counts, no slash is left out, the first that fits wins. */
import type { Effect } from "effect"
import type { Answer, Failure } from "./Answer.js"
import type { Incoming } from "./Inputs.js"

/** A route and what it does. */
export interface Route<R> {
  readonly method: string
  /** Such as `/api/pods/:pod_name/balance`. */
  readonly path: string
  /** Whether it needs no key. */
  readonly isOpen: boolean
  readonly run: (incoming: Incoming) => Effect.Effect<Answer, Failure, R>
}

/** Where a path leads. */
export type Found<R> =
  | { readonly _tag: "Route"; readonly route: Route<R>; readonly path: Readonly<Record<string, string>> }
  | {
      readonly _tag: "OtherMethod"
      readonly path: string
      readonly isOpen: boolean
      readonly allowed: string
    }
  | { readonly _tag: "None" }

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Matches a path with a pattern; `undefined` where it does not fit. */
const match = (pattern: string, path: string): Readonly<Record<string, string>> | undefined => {
  const wanted = pattern.split("/")
  const given = path.split("/")
  if (wanted.length !== given.length) return undefined
  const values: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? ""
    if (!part.startsWith(":")) {
      if (part !== segment) return undefined
      continue
    }
    const value = decoded(segment)
    if (value === undefined || value === "") return undefined
    values[part.slice(1)] = value
  }
  return values
}

/** HEAD is GET without its body, which Node leaves out by itself. */
const wantedMethod = (method: string): string => (method === "HEAD" ? "GET" : method)

/** Finds where a request leads. */
export const find = <R>(routes: ReadonlyArray<Route<R>>, method: string, path: string): Found<R> => {
  const fitting = routes.flatMap((route) => {
    const values = match(route.path, path)
    return values === undefined ? [] : [{ _tag: "Route" as const, route, path: values }]
  })
  const found = fitting.find(({ route }) => route.method === wantedMethod(method))
  if (found !== undefined) return found
  const [first] = fitting
  if (first === undefined) return { _tag: "None" }
  const methods = new Set(fitting.map(({ route }) => route.method))
  if (methods.has("GET")) methods.add("HEAD")
  const { path: pattern, isOpen } = first.route
  return { _tag: "OtherMethod", path: pattern, isOpen, allowed: [...methods].join(", ") }
}
