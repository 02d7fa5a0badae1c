/** Access and refresh tokens: issuing, checking, rotation with reuse detection. */
import { createHmac, randomBytes } from "node:crypto"
import type { UserRecord } from "../data/Model.js"
import type { World } from "../data/World.js"
import type { Clock } from "../internal/Clock.js"

/** The request that a token is issued for. */
export interface Grant {
  readonly user: UserRecord
  readonly clientId: string
  readonly scope: string
  /** `null` gives a token that opens only Auth0's own `/userinfo`, as without an audience at Auth0. */
  readonly audience: string | null
}

/** The tokens that a grant issued. */
export interface IssuedTokens {
  readonly accessToken: string
  /** `null` where none was asked for, or none is given. */
  readonly refreshToken: string | null
  /** Milliseconds since 1970, by the sandbox's clock. */
  readonly expiresAt: number
}

/** Settings of the tokens. */
export interface TokenOptions {
  /** Seconds that an access token lives. */
  readonly tokenLife: number
  /** Seconds in which the refresh token before the newest may be used once more. */
  readonly rotationLeeway: number
  readonly issuer: () => string
}

interface AccessRecord {
  readonly id: string
  readonly userId: string
  readonly audience: string | null
  expiresAt: number
}

interface Family {
  readonly grant: Grant
  readonly bornAt: number
  /** The number of rotations so far. */
  generation: number
  revoked: boolean
}

interface RefreshRecord {
  readonly family: Family
  readonly generation: number
  usedAt: number | null
}

const FAMILY_LIFE_MS = 30 * 86_400_000

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** Issues tokens and knows which ones are good. */
export class Tokens {
  readonly #world: World
  readonly #clock: Clock
  readonly #options: TokenOptions
  readonly #access = new Map<string, AccessRecord>()
  readonly #refresh = new Map<string, RefreshRecord>()
  readonly #key = randomBytes(32)
  #issued = 0

  constructor(world: World, clock: Clock, options: TokenOptions) {
    this.#world = world
    this.#clock = clock
    this.#options = options
  }

  /** Seconds that an access token lives where nothing else was asked for. */
  get lifeSeconds(): number {
    return this.#options.tokenLife
  }

  /** Issues an access token, and a refresh token of a new family where `withRefresh` says so. */
  issue(grant: Grant, withRefresh: boolean, expiresIn = this.#options.tokenLife): IssuedTokens {
    const { accessToken, expiresAt } = this.#issueAccess(grant, expiresIn)
    const family = { grant, bornAt: this.#clock.now(), generation: 0, revoked: false }
    return { accessToken, expiresAt, refreshToken: withRefresh ? this.#issueRefresh(family, 0) : null }
  }

  /**
   * Exchanges a refresh token for new tokens. One that was used before revokes its whole family, unless it is the
   * one before the newest and the leeway has not passed. `undefined` where the token is no good.
   */
  refresh(
    refreshToken: string,
    clientId: string,
  ): { readonly tokens: IssuedTokens; readonly grant: Grant } | undefined {
    const record = this.#refresh.get(refreshToken)
    if (record === undefined || record.family.grant.clientId !== clientId) return undefined
    const { family } = record
    const now = this.#clock.now()
    if (family.revoked || now - family.bornAt > FAMILY_LIFE_MS) return undefined
    if (record.usedAt !== null && !this.#isWithinLeeway(record, now)) {
      family.revoked = true
      return undefined
    }
    record.usedAt ??= now
    family.generation = Math.max(family.generation, record.generation + 1)
    const issued = this.#issueAccess(family.grant, this.#options.tokenLife)
    const tokens = { ...issued, refreshToken: this.#issueRefresh(family, record.generation + 1) }
    return { tokens, grant: family.grant }
  }

  /** Tells whose API token an `authorization` header carries; `undefined` where it is missing, expired or unknown. */
  authenticate(authorization: string | undefined): UserRecord | undefined {
    const record = this.#recordOf(authorization)
    if (record === undefined || record.audience === null || record.expiresAt <= this.#clock.now())
      return undefined
    return this.#world.users.find((user) => user.id === record.userId)
  }

  /** Names the token that an `authorization` header carries, without giving it away; `undefined` for unknown ones. */
  idOf(authorization: string | undefined): string | undefined {
    return this.#recordOf(authorization)?.id
  }

  /** Makes every access token expired; refresh tokens stay good. */
  expireAll(): void {
    for (const record of this.#access.values()) record.expiresAt = Number.NEGATIVE_INFINITY
  }

  /** Makes every access and refresh token worthless. */
  revokeAll(): void {
    this.expireAll()
    for (const { family } of this.#refresh.values()) family.revoked = true
  }

  /** Writes a signed JWT. */
  sign(payload: Record<string, unknown>): string {
    const head = encode({ alg: "HS256", typ: "JWT", kid: "sandbox" })
    const body = encode({ iss: `${this.#options.issuer()}/`, ...payload })
    return `${head}.${body}.${createHmac("sha256", this.#key).update(`${head}.${body}`).digest("base64url")}`
  }

  #recordOf(authorization: string | undefined): AccessRecord | undefined {
    const match = /^Bearer +(\S+)$/i.exec(authorization ?? "")
    return match?.[1] === undefined ? undefined : this.#access.get(match[1])
  }

  #issueAccess(grant: Grant, expiresIn: number): { accessToken: string; expiresAt: number } {
    this.#issued += 1
    const id = `token-${this.#issued}`
    const issuedAt = Math.floor(this.#clock.now() / 1000)
    const expiresAt = (issuedAt + expiresIn) * 1000
    const userinfo = `${this.#options.issuer()}/userinfo`
    const accessToken =
      grant.audience === null
        ? randomBytes(24).toString("base64url")
        : this.sign({
            sub: grant.user.id,
            aud: [grant.audience, userinfo],
            iat: issuedAt,
            exp: issuedAt + expiresIn,
            scope: grant.scope,
            azp: grant.clientId,
            jti: id,
          })
    this.#access.set(accessToken, { id, userId: grant.user.id, audience: grant.audience, expiresAt })
    return { accessToken, expiresAt }
  }

  #issueRefresh(family: Family, generation: number): string {
    const text = `v1.${randomBytes(32).toString("base64url")}`
    this.#refresh.set(text, { family, generation, usedAt: null })
    return text
  }

  #isWithinLeeway(record: RefreshRecord, now: number): boolean {
    const leeway = this.#options.rotationLeeway * 1000
    const isPrevious = record.generation === record.family.generation - 1
    return leeway > 0 && isPrevious && record.usedAt !== null && now - record.usedAt <= leeway
  }
}
