import type { IssuedTokens } from "./auth/Tokens.js"
import type { Edit } from "./data/Edits.js"
import type { FaultSpec } from "./faults/FaultSpec.js"
import type { LoggedRequest } from "./http/RequestLog.js"
import type { LedgerSnapshot } from "./money/LedgerSnapshot.js"
import type { PlatformKey, PlatformKeyOptions } from "./platform/ApiKeys.js"

/** A fault that waits, and how many requests it is still going to hit. */
export interface WaitingFault {
  readonly fault: FaultSpec
  readonly left: number | "always"
}

/** The Platform API of a sandbox, as tests see it. */
export interface SandboxPlatform {
  /** Makes a key, with all scopes unless `options` names some. */
  readonly createKey: (options?: PlatformKeyOptions) => PlatformKey
  /** Makes a key worthless; false if there is no key with this id. */
  readonly revokeKey: (id: string) => boolean
  /** Gives the id under which the Platform API shows what has this id in the ledger. */
  readonly idOf: (id: string) => string
}

/** A sandbox that runs. None of its methods needs `this`. */
export interface Sandbox extends AsyncDisposable {
  /** Its origin, such as `http://127.0.0.1:41234`; the web app, GraphQL and the login are all there. */
  readonly url: string
  /** Environment variables that point a client at it: account, organization, Auth0 application, addresses. */
  readonly env: Record<string, string>
  /** Environment variables that point a client at the Platform API: its address, and a key with all scopes. */
  readonly platformEnv: Record<string, string>
  /** Keys and ids of the Platform API. */
  readonly platform: SandboxPlatform
  /** Gives the sandbox's time in milliseconds since 1970. */
  readonly now: () => number
  /**
   * Moves the sandbox's clock forward by some milliseconds: transfers settle, tokens expire, lock-outs pass, the
   * `Date` header follows. One-time codes are taken by the moved clock and by the one that was not moved.
   */
  readonly advance: (milliseconds: number) => void
  /**
   * Issues tokens of the user without a login; `expiresIn` is in seconds. A refresh token always comes along, and
   * `expiresAt` is in milliseconds since 1970.
   */
  readonly issueTokens: (options?: {
    readonly expiresIn?: number
  }) => IssuedTokens & { readonly refreshToken: string }
  /** Makes every access token expired; refresh tokens stay good. */
  readonly expireTokens: () => void
  /** Makes every access and refresh token worthless. */
  readonly revokeTokens: () => void
  /** Gives the truth about the money, as `GET /sandbox/ledger` does. */
  readonly ledger: () => LedgerSnapshot
  /** Lets coming requests fail. Throws a `RangeError` that says what is wrong with a fault. */
  readonly faults: (spec: FaultSpec | readonly FaultSpec[]) => void
  /** Forgets all faults that wait. */
  readonly clearFaults: () => void
  /** Lists the faults that wait. */
  readonly waitingFaults: () => readonly WaitingFault[]
  /** Gives every request received, oldest first, without those below `/sandbox`. The newest 100,000 are kept. */
  readonly requests: () => readonly LoggedRequest[]
  /** Forgets the requests received so far. */
  readonly clearRequests: () => void
  /**
   * Changes what exists, and gives the ids of what was made or changed. Throws a `RangeError` where an edit makes
   * no sense; the edits before it stay.
   *
   * @example
   * const [rent] = sandbox.update({ add: "pod", name: "Rent", balanceCents: 120_000 })
   * sandbox.update({ change: rent, hide: "balance" })
   */
  readonly update: (edit: Edit | readonly Edit[]) => readonly string[]
  /** Lets users in again that wrong passwords or codes have shut out. */
  readonly unblock: () => void
  /** Stops listening, and cuts every connection that is open. */
  readonly close: () => Promise<void>
}
