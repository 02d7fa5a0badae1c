import type { RateModel } from "./PlatformOptions.js"

const MINUTE = 60_000

interface Usage {
  /** Tokens that are left in the bucket. */
  tokens: number
  at: number
  /** Times of the requests of the last minute. */
  readonly times: number[]
}

/**
 * Counts the requests of each key. The vendor's document speaks of a window of a minute, and its own client of a bucket
 * that is refilled evenly: both can be had.
 */
export class RateLimit {
  readonly #limit: number
  readonly #model: RateModel
  readonly #usage = new Map<string, Usage>()

  constructor(limit: number, model: RateModel) {
    this.#limit = limit
    this.#model = model
  }

  /** Counts a request; gives the seconds to wait if it is one too many. */
  take(keyId: string, now: number): number | undefined {
    if (this.#limit === 0) return undefined
    const usage = this.#usage.get(keyId) ?? { tokens: this.#limit, at: now, times: [] }
    this.#usage.set(keyId, usage)
    return this.#model === "bucket" ? this.#takeToken(usage, now) : this.#takePlace(usage, now)
  }

  #takeToken(usage: Usage, now: number): number | undefined {
    usage.tokens = Math.min(this.#limit, usage.tokens + ((now - usage.at) * this.#limit) / MINUTE)
    usage.at = now
    if (usage.tokens < 1) return Math.max(1, Math.ceil(((1 - usage.tokens) * 60) / this.#limit))
    usage.tokens -= 1
    return undefined
  }

  #takePlace({ times }: Usage, now: number): number | undefined {
    while (times[0] !== undefined && times[0] <= now - MINUTE) times.shift()
    const [oldest] = times
    if (oldest !== undefined && times.length >= this.#limit) {
      return Math.max(1, Math.ceil((oldest + MINUTE - now) / 1000))
    }
    times.push(now)
    return undefined
  }
}
