/** Attack protection: lock-outs after wrong passwords and codes, too many posts, and codes that were used before. */
import type { UserRecord } from "../data/Model.js"
import type { Clock } from "../internal/Clock.js"
import { totpCode, totpStep } from "./Totp.js"

/** Limits on login attempts. */
export interface GuardOptions {
  /** Wrong passwords after which a user is blocked. */
  readonly lockAfter: number
  /** Wrong one-time codes of a user in an hour, after which no code is looked at. */
  readonly codeLimit: number
  /** Posts to one page in a minute, after which the answer is 429. */
  readonly postLimit: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Counts failures and posts. */
export class Guard {
  readonly #clock: Clock
  readonly #options: GuardOptions
  readonly #wrongPasswords = new Map<string, number>()
  readonly #wrongCodes = new Map<string, number[]>()
  readonly #posts = new Map<string, number[]>()
  readonly #usedSteps = new Map<string, Set<number>>()

  constructor(clock: Clock, options: GuardOptions) {
    this.#clock = clock
    this.#options = options
  }

  /**
   * Counts a post to a page. Gives the seconds to wait where there were too many in the last minute, else
   * `undefined`.
   */
  countPost(path: string): number | undefined {
    const now = this.#clock.now()
    const recent = (this.#posts.get(path) ?? []).filter((at) => now - at < MINUTE)
    const oldest = recent[0]
    if (oldest !== undefined && recent.length >= this.#options.postLimit) {
      return Math.max(1, Math.ceil((oldest + MINUTE - now) / 1000))
    }
    this.#posts.set(path, [...recent, now])
    return undefined
  }

  /** Tells whether the brute-force protection blocks a user. */
  isBlocked(email: string): boolean {
    return (this.#wrongPasswords.get(email.toLowerCase()) ?? 0) >= this.#options.lockAfter
  }

  /** Counts a password: a right one forgives the wrong ones before it. */
  countPassword(email: string, isRight: boolean): void {
    const key = email.toLowerCase()
    if (isRight) this.#wrongPasswords.delete(key)
    else this.#wrongPasswords.set(key, (this.#wrongPasswords.get(key) ?? 0) + 1)
  }

  /** Forgets all failed tries and posts, so that no user is blocked. */
  unblockAll(): void {
    this.#wrongPasswords.clear()
    this.#wrongCodes.clear()
    this.#posts.clear()
  }

  /**
   * Checks a one-time code and takes it: the same one is refused from then on. A code may be one step early or
   * late, by the sandbox's clock or by that clock without what `advance` added, since an authenticator app knows
   * nothing of `advance`.
   */
  takeCode(user: UserRecord, code: string): "right" | "wrong" | "too-many" {
    const now = this.#clock.now()
    const wrong = (this.#wrongCodes.get(user.id) ?? []).filter((at) => now - at < HOUR)
    if (wrong.length >= this.#options.codeLimit) return "too-many"
    const used = this.#usedSteps.get(user.id) ?? new Set()
    const step = this.#steps().find((candidate) => totpCode(user.totpSecret, candidate) === code)
    if (step === undefined || used.has(step)) {
      this.#wrongCodes.set(user.id, [...wrong, now])
      return "wrong"
    }
    this.#usedSteps.set(user.id, used.add(step))
    return "right"
  }

  #steps(): readonly number[] {
    const centres = [totpStep(this.#clock.now()), totpStep(this.#clock.unshifted())]
    return centres.flatMap((centre) => [centre, centre - 1, centre + 1])
  }
}
