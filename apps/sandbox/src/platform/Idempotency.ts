import { Refusal } from "./Refusal.js"

/** Life of a key in milliseconds. */
const LIFE = 86_400_000

const PATTERN = /^[A-Za-z0-9._:/|-]{1,36}$/

/** A response as it is kept for a repeated request. */
export interface KeptResponse {
  readonly status: number
  readonly data: unknown
}

interface Entry {
  readonly body: string
  readonly at: number
  /** Until when the first request is at work, in milliseconds of a clock that never jumps. */
  readonly busyUntil: number
  readonly outcome: KeptResponse | Refusal
}

/** Request that carries a key. */
export interface KeyedRequest {
  /** Tells the keys of one API key and operation from those of another. */
  readonly scope: string
  readonly key: string | undefined
  readonly body: string
  readonly now: number
  /** Milliseconds that the request will be held up after it has acted. */
  readonly heldFor: number
}

/** Gives repeated requests the response of the first. */
export class Idempotency {
  readonly #entries = new Map<string, Entry>()
  readonly #replaysRefusals: boolean

  constructor(replaysRefusals: boolean) {
    this.#replaysRefusals = replaysRefusals
  }

  /** Runs a request, or gives the response that an earlier one with its key got. Throws a {@link Refusal}. */
  run({ scope, key, body, now, heldFor }: KeyedRequest, act: () => KeptResponse): KeptResponse {
    if (key === undefined) return act()
    if (!PATTERN.test(key)) throw new Refusal("INVALID_PARAMETERS", "idempotency-key is malformed")
    const name = `${scope} ${key}`
    const earlier = this.#entries.get(name)
    if (earlier !== undefined && now - earlier.at < LIFE) return replay(earlier, body)
    const keep = (outcome: Entry["outcome"]) =>
      this.#entries.set(name, { body, at: now, busyUntil: performance.now() + heldFor, outcome })
    try {
      const response = act()
      keep(response)
      return response
    } catch (problem) {
      if (problem instanceof Refusal && this.#replaysRefusals) keep(problem)
      throw problem
    }
  }
}

const replay = (earlier: Entry, body: string): KeptResponse => {
  if (earlier.body !== body) {
    throw new Refusal("IDEMPOTENCY_KEY_MISMATCH", "This idempotency key was used with another body")
  }
  if (performance.now() < earlier.busyUntil) {
    throw new Refusal("TRANSFER_IN_PROGRESS", "The first request with this idempotency key is still at work")
  }
  if (earlier.outcome instanceof Refusal) throw earlier.outcome
  return earlier.outcome
}
