import type { OrganizationRecord } from "../data/Model.js"
import type { Random } from "../internal/Random.js"

/** Scopes that a key of the Platform API can have. */
const PLATFORM_SCOPES = [
  "READ_ACCOUNTS",
  "READ_TRANSFERS",
  "READ_RULES",
  "READ_AUDIT_LOGS",
  "MANUAL_TRANSFER",
] as const

/** Scope of a key of the Platform API. */
export type PlatformScope = (typeof PLATFORM_SCOPES)[number]

/** A pair of accounts that a key may move money between. Ids are those of the ledger. */
export interface PlatformTransferScope {
  readonly source: string
  readonly target: string
  /** The most that one transfer may move, in cents. Default: any amount. */
  readonly maxCents?: number
}

/** Options of a new key. */
export interface PlatformKeyOptions {
  /** Default `key` and a number. */
  readonly name?: string
  /** Default: all of them. */
  readonly scopes?: readonly PlatformScope[]
  /** The accounts that READ_ACCOUNTS and READ_TRANSFERS are for, by their ids in the ledger. Default: all. */
  readonly accountIds?: readonly string[]
  /** The pairs that MANUAL_TRANSFER is for. Default: all. */
  readonly transfers?: readonly PlatformTransferScope[]
  /** Default: the user's first organization. */
  readonly organizationId?: string
}

/** A key that was made, with its secret. */
export interface PlatformKey {
  readonly id: string
  /** The text that goes behind `Bearer`. */
  readonly key: string
}

/** A key as the Platform API looks at it. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  readonly organization: OrganizationRecord
  readonly scopes: ReadonlySet<PlatformScope>
  readonly accountIds: ReadonlySet<string> | undefined
  readonly transfers: readonly PlatformTransferScope[] | undefined
}

/** Holds the keys of the Platform API. */
export class ApiKeys {
  readonly #random: Random
  readonly #keys = new Map<string, KeyRecord>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Makes a key. */
  create(options: PlatformKeyOptions, organization: OrganizationRecord): PlatformKey {
    const { name, scopes = PLATFORM_SCOPES, accountIds, transfers } = options
    const id = this.#random.uuid()
    const key = `sk_${this.#random.uuid().replaceAll("-", "")}`
    this.#keys.set(key, {
      id,
      name: name ?? `key ${this.#keys.size + 1}`,
      organization,
      scopes: new Set(scopes),
      accountIds: accountIds && new Set(accountIds),
      transfers,
    })
    return { id, key }
  }

  /** Finds the key that a header carries. */
  find(authorization: string | undefined): KeyRecord | undefined {
    const match = /^Bearer (\S+)$/i.exec(authorization ?? "")
    return match?.[1] === undefined ? undefined : this.#keys.get(match[1])
  }

  /** Makes a key worthless; false if there is no such key. */
  revoke(id: string): boolean {
    const found = [...this.#keys].find(([, record]) => record.id === id)
    return found !== undefined && this.#keys.delete(found[0])
  }
}

/** Tells if a key may read an account. */
export const mayRead = ({ scopes, accountIds }: KeyRecord, scope: PlatformScope, id: string): boolean =>
  scopes.has(scope) && (accountIds?.has(id) ?? true)
