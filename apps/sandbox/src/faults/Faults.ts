import { isPlatformPath } from "../platform/Paths.js"
import type { FaultSpec, FaultTarget } from "./FaultSpec.js"
import { ANSWERS } from "./FaultSpec.js"

/** The parts of a request that faults match. */
export interface Candidate {
  readonly method: string
  readonly path: string
  readonly operation: string | undefined
}

/** The faults that hit one request: at most one that answers, and any number that modify. */
export interface Plan {
  readonly answer: FaultSpec | undefined
  /** All that hit, in order; `answer` is among them. */
  readonly hits: readonly FaultSpec[]
}

interface Rule {
  readonly spec: FaultSpec
  skip: number
  left: number
}

/** Tells which kind of request a path is for. */
const targetOf = (path: string): FaultTarget | undefined => {
  if (path === "/api/graphql") return "graphql"
  if (isPlatformPath(path)) return "platform"
  if (path === "/oauth/token") return "token"
  if (
    path === "/authorize" ||
    path.startsWith("/authorize/") ||
    path === "/u/login" ||
    path.startsWith("/u/")
  )
    return "login"
  return path === "/" ? "app" : undefined
}

/** Holds the faults that were asked for until they have hit. */
export class Faults {
  #rules: Rule[] = []

  /** Adds faults behind those that wait already. */
  add(specs: readonly FaultSpec[]): void {
    for (const spec of specs) {
      const left = spec.times === "always" ? Number.POSITIVE_INFINITY : (spec.times ?? 1)
      this.#rules.push({ spec: structuredClone(spec), skip: spec.after ?? 0, left })
    }
  }

  /** Forgets all faults. */
  clear(): void {
    this.#rules = []
  }

  /** Lists the faults that wait, with how often each is still going to hit. */
  waiting(): ReadonlyArray<{ readonly fault: FaultSpec; readonly left: number | "always" }> {
    return this.#rules.map(({ spec, left }) => ({
      fault: spec,
      left: Number.isFinite(left) ? left : "always",
    }))
  }

  /**
   * Takes the faults that hit a request. Of those that answer only the first is used up, so that a list of them
   * plays one after the other.
   */
  take(candidate: Candidate): Plan {
    let answer: FaultSpec | undefined
    const hits: FaultSpec[] = []
    for (const rule of this.#rules) {
      if (!fits(rule.spec, candidate)) continue
      if (rule.skip > 0) {
        rule.skip -= 1
        continue
      }
      const answers = ANSWERS.some((key) => rule.spec[key] !== undefined)
      if (answers && answer !== undefined) continue
      if (answers) answer = rule.spec
      rule.left -= 1
      hits.push(rule.spec)
    }
    this.#rules = this.#rules.filter(({ left }) => left > 0)
    return { answer, hits }
  }
}

const fits = (spec: FaultSpec, { method, path, operation }: Candidate): boolean => {
  if (spec.target !== undefined && spec.target !== targetOf(path)) return false
  if (spec.path !== undefined && !path.startsWith(spec.path)) return false
  if (spec.method !== undefined && spec.method.toUpperCase() !== method) return false
  if (spec.operation === undefined) return true
  const wanted = typeof spec.operation === "string" ? [spec.operation] : spec.operation
  return operation !== undefined && wanted.includes(operation)
}
