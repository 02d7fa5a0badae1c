/** A request as the sandbox saw it. Neither tokens, cookies nor bodies are kept. */
export interface LoggedRequest {
  /** Counts from 1 in the order of arrival. */
  readonly number: number
  /** The time at which its head arrived: milliseconds of a clock that never jumps (`performance.now()`). */
  readonly at: number
  /** The same as `at`. */
  readonly startedAt: number
  /** The time at which the last byte of the response was written or the connection closed; `null` before that. */
  endedAt: number | null
  readonly method: string
  readonly path: string
  /** The operation of GraphQL or of the Platform API, where there is one. */
  operation?: string
  /** The sandbox's id of the token that came along, never the token. `null` for unknown ones. */
  readonly authorization: { readonly present: boolean; readonly tokenId: string | null }
  /** By lower-case name; the values of `authorization` and `cookie` are left out. */
  readonly headers: Readonly<Record<string, string>>
  /** Status of the answer; `null` where none was begun. */
  status: number | null
  /** True if the client left before it had the whole response. */
  aborted: boolean
}

const CAPACITY = 100_000

/** Keeps the newest requests, in the order in which they arrived. */
export class RequestLog {
  #entries: LoggedRequest[] = []
  #count = 0

  /** Notes that a request arrived; what is known later is filled in by the caller. */
  begin(
    seen: Pick<LoggedRequest, "method" | "path" | "headers" | "authorization">,
    at: number = performance.now(),
  ): LoggedRequest {
    this.#count += 1
    const entry = {
      ...seen,
      number: this.#count,
      at,
      startedAt: at,
      endedAt: null,
      status: null,
      aborted: false,
    }
    this.#entries.push(entry)
    if (this.#entries.length >= 2 * CAPACITY) this.#entries = this.#entries.slice(-CAPACITY)
    return entry
  }

  /** Copies what is kept, oldest first. */
  all(): readonly LoggedRequest[] {
    return this.#entries.slice(-CAPACITY).map((entry) => structuredClone(entry))
  }

  /** Forgets everything but the count. */
  clear(): void {
    this.#entries = []
  }
}

/** Leaves the values out that are secret. */
export const withoutSecrets = (headers: Readonly<Record<string, string>>): Record<string, string> => {
  const { authorization, cookie, ...rest } = headers
  return {
    ...rest,
    ...(authorization === undefined ? {} : { authorization: "(left out)" }),
    ...(cookie === undefined ? {} : { cookie: cookie.replace(/=[^;]*/g, "=(left out)") }),
  }
}
