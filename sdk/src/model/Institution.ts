/** Banks and other companies that keep accounts. */

/** A bank or another company that keeps an account. */
export interface Institution {
  readonly id: string
  readonly name: string | null
  /** Address or data of its picture. */
  readonly logo: string | null
}
