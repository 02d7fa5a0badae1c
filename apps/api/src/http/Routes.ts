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

/** Matches a path with a pattern, both in segments; `undefined` where it does not fit. */
const match = (
  wanted: ReadonlyArray<string>,
  given: ReadonlyArray<string>,
): Readonly<Record<string, string>> | undefined => {
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

const otherMethod = <R>(fitting: ReadonlyArray<Route<R>>): Found<R> => {
  const [first] = fitting
  if (first === undefined) return { _tag: "None" }
  const methods = new Set(fitting.map(({ method }) => method))
  if (methods.has("GET")) methods.add("HEAD")
  return {
    _tag: "OtherMethod",
    path: first.path,
    isOpen: first.isOpen,
    allowed: [...methods].join(", "),
  }
}

/** Finds where requests lead. */
export class Router<R> {
  readonly #routes: ReadonlyArray<{ readonly route: Route<R>; readonly segments: ReadonlyArray<string> }>

  constructor(routes: ReadonlyArray<Route<R>>) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split("/") }))
  }

  /** Finds where a request leads. */
  find(method: string, path: string): Found<R> {
    const given = path.split("/")
    const wanted = wantedMethod(method)
    const fitting: Array<Route<R>> = []
    for (const { route, segments } of this.#routes) {
      const values = match(segments, given)
      if (values === undefined) continue
      if (route.method === wanted) return { _tag: "Route", route, path: values }
      fitting.push(route)
    }
    return otherMethod(fitting)
  }
}
