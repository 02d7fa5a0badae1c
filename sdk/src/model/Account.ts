/** Ports, where income arrives, and the accounts outside Sequence. */
import type { Institution } from "./Institution.js"
import type { Pod } from "./Pod.js"

/** An account inside Sequence that income arrives at. */
export interface Port {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "PORT"
  readonly id: string
  readonly organizationId: string
  readonly name: string
  /** In cents. `null` if the service does not say, which is not the same as 0. */
  readonly balanceCents: number | null
  readonly icon: string | null
  readonly description: string | null
}

/** A bank account, a card or a loan outside Sequence. */
export interface ExternalAccount {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "ACCOUNT"
  readonly id: string
  readonly organizationId: string
  readonly name: string
  /** In cents, negative if money is owed. `null` if the service does not say. */
  readonly balanceCents: number | null
  /** The service's own word for the kind of account. */
  readonly type: string | null
  /** Through whom Sequence sees it. */
  readonly providerType: string | null
  readonly icon: string | null
  readonly description: string | null
  /** The bank's name. */
  readonly institutionName: string | null
  /** The bank, if the connection tells more than its name. */
  readonly institution: Institution | null
  /** The service's name of the kind of connection, such as `PlaidMetadata`. */
  readonly metadataType: string | null
  readonly capabilities: ReadonlyArray<string>
  /** True if money can be taken from it. */
  readonly canBeSource: boolean | null
  /** Set if the connection to its bank is about to be lost. */
  readonly pendingDisconnectCode: string | null
  readonly isPendingKyc: boolean | null
}

/** All pods, ports and accounts of one organization. */
export interface Accounts {
  readonly organizationId: string
  readonly pods: ReadonlyArray<Pod>
  readonly ports: ReadonlyArray<Port>
  readonly accounts: ReadonlyArray<ExternalAccount>
}
