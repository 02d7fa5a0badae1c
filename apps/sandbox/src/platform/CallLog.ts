/** A call that was made with a key, as the vendor keeps it. */
export interface CallEntry {
  readonly id: string
  readonly organizationId: string
  readonly apiKeyId: string
  readonly apiKeyName: string
  readonly path: string
  readonly action: string
  readonly reason: string | null
  readonly requestId: string
  readonly outcome: "SUCCESS" | "FAILURE"
  readonly errorCode: string | null
  readonly at: number
}

const CAPACITY = 100_000

/** Keeps the newest calls that were made with keys. */
export class CallLog {
  #entries: CallEntry[] = []

  /** Adds a call. */
  add(entry: CallEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length >= 2 * CAPACITY) this.#entries = this.#entries.slice(-CAPACITY)
  }

  /** Gives the calls of an organization, newest first. */
  of(organizationId: string): readonly CallEntry[] {
    return this.#entries.filter((entry) => entry.organizationId === organizationId).reverse()
  }
}
