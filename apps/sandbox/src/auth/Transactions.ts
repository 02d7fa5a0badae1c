/** Logins under way and browsers that are logged in. */
import { randomBytes } from "node:crypto"
import type { UserRecord } from "../data/Model.js"
import type { Clock } from "../internal/Clock.js"

/** The parameters of a request to `/authorize`. */
export interface AuthorizeRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly responseType: "token" | "code"
  readonly scope: string
  readonly audience: string | null
  readonly appState: string | null
  readonly nonce: string | null
  readonly codeChallenge: string | null
}

/** Groups of pages that share one `state`; having left one, its state is worth nothing. */
export type Stage = "login" | "resume" | "mfa" | "passkey"

/** A login from `/authorize` to the redirect. */
export interface Transaction {
  readonly request: AuthorizeRequest
  /** Value of the cookie that the same browser must bring along. */
  readonly sessionId: string
  readonly startedAt: number
  stage: Stage
  username: string | null
  user: UserRecord | null
  isCodeGiven: boolean
  isBrowserDetected: boolean
  claimsPasskeys: boolean
  isPasskeyDone: boolean
}

interface CodeRecord {
  readonly transaction: Transaction
  readonly issuedAt: number
}

const TRANSACTION_LIFE_MS = 3_600_000
const CODE_LIFE_MS = 600_000
const SESSION_LIFE_MS = 3 * 86_400_000

const randomText = (): string => randomBytes(24).toString("base64url")

/** Keeps transactions by their state, sessions by their cookie, codes until they are exchanged. */
export class Transactions {
  readonly #clock: Clock
  readonly #byState = new Map<string, Transaction>()
  readonly #sessions = new Map<string, { readonly user: UserRecord; readonly since: number }>()
  readonly #remembered = new Map<string, string>()
  readonly #codes = new Map<string, CodeRecord>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins a login; the first state follows. */
  begin(
    request: AuthorizeRequest,
    sessionId: string | undefined,
  ): { transaction: Transaction; state: string } {
    const transaction: Transaction = {
      request,
      sessionId: sessionId ?? randomText(),
      startedAt: this.#clock.now(),
      stage: "login",
      username: null,
      user: null,
      isCodeGiven: false,
      isBrowserDetected: false,
      claimsPasskeys: false,
      isPasskeyDone: false,
    }
    return { transaction, state: this.#name(transaction) }
  }

  /** Finds the login of a state, in one stage, for one browser; `undefined` where any of these is wrong. */
  find(state: string, stage: Stage, sessionIds: readonly string[]): Transaction | undefined {
    const transaction = this.#byState.get(state)
    if (transaction === undefined || transaction.stage !== stage) return undefined
    if (!sessionIds.includes(transaction.sessionId)) return undefined
    return this.#clock.now() - transaction.startedAt <= TRANSACTION_LIFE_MS ? transaction : undefined
  }

  /** Goes on to another stage, under a new state. */
  move(state: string, transaction: Transaction, stage: Stage): string {
    this.#byState.delete(state)
    transaction.stage = stage
    return this.#name(transaction)
  }

  /** Ends a login; its state is worth nothing from now on, and its browser is logged in. */
  end(state: string, transaction: Transaction): void {
    this.#byState.delete(state)
    if (transaction.user)
      this.#sessions.set(transaction.sessionId, { user: transaction.user, since: this.#clock.now() })
  }

  /** Tells who is logged in in a browser. */
  sessionOf(
    sessionIds: readonly string[],
  ): { readonly user: UserRecord; readonly sessionId: string } | undefined {
    for (const sessionId of sessionIds) {
      const session = this.#sessions.get(sessionId)
      if (session && this.#clock.now() - session.since <= SESSION_LIFE_MS)
        return { user: session.user, sessionId }
    }
    return undefined
  }

  /** Logs a browser out. */
  logOut(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.#sessions.delete(sessionId)
  }

  /** Remembers a browser that gave a code, so that it is not asked for one again. Gives the cookie's value. */
  rememberBrowser(user: UserRecord): string {
    const value = randomText()
    this.#remembered.set(value, user.id)
    return value
  }

  /** Tells whether a browser is remembered for a user. */
  isRemembered(value: string | undefined, user: UserRecord): boolean {
    return value !== undefined && this.#remembered.get(value) === user.id
  }

  /** Makes the code that the code flow exchanges for tokens, once and within ten minutes. */
  makeCode(transaction: Transaction): string {
    const code = randomText()
    this.#codes.set(code, { transaction, issuedAt: this.#clock.now() })
    return code
  }

  /** Takes a code; the second time it is gone. */
  takeCode(code: string): Transaction | undefined {
    const record = this.#codes.get(code)
    this.#codes.delete(code)
    const isFresh = record !== undefined && this.#clock.now() - record.issuedAt <= CODE_LIFE_MS
    return isFresh ? record.transaction : undefined
  }

  #name(transaction: Transaction): string {
    const state = randomText()
    this.#byState.set(state, transaction)
    return state
  }
}
