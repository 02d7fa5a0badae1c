/** Ports, where income arrives, and the accounts outside Sequence. */
import * as Schema from "effect/Schema"
import { Cents } from "./Common.js"
import { Institution } from "./Institution.js"
import { Pod } from "./Pod.js"

/** An account inside Sequence that income arrives at. */
export interface Port {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "PORT"
  readonly id: string
  readonly organizationId: string
  readonly name: string
  /** In cents. `null` where the service does not say, which is not the same as 0. */
  readonly balanceCents: number | null
  readonly icon: string | null
  readonly description: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const Port = Schema.Struct({
  kind: Schema.Literal("PORT"),
  id: Schema.String,
  organizationId: Schema.String,
  name: Schema.String,
  balanceCents: Schema.NullOr(Cents),
  icon: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
})

/** A bank account, a card or a loan outside Sequence. */
export interface ExternalAccount {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "ACCOUNT"
  readonly id: string
  readonly organizationId: string
  readonly name: string
  /** In cents, negative where money is owed. `null` where the service does not say. */
  readonly balanceCents: number | null
  /** The service's own word for the kind of account. */
  readonly type: string | null
  /** Through whom Sequence sees it. */
  readonly providerType: string | null
  readonly icon: string | null
  readonly description: string | null
  /** The bank's name. */
  readonly institutionName: string | null
  /** The bank, where the connection tells more than its name. */
  readonly institution: Institution | null
  /** The service's name of the kind of connection, such as `PlaidMetadata`. */
  readonly metadataType: string | null
  readonly capabilities: ReadonlyArray<string>
  /** Whether money can be taken from it. */
  readonly canBeSource: boolean | null
  /** Set where the connection to its bank is about to be lost. */
  readonly pendingDisconnectCode: string | null
  readonly isPendingKyc: boolean | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const ExternalAccount = Schema.Struct({
  kind: Schema.Literal("ACCOUNT"),
  id: Schema.String,
  organizationId: Schema.String,
  name: Schema.String,
  balanceCents: Schema.NullOr(Cents),
  type: Schema.NullOr(Schema.String),
  providerType: Schema.NullOr(Schema.String),
  icon: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  institutionName: Schema.NullOr(Schema.String),
  institution: Schema.NullOr(Institution),
  metadataType: Schema.NullOr(Schema.String),
  capabilities: Schema.Array(Schema.String),
  canBeSource: Schema.NullOr(Schema.Boolean),
  pendingDisconnectCode: Schema.NullOr(Schema.String),
  isPendingKyc: Schema.NullOr(Schema.Boolean),
})

/** Everything in one organization that has a balance. */
export interface Accounts {
  readonly organizationId: string
  readonly pods: ReadonlyArray<Pod>
  readonly ports: ReadonlyArray<Port>
  readonly accounts: ReadonlyArray<ExternalAccount>
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const Accounts = Schema.Struct({
  organizationId: Schema.String,
  pods: Schema.Array(Pod),
  ports: Schema.Array(Port),
  accounts: Schema.Array(ExternalAccount),
})
